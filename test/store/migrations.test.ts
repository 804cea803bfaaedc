import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { BSON, type Db, type Document, type IndexDescription, MongoClient } from "mongodb";
import { OperatorError, silentLogger, systemClock } from "../../lib/core/index.ts";
import { startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { openStore, type Store } from "../../lib/store/index.ts";
import { migrate, NEWEST_SCHEMA } from "../../lib/store/migrations.ts";
import { openTestDatabase, type TestDatabase, testDatabaseUri } from "../support/database.ts";

/** Databases as they were left by programs of each schema, one a file. */
const SCHEMAS = join(import.meta.dirname, "schemas");

type Fixture = Record<string, { indexes: IndexDescription[]; documents: Document[] }>;

async function fill(db: Db, file: string): Promise<void> {
  const fixture = BSON.EJSON.parse(readFileSync(join(SCHEMAS, file), "utf8")) as Fixture;
  for (const [name, { indexes, documents }] of Object.entries(fixture)) {
    if (documents.length > 0) await db.collection(name).insertMany(documents);
    if (indexes.length > 0) await db.collection(name).createIndexes(indexes);
  }
}

async function open(db: Db): Promise<Store> {
  return await openStore({
    uri: await testDatabaseUri(),
    database: db.databaseName,
    maxPoolSize: 2,
    minPoolSize: 0,
    clock: systemClock,
  });
}

async function indexesOf(db: Db): Promise<Record<string, string[]>> {
  const collections = await db.listCollections().toArray();
  const named = collections.map(async ({ name }) => {
    const indexes = await db.collection(name).indexes();
    return [name, indexes.map((index) => JSON.stringify({ ...index, v: undefined })).toSorted()] as const;
  });
  return Object.fromEntries(await Promise.all(named));
}

describe("an upgrade", () => {
  let old: TestDatabase;
  /** The indexes of a database that began with today's program. */
  let made: Record<string, string[]>;

  before(async () => {
    const fresh = await openTestDatabase();
    for (let start = 0; start < 2; start += 1) await (await open(fresh.db)).close();
    made = await indexesOf(fresh.db);
    await fresh.close();
  });
  beforeEach(async () => {
    old = await openTestDatabase();
  });
  afterEach(() => old.close());

  it("is tried from each schema", () => {
    const versions = Array.from({ length: NEWEST_SCHEMA }, (_, index) => `schema-${index + 1}.json`);
    expect(readdirSync(SCHEMAS)).to.have.members(versions);
  });

  for (const file of readdirSync(SCHEMAS)) {
    it(`from ${file} keeps people, conversations and open updates, and makes today's indexes`, async () => {
      await fill(old.db, file);
      const store = await open(old.db);
      try {
        expect(await store.people.find(5)).to.include({ language: "en", ageGroup: "18-or-over" });
        expect((await store.people.find(5))?.lastSeenAt).to.be.instanceOf(Date);
        const history = await old.db.collection("messages").find().sort({ _id: 1 }).toArray();
        expect(history.map(({ text }) => text)).to.deep.equal([
          "Open the packet carefully.",
          "How do I put on a condom?",
        ]);
        expect(await old.db.collection("updates").countDocuments({ state: "received" })).to.equal(1);
        const active = await old.db.collection("sessions").find({ isActive: true }).toArray();
        for (const session of active) {
          expect(session.lastAt).to.be.instanceOf(Date);
          if (session.summary) expect(session.summary.since).to.be.instanceOf(Date);
        }
        const migrated = await indexesOf(old.db);
        for (const [name, indexes] of Object.entries(made))
          expect(migrated[name], name).to.deep.equal(indexes);
      } finally {
        await store.close();
      }
    });
  }

  it("from nothing makes the same indexes in one step, also when it was interrupted", async () => {
    const migrations = old.db.collection<{ _id: number; name: string }>("migrations");
    await migrations.insertOne({ _id: 0, name: `began with schema ${NEWEST_SCHEMA}` });
    await old.db.collection("outbox").createIndexes([{ key: { settledAt: 1 } }]);
    for (let start = 0; start < 2; start += 1) await (await open(old.db)).close();
    expect(await indexesOf(old.db)).to.deep.equal(made);
    const versions = await migrations.distinct("_id");
    expect(versions).to.have.members(Array.from({ length: NEWEST_SCHEMA + 1 }, (_, version) => version));
  });

  it("is not undone by an older program: it refuses the database, in one sentence, and changes nothing", async () => {
    await fill(old.db, "schema-9.json");
    const newer = NEWEST_SCHEMA + 1;
    await old.db.collection("migrations").insertOne({ _id: newer as never, name: "from the future" });
    const before = await indexesOf(old.db);
    const refusal = await open(old.db).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(OperatorError);
    expect((refusal as Error).message).to.include(`was used by a newer Helpline (schema ${newer}`);
    expect(await indexesOf(old.db)).to.deep.equal(before);
  });
});

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

  it("are applied by one of several instances that start at once, while the others wait", async () => {
    const database = await openTestDatabase();
    try {
      const options = {
        uri: await testDatabaseUri(),
        database: database.db.databaseName,
        maxPoolSize: 5,
        minPoolSize: 0,
        clock: systemClock,
        isShared: true,
      };
      const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(options)));
      await Promise.all(stores.map((store) => store.close()));
      const lease = await database.db.collection<{ _id: string }>("leases").findOne({ _id: "migrations" });
      expect(lease).to.include({ owner: null, fence: 4 });
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
