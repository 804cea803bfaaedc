import { expect } from "chai";
import {
  type Collection,
  type Document,
  MongoAPIError,
  MongoClient,
  type MongoError,
  MongoInvalidArgumentError,
  MongoServerError,
} from "mongodb";
import { systemClock } from "../../lib/core/index.ts";
import { createGroupedChanges, createGroupedInsert } from "../../lib/store/batching/writes.ts";
import { createUpdateStore } from "../../lib/store/collections/messages/updates.ts";
import { createOutageCheck } from "../../lib/store/index.ts";
import { testDatabaseUri } from "../support/database.ts";
import { type RefusingMongo, startRefusingMongo } from "../support/servers/refusing-mongo.ts";
import { throughProxy } from "../support/servers/tcp-proxy.ts";

const WRITES = ["insert", "update", "delete", "findAndModify"];

interface Thing extends Document {
  _id: string;
}

/** Replies of databases that cannot do their work now. */
const NOT_NOW: readonly [about: string, reply: Document][] = [
  [
    "Atlas over its quota",
    {
      ok: 0,
      code: 8000,
      codeName: "AtlasError",
      errmsg: "you are over your space quota, using 513 MB of 512 MB",
    },
  ],
  [
    "a throttling Cosmos DB",
    {
      ok: 1,
      n: 0,
      nModified: 0,
      writeErrors: [
        { index: 0, code: 16500, errmsg: "Error=16500, RetryAfterMs=34, Details=Request rate is large" },
      ],
    },
  ],
  ["a throttling Cosmos DB that refuses commands", { ok: 0, code: 16500, errmsg: "Request rate is large" }],
  ["a primary that steps down", { ok: 0, code: 189, errmsg: "stepped down" }],
  [
    "a time limit",
    { ok: 0, code: 50, codeName: "MaxTimeMSExpired", errmsg: "operation exceeded time limit" },
  ],
  ["a password that was changed", { ok: 0, code: 18, codeName: "AuthenticationFailed", errmsg: "no" }],
  ["a right that was taken away", { ok: 0, code: 13, codeName: "Unauthorized", errmsg: "not authorized" }],
  ["blocked writes", { ok: 0, code: 371, codeName: "UserWritesBlocked", errmsg: "User writes blocked" }],
  [
    "an overload that only its label names",
    { ok: 0, code: 123_456, errmsg: "busy", errorLabels: ["SystemOverloadedError"] },
  ],
  [
    "a write concern that timed out",
    { ok: 1, n: 1, writeConcernError: { code: 64, codeName: "WriteConcernTimeout", errmsg: "timed out" } },
  ],
  ["a code nobody knows", { ok: 0, code: 987_654, errmsg: "come back later" }],
];

describe("the outage check", () => {
  let proxy: RefusingMongo;
  let client: MongoClient;
  let things: Collection<Thing>;

  before(async () => {
    const uri = await testDatabaseUri();
    proxy = await startRefusingMongo(Number(new URL(uri).port));
    client = new MongoClient(throughProxy(uri, proxy.port), {
      directConnection: true,
      minHeartbeatFrequencyMS: 20, // until a server that stepped down is found again
    });
    things = client.db(`outage-${process.pid}`).collection<Thing>("things");
  });

  afterEach(() => proxy.refuse([]));

  after(async () => {
    await things.db.dropDatabase();
    await client.close();
    await proxy.close();
  });

  const failureOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  for (const [about, reply] of NOT_NOW) {
    it(`takes ${about} for an outage, whichever write fails`, async () => {
      proxy.refuse(WRITES, reply);
      const isOutage = createOutageCheck(systemClock);
      const writes: Record<string, () => Promise<unknown>> = {
        insert: () => things.insertOne({ _id: "a" }),
        update: () => things.updateOne({ _id: "a" }, { $set: { n: 1 } }),
        delete: () => things.deleteOne({ _id: "a" }),
        "grouped insert": () => createGroupedInsert(things)({ _id: "b" }),
        "grouped change": () => createGroupedChanges(things)({ id: "a", update: { $set: { n: 1 } } }),
        sequence: () => createUpdateStore(things.db).nextSeq(),
      };
      for (const [name, write] of Object.entries(writes)) {
        const failure = await failureOf(write());
        expect(failure, name).to.be.instanceOf(Error);
        expect(isOutage(failure), `${name}: ${String(failure)}`).to.equal(true);
      }
    });
  }

  it("takes a batch for an outage of which one write was throttled, though others were duplicates", async () => {
    const writeErrors = [
      { index: 0, code: 11000, errmsg: "E11000 duplicate key" },
      { index: 1, code: 16500, errmsg: "Request rate is large" },
    ];
    proxy.refuse(WRITES, { ok: 1, n: 0, writeErrors });
    const insert = createGroupedInsert(things);
    const failure = await failureOf(Promise.all([insert({ _id: "a" }), insert({ _id: "b" })]));
    expect(createOutageCheck(systemClock)(failure)).to.equal(true);
  });

  it("takes a mistake for no outage", async () => {
    const isOutage = createOutageCheck(systemClock);
    await things.insertOne({ _id: "twice" });
    const mistakes: (() => Promise<unknown>)[] = [
      () => things.insertOne({ _id: "twice" }),
      () => things.updateOne({ _id: "twice" }, { $inc: { _id: 1 } }),
      () => things.find({ $nonsense: 1 } as never).toArray(),
      () => things.insertOne({ _id: "large", text: "x".repeat(17_000_000) }),
    ];
    for (const mistake of mistakes) {
      const failure = await failureOf(mistake());
      expect(failure).to.be.instanceOf(Error);
      expect(isOutage(failure), String(failure)).to.equal(false);
    }
    for (const error of [
      new Error("no"),
      new MongoInvalidArgumentError("no"),
      new MongoAPIError("no"),
      undefined,
    ]) {
      expect(isOutage(error)).to.equal(false);
    }
  });

  it("takes an unknown code for an outage until it has lasted ten minutes, and anew after a pause", () => {
    let minutes = 0;
    const isOutage = createOutageCheck({ monotonic: () => minutes * 60_000 });
    const unknown = new MongoServerError({ message: "?", code: 987_654 });
    const at = (now: number, error: MongoError = unknown): boolean => {
      minutes = now;
      return isOutage(error);
    };
    for (let now = 0; now < 10; now += 1) expect(at(now), `after ${now} minutes`).to.equal(true);
    expect(at(10)).to.equal(false);
    expect(at(10.5, new MongoServerError({ message: "?", code: 987_655 }))).to.equal(true);
    expect(at(11)).to.equal(false);
    expect(at(14)).to.equal(true);
    expect(at(14, new MongoServerError({ message: "quota", code: 8000 }))).to.equal(true);
  });

  it("takes a known outage for one however long it lasts", () => {
    let minutes = 0;
    const isOutage = createOutageCheck({ monotonic: () => minutes * 60_000 });
    for (; minutes < 600; minutes += 1) {
      expect(isOutage(new MongoServerError({ message: "over quota", code: 8000 }))).to.equal(true);
    }
  });
});
