import { expect } from "chai";
import { MongoClient } from "mongodb";
import { OperatorError, silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { openStore } from "../../lib/store/index.ts";

describe("the migrations", () => {
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
