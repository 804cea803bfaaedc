import { expect } from "chai";
import { type Collection, MongoClient, ObjectId } from "mongodb";
import { silentLogger } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const HOUR_MS = 3_600_000;

describe("expiry in the embedded MongoDB", () => {
  let clock: FakeClock;
  let server: EmbeddedMongo;
  let client: MongoClient;
  let things: Collection<{ _id: string | ObjectId; at?: unknown; kept?: boolean }>;

  beforeEach(async () => {
    clock = new FakeClock();
    server = await startEmbeddedMongo({ clock, logger: silentLogger });
    client = new MongoClient(server.uri);
    things = client.db("time").collection("things");
  });

  afterEach(async () => {
    await client.close();
    await server.close();
  });

  const inMs = (ms: number): Date => new Date(clock.now() + ms);
  /** The sweep of each minute writes to disk; this write waits for it. */
  async function passMinutes(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await clock.advance(60_000);
      await server.expireNow();
    }
  }

  const ids = async () => (await things.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);

  it("deletes expired documents only", async () => {
    await things.createIndex({ at: 1 }, { expireAfterSeconds: 3600 });
    await things.insertMany([
      { _id: "array", at: [inMs(-2 * HOUR_MS), inMs(0)] },
      { _id: "future", at: inMs(HOUR_MS) },
      { _id: "missing" },
      { _id: "new", at: inMs(0) },
      { _id: "null", at: null },
      { _id: "number", at: 5 },
      { _id: "old", at: inMs(-2 * HOUR_MS) },
      { _id: "text", at: "1970-01-01" },
    ]);
    expect(await server.expireNow()).to.equal(2);
    expect(await ids()).to.deep.equal(["future", "missing", "new", "null", "number", "text"]);
    await passMinutes(61);
    expect(await ids()).to.deep.equal(["future", "missing", "null", "number", "text"]);
  });

  it("deletes any number of documents", async () => {
    await things.createIndex({ at: 1 }, { expireAfterSeconds: 3600 });
    await things.insertMany(
      Array.from({ length: 250 }, (_, index) => ({ _id: `${index}`, at: inMs(-2 * HOUR_MS) })),
    );
    expect(await server.expireNow()).to.equal(250);
    expect(await ids()).to.deep.equal([]);
  });

  it("stops cleanly when the server is closed in the middle", async () => {
    const complaints: unknown[] = [];
    const logger = { ...silentLogger, error: (_: string, fields: unknown) => complaints.push(fields) };
    const other = await startEmbeddedMongo({ clock, logger });
    const itsClient = new MongoClient(other.uri);
    const itsThings = itsClient.db("time").collection<{ at: Date }>("things");
    await itsThings.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    await itsThings.insertMany(Array.from({ length: 250 }, () => ({ at: inMs(-1) })));
    await itsClient.close();
    await clock.advance(60_000);
    await other.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(complaints).to.deep.equal([]);
  });

  it("deletes only documents that a partial index covers", async () => {
    await things.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { kept: false } });
    await things.insertMany([
      { _id: "goes", at: inMs(-1), kept: false },
      { _id: "stays", at: inMs(-1), kept: true },
    ]);
    expect(await server.expireNow()).to.equal(1);
    expect(await ids()).to.deep.equal(["stays"]);
  });

  it("runs every minute by itself", async () => {
    await things.createIndex({ at: 1 }, { expireAfterSeconds: 30 });
    await things.insertOne({ _id: "a", at: inMs(0) });
    await clock.advance(59_000);
    expect(await ids()).to.deep.equal(["a"]);
    await clock.advance(1_000);
    expect(await server.expireNow()).to.equal(0); // after the sweep, which deleted it
    expect(await ids()).to.deep.equal([]);
  });

  it("frees a cursor that is idle for ten minutes", async () => {
    await things.insertMany(Array.from({ length: 10 }, () => ({ _id: new ObjectId() })));
    const cursor = things.find().batchSize(2);
    await cursor.next();
    expect(server.openCursors()).to.equal(1);
    await passMinutes(9);
    expect(server.openCursors()).to.equal(1);
    await passMinutes(2);
    expect(server.openCursors()).to.equal(0);
    await cursor.close();
  });

  it("frees a cursor that is exhausted or closed early", async () => {
    await things.insertMany(Array.from({ length: 500 }, () => ({ _id: new ObjectId() })));
    await things.find().batchSize(7).toArray();
    expect(server.openCursors()).to.equal(0);
    for await (const _ of things.find().batchSize(7)) break;
    expect(server.openCursors()).to.equal(0);
  });
});
