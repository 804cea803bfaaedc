import { expect } from "chai";
import { MongoClient } from "mongodb";
import { OperatorError, silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { openStore } from "../../lib/store/index.ts";
import { migrate } from "../../lib/store/migrations.ts";
import { openTestDatabase } from "../support/database.ts";

describe("the migrations", () => {
  it("let documents age only by a time they get when nothing needs them any more", async () => {
    const database = await openTestDatabase();
    try {
      await migrate(database.db, systemClock);
      await migrate(database.db, systemClock);
      const ageing: string[] = [];
      for (const { name } of await database.db.listCollections().toArray()) {
        const indexes = await database.db.collection(name).indexes();
        for (const { key, expireAfterSeconds } of indexes) {
          if (expireAfterSeconds !== undefined) ageing.push(`${name}.${Object.keys(key).join()}`);
        }
      }
      expect(ageing.toSorted()).to.deep.equal([
        "answer_cache.expiresAt",
        "broadcasts.expiresAt",
        "chat_homes.at", // a chat that is taken up again gets a new one
        "danger_reports.lastAt",
        "erasures.finishedAt",
        "handovers.endedAt",
        "instances.at", // renewed while it lives
        "media_files.at",
        "performance.minute",
        "performance_days.minute",
        "performance_hours.minute",
        "traces.at",
        "updates.settledAt",
        "usage.startedAt",
      ]);
    } finally {
      await database.close();
    }
  });

  it("say in one line what the database refuses, and succeed at the next start once that is solved", async () => {
    const mongo = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    const client = await MongoClient.connect(mongo.uri);
    const usage = client.db("helpline").collection("usage");
    const options = {
      uri: mongo.uri,
      database: "helpline",
      maxPoolSize: 2,
      minPoolSize: 0,
      clock: systemClock,
    };
    try {
      await usage.createIndex({ day: 1 }, { unique: true }); // a conflicting index of the same name
      const refusal = await openStore(options).catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(OperatorError);
      expect((refusal as Error).message).to.match(/^The database helpline cannot be prepared: .*day_1/);
      await usage.dropIndexes();
      const store = await openStore(options);
      await store.close();
    } finally {
      await client.close();
      await mongo.close();
    }
  });
});
