import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queryObjects } from "node:v8";
import { expect } from "chai";
import { type Collection, MongoClient, MongoServerError, type UpdateResult } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { type Slice, Turns } from "../../../lib/embedded-mongo/turns/turns.ts";
import { share } from "../../support/thorough.ts";

interface Row {
  _id: number;
  a: number;
  seq: number;
  state?: string;
  pad?: string;
}

const SIZE = share(600);

/** Has every command pause after each document, unless it is fast, and do something else at each pause. */
class Pauses extends Turns {
  isFast = false;
  meanwhile: (() => Promise<unknown>) | undefined;
  #isBusy = false;

  override slice(): Slice {
    return this.isFast ? super.slice() : { isOver: () => true };
  }

  override async next(): Promise<void> {
    if (this.meanwhile && !this.#isBusy) {
      this.#isBusy = true; // what is done meanwhile has pauses as well
      await this.meanwhile();
      this.#isBusy = false;
    }
    await super.next();
  }
}

describe("long work of the embedded MongoDB", () => {
  /** A data folder with the rows, which each test gets a copy of. */
  let filled: string;
  let folder: string;
  let server: EmbeddedMongo;
  let client: MongoClient;
  let rows: Collection<Row>;
  let turns: Pauses;

  async function open(path: string): Promise<void> {
    turns = new Pauses();
    server = await startEmbeddedMongo({ path, turns, clock: systemClock, logger: silentLogger });
    client = new MongoClient(server.uri, { minPoolSize: 3 });
    rows = client.db("slices").collection<Row>("rows");
  }
  async function close(): Promise<void> {
    turns.meanwhile = undefined;
    await client.close();
    await server.close();
  }

  before(async () => {
    filled = await mkdtemp(join(tmpdir(), "embedded-mongo-filled-"));
    await open(filled);
    await rows.insertMany(Array.from({ length: SIZE }, (_, n) => ({ _id: n, a: 1, seq: -n })));
    await close();
  });
  after(() => rm(filled, { recursive: true }));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "embedded-mongo-slices-"));
    await cp(filled, folder, { recursive: true });
    await open(folder);
  });
  afterEach(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  /** Does something else `times` times while a call is under way. @returns the call's result */
  async function beside<Result>(
    call: () => Promise<Result>,
    times: number,
    other: () => Promise<unknown>,
  ): Promise<Result> {
    let left = times;
    turns.meanwhile = async () => {
      if (left === 0) return;
      left -= 1;
      await other();
    };
    const result = await call();
    turns.meanwhile = undefined;
    expect(left, "not done meanwhile").to.equal(0);
    return result;
  }

  const CALLS: readonly [what: string, call: () => Promise<unknown>, result: unknown][] = [
    ["a count", () => rows.countDocuments({ a: 1 }), SIZE],
    ["a search in vain", () => rows.findOne({ a: 2 }), null],
    ["a distinct", async () => (await rows.distinct("seq")).length, SIZE],
    ["a sort", async () => (await rows.find().sort({ seq: 1 }).limit(1).next())?.seq, 1 - SIZE],
    [
      "a pipeline",
      () => rows.aggregate([{ $group: { _id: "$seq" } }, { $sort: { _id: 1 } }, { $limit: 1 }]).toArray(),
      [{ _id: 1 - SIZE }],
    ],
    ["an update of many", async () => (await rows.updateMany({}, { $set: { a: 2 } })).modifiedCount, SIZE],
    [
      "an update of one far away",
      async () => (await rows.updateOne({ seq: 1 - SIZE }, { $inc: { a: 1 } })).modifiedCount,
      1,
    ],
    ["a find and modify", async () => (await rows.findOneAndDelete({}, { sort: { seq: 1 } }))?._id, SIZE - 1],
    ["a deletion of many", async () => (await rows.deleteMany({ a: 1 })).deletedCount, SIZE],
  ];

  for (const [what, call, result] of CALLS) {
    it(`lets others be answered: ${what}`, async () => {
      const ping = (): Promise<unknown> => client.db("slices").command({ ping: 1 });
      expect(await beside(call, SIZE - 1, ping)).to.deep.equal(result);
    });
  }

  it("shows one moment, whatever is written meanwhile", async () => {
    let next = SIZE;
    const counted = await beside(
      () => rows.countDocuments({ a: 1 }),
      20,
      async () => {
        await rows.insertOne({ _id: next, a: 1, seq: -next });
        next += 1;
        await rows.deleteOne({ _id: SIZE - 1 });
      },
    );
    expect(counted).to.equal(SIZE);
    const cursor = rows.find({ a: 1 }, { sort: { _id: 1 } });
    const first = await cursor.next();
    await rows.deleteMany({ _id: { $gt: 0 } });
    await rows.insertOne({ _id: -1, a: 1, seq: 1 });
    expect([first, ...(await cursor.toArray())].map((row) => row?._id)).to.deep.equal(
      Array.from({ length: next }, (_, n) => n).filter((n) => n !== SIZE - 1),
    );
  });

  it("changes what still matches when its turn comes", async () => {
    const update = (): Promise<UpdateResult> => rows.updateMany({ a: 1 }, { $set: { state: "seen" } });
    const { modifiedCount } = await beside(update, 1, async () => {
      await rows.updateOne({ _id: SIZE - 1 }, { $set: { a: 2 } });
      await rows.deleteOne({ _id: SIZE - 2 });
    });
    expect(modifiedCount).to.equal(SIZE - 2);
    expect(await rows.findOne({ _id: SIZE - 1 })).to.deep.equal({ _id: SIZE - 1, a: 2, seq: 1 - SIZE });
    expect(await rows.countDocuments({ state: "seen" })).to.equal(SIZE - 2);
  });

  it("increments a document once that is looked for far away, however many do", async () => {
    const call = () => rows.findOneAndUpdate({ seq: 1 - SIZE }, { $inc: { a: 1 } });
    await Promise.all(Array.from({ length: 5 }, call));
    expect((await rows.findOne({ _id: SIZE - 1 }))?.a).to.equal(6);
  });

  it("builds an index that agrees with what is written meanwhile", async () => {
    let next = SIZE;
    await beside(
      () => rows.createIndex({ seq: 1 }, { unique: true }),
      20,
      async () => {
        await rows.insertOne({ _id: next, a: 1, seq: -next });
        await rows.updateOne({ _id: next - SIZE }, { $set: { seq: next } });
        await rows.updateOne({ _id: SIZE - 1 - (next - SIZE) }, { $set: { seq: next + SIZE } });
        await rows.deleteOne({ _id: 30 + 2 * (next - SIZE) });
        next += 1;
      },
    );
    const expected = (await rows.find().toArray()).map(({ _id, seq }) => [seq, _id]);
    const byIndex = await rows.find().sort({ seq: 1 }).toArray();
    expect(byIndex.map(({ _id, seq }) => [seq, _id])).to.deep.equal(
      expected.toSorted(([a = 0], [b = 0]) => a - b),
    );
    for (const [seq = 0, _id] of expected) expect((await rows.findOne({ seq }))?._id).to.equal(_id);
  });

  it("builds no unique index if a duplicate is written meanwhile, and leaves nothing of it", async () => {
    const build = (): Promise<unknown> =>
      rows.createIndex({ seq: 1 }, { unique: true }).catch((error: unknown) => error);
    const result = await beside(build, 1, async () => {
      await rows.insertOne({ _id: SIZE, a: 1, seq: 0 }); // accepted: there is no such index yet
    });
    expect(result).to.be.instanceOf(MongoServerError).and.include({ code: 11_000 });
    expect(await rows.indexes()).to.have.length(1);
    await rows.deleteMany({ seq: 0 });
    await rows.createIndex({ seq: 1 }, { unique: true });
    expect(await rows.find({ seq: { $lte: 0 } }).toArray()).to.have.length(SIZE - 1);
  });

  it("computes the results of a cursor as they are fetched", async () => {
    const before = server.documentsExamined();
    const cursor = rows.find({}, { batchSize: 50 });
    await cursor.next();
    expect(server.documentsExamined() - before).to.be.within(50, 51);
    await cursor.close();
    expect(server.openCursors()).to.equal(0);
  });

  it("finishes a cursor from the replaced file when the data is rewritten meanwhile", async () => {
    const cursor = rows.find({}, { batchSize: 50 });
    const first = await cursor.next();
    const rewriting = server.rewrite();
    await rows.updateOne({ _id: 0 }, { $set: { a: 7 } });
    const all = [first, ...(await cursor.toArray())];
    await rewriting;
    expect(all.map((row) => row?.a)).to.deep.equal(Array.from({ length: SIZE }, () => 1));
    expect((await rows.findOne({ _id: 0 }))?.a).to.equal(7);
  });

  it("knows how many documents there are without reading them", async () => {
    await rows.deleteMany({ _id: { $lt: 10 } });
    await rows
      .insertMany(
        [
          { _id: 1, a: 1, seq: 1 },
          { _id: 1, a: 1, seq: 1 },
        ],
        { ordered: false },
      )
      .catch(() => {});
    await rows.updateOne({ _id: 2 }, { $set: { a: 1 } }, { upsert: true });
    await rows.findOneAndDelete({ _id: 2 });
    await rows.updateMany({}, { $inc: { a: 1 } });
    const before = server.documentsExamined();
    expect(await rows.estimatedDocumentCount()).to.equal(SIZE - 9);
    expect(await rows.countDocuments({})).to.equal(SIZE - 9);
    expect(await rows.aggregate([{ $count: "n" }]).toArray()).to.deep.equal([{ n: SIZE - 9 }]);
    const sums = { _id: { k: "x" }, n: { $sum: 1 }, m: { $count: {} } };
    expect(
      await rows.aggregate([{ $match: {} }, { $group: sums }, { $set: { x: 1 } }]).toArray(),
    ).to.deep.equal([{ _id: { k: "x" }, n: SIZE - 9, m: SIZE - 9, x: 1 }]);
    expect(server.documentsExamined()).to.equal(before);
    expect(await rows.countDocuments({}, { skip: 5, limit: 7 })).to.equal(7);
    const empty = client.db("slices").collection("empty");
    expect(await empty.countDocuments({})).to.equal(0);
    await empty.insertOne({});
    await empty.deleteOne({});
    expect(await empty.aggregate([{ $group: { _id: 1, n: { $sum: 1 } } }]).toArray()).to.deep.equal([]);
  });

  // Freed Buffers stop the process for about a microsecond each, all of them at once when V8 reduces its memory.
  const KEEPERS: readonly [what: string, call: (many: Collection<Row>) => Promise<unknown>][] = [
    ["a sort", (many) => many.find().sort({ seq: 1 }).toArray()],
    ["an update of many", (many) => many.updateMany({ a: 1 }, { $set: { a: 2 } })],
    ["a deletion of many", (many) => many.deleteMany({ a: 1 })],
  ];

  for (const [what, call] of KEEPERS) {
    it(`keeps no Buffer for each of many documents: ${what}`, async () => {
      const size = 3_000;
      const many = client.db("slices").collection<Row>("many");
      turns.isFast = true;
      await many.insertMany(Array.from({ length: size }, (_, n) => ({ _id: n, a: 1, seq: -n })));
      turns.isFast = false;
      const countBuffers = (): number => queryObjects(Uint8Array, { format: "count" });
      const before = countBuffers();
      let pauses = 0;
      let kept = 0;
      turns.meanwhile = async () => {
        pauses += 1;
        if (pauses !== size) return;
        kept = countBuffers() - before; // nearly all documents are found, and none is changed
        turns.isFast = true;
      };
      await call(many);
      expect(pauses).to.be.at.least(size);
      expect(kept).to.be.below(size / 2);
    });
  }

  it("gives the room of a dropped collection back", async () => {
    const pad = "x".repeat(50_000);
    const large = client.db("slices").collection<Row>("large");
    for (let n = 0; n < 400; n += 100) {
      await large.insertMany(Array.from({ length: 100 }, (_, i) => ({ _id: n + i, a: 1, seq: 1, pad })));
    }
    const size = async (): Promise<number> => (await stat(join(folder, "data.mdb"))).size;
    const full = await size();
    await large.drop();
    expect(await large.findOne({})).to.equal(null);
    await large.insertOne({ _id: 1, a: 2, seq: 1 }); // a new one of the same name
    while ((await size()) > full / 2) await rows.findOne({ _id: 1 });
    expect(await large.find().toArray()).to.deep.equal([{ _id: 1, a: 2, seq: 1 }]);
    expect(await rows.countDocuments({ a: 1 })).to.equal(SIZE);
  });
});
