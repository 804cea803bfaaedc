import { expect } from "chai";
import {
  Binary,
  BSONRegExp,
  type Collection,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MongoClient,
  MongoServerError,
  Timestamp,
} from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";

/** Supported by MongoDB, but not by the embedded one, which must say so rather than do something else. */
const NOT_SUPPORTED = 115;

interface Thing extends Document {
  _id?: string | number;
}

describe("the embedded MongoDB, asked for an unsupported feature", () => {
  let server: EmbeddedMongo;
  let client: MongoClient;
  let things: Collection<Thing>;

  before(async () => {
    server = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    client = new MongoClient(server.uri);
  });

  beforeEach(async () => {
    things = client.db("limits").collection<Thing>("things");
    await things.drop();
    await things.insertOne({ _id: 1, a: 1, s: "text", l: [{ x: 1 }], d: Decimal128.fromString("1.5") });
  });

  after(async () => {
    await client.close();
    await server.close();
  });

  async function codeOf(call: Promise<unknown>, what: unknown): Promise<unknown> {
    const error = await call.catch((failure: unknown) => failure);
    expect(error, JSON.stringify(what)).to.be.instanceOf(MongoServerError);
    return (error as MongoServerError).code;
  }

  it("refuses queries", async () => {
    const queries: Document[] = [
      { $where: "true" },
      { $expr: { $eq: ["$a", 1] } },
      { $text: { $search: "x" } },
      { $jsonSchema: {} },
      { a: { $near: [0, 0] } },
      { a: { $bitsAllSet: 1 } },
      { l: { $all: [{ $elemMatch: { x: 1 } }] } },
      { a: { $ref: "x", $id: 1 } },
      { a: { $type: "minKey" } },
      { a: { $type: 13 } },
    ];
    for (const query of queries)
      expect(await codeOf(things.find(query).toArray(), query)).to.equal(NOT_SUPPORTED);
    expect(await codeOf(things.find({ a: { $type: 99 } }).toArray(), "no type")).to.equal(2);
  });

  it("refuses commands that MongoDB has, by their names", async () => {
    for (const name of [
      "explain",
      "collStats",
      "renameCollection",
      "serverStatus",
      "validate",
      "bulkWrite",
    ]) {
      const error = await client
        .db("limits")
        .command({ [name]: "things" })
        .catch((failure: unknown) => failure);
      expect(error).to.be.instanceOf(MongoServerError).and.include({ code: NOT_SUPPORTED });
      expect(String(error)).to.include(name);
    }
    const nonsense = client.db("limits").command({ nonsense: 1 });
    expect(await codeOf(nonsense, "nonsense")).to.equal(59);
    const pipeline = client
      .db("limits")
      .aggregate([{ $currentOp: {} }])
      .toArray();
    expect(await codeOf(pipeline, "a pipeline on a database")).to.equal(NOT_SUPPORTED);
    const size = client.db("limits").command({ create: "sized", size: 1000 });
    expect(await codeOf(size, "create with a size")).to.equal(NOT_SUPPORTED);
    const maxKey = things.insertOne({ a: new MaxKey() });
    expect(await codeOf(maxKey, "maxKey")).to.equal(NOT_SUPPORTED);
  });

  it("knows no sort of an update, which is newer than the version it claims", async () => {
    const { version } = await client.db("limits").command({ buildInfo: 1 });
    expect(version).to.equal("7.0.0");
    const update = things.updateOne({}, { $set: { a: 2 } }, { sort: { a: 1 } });
    expect(await codeOf(update, "sort")).to.equal(40_415);
    const replacement = things.replaceOne({}, { a: 2 }, { sort: { a: 1 } });
    expect(await codeOf(replacement, "sort")).to.equal(40_415);
  });

  it("refuses regular expressions that JavaScript reads differently", async () => {
    const patterns = [
      "\\w",
      "\\bx",
      "(?i)x",
      "(?=x)",
      "(?<n>x)",
      "x++",
      "[[:alpha:]]",
      "\\p{L}",
      "\\x41",
      "x\\Z",
      "\\1",
      "(?>x)",
      "[\\w]",
    ];
    for (const pattern of patterns) {
      expect(await codeOf(things.find({ s: { $regex: pattern } }).toArray(), pattern)).to.be.oneOf([
        NOT_SUPPORTED,
        51_091,
      ]);
    }
    for (const options of ["x", "m"]) {
      const regex = new BSONRegExp("te", options);
      expect(await codeOf(things.find({ s: regex }).toArray(), options)).to.equal(NOT_SUPPORTED);
    }
    expect(await codeOf(things.find({ s: { $regex: "(x" } }).toArray(), "(x")).to.equal(51_091);
    expect(await codeOf(things.find({ s: { $regex: "x{2,1}" } }).toArray(), "{2,1}")).to.equal(51_091);
  });

  it("refuses options of a find", async () => {
    const options: Document[] = [
      { collation: { locale: "fr" } },
      { tailable: true },
      { showRecordId: true },
      { returnKey: true },
      { min: { a: 1 }, hint: { _id: 1 } },
      { let: { x: 1 } },
      { projection: { l: { $slice: 1 } } },
      { projection: { l: { $elemMatch: { x: 1 } } } },
      { projection: { y: "$a" } },
      { projection: { "l.$": 1 } },
      { hint: { $natural: -1 } },
      { sort: { $natural: -1 } },
      { sort: { score: { $meta: "textScore" } } },
    ];
    for (const option of options)
      expect(await codeOf(things.find({}, option).toArray(), option)).to.equal(NOT_SUPPORTED);
  });

  it("refuses updates", async () => {
    const updates: readonly [Document | Document[], number][] = [
      [[{ $set: { a: 2 } }], NOT_SUPPORTED],
      [{ $set: { "l.$": 1 } }, NOT_SUPPORTED],
      [{ $set: { "l.$[].x": 1 } }, NOT_SUPPORTED],
      [{ $push: { l: { $each: [1], $sort: 1 } } }, NOT_SUPPORTED],
      [{ $push: { l: { $each: [1], $position: 0 } } }, NOT_SUPPORTED],
      [{ $currentDate: { t: { $type: "timestamp" } } }, NOT_SUPPORTED],
      [{ $inc: { d: 1 } }, NOT_SUPPORTED],
      [{ $inc: { a: Decimal128.fromString("1") } }, NOT_SUPPORTED],
      [{ $bit: { a: { or: 1 } } }, NOT_SUPPORTED],
      [{ $pullAll: { l: [1] } }, NOT_SUPPORTED],
    ];
    for (const [update, code] of updates) {
      expect(await codeOf(things.updateOne({ _id: 1 }, update), update)).to.equal(code);
    }
    const filters = { arrayFilters: [{ e: 1 }] };
    expect(await codeOf(things.updateOne({ _id: 1 }, { $set: { b: 1 } }, filters), filters)).to.equal(
      NOT_SUPPORTED,
    );
    for (const query of [{ x: { $in: [1] } }, { x: { $all: [1] } }, { $or: [{ x: 1 }] }]) {
      const upsert = things.updateOne(query, { $set: { b: 1 } }, { upsert: true });
      expect(await codeOf(upsert, query)).to.equal(NOT_SUPPORTED);
    }
    expect(await things.countDocuments()).to.equal(1);
  });

  it("refuses indexes and collections of other kinds", async () => {
    const indexes: readonly [Document, Document][] = [
      [{ s: "text" }, {}],
      [{ s: "hashed" }, {}],
      [{ s: "2dsphere" }, {}],
      [{ s: 2 }, {}],
      [{ "$**": 1 }, {}],
      [{ "s.$**": 1 }, {}],
      [{ s: 1 }, { sparse: true }],
      [{ s: 1 }, { hidden: true }],
      [{ s: 1 }, { collation: { locale: "fr" } }],
      [{ s: 1 }, { partialFilterExpression: { $or: [{ a: 1 }, { a: 2 }] } }],
      [{ s: 1 }, { partialFilterExpression: { a: { $in: [1, 2] } } }],
      [{ s: 1 }, { partialFilterExpression: { a: { $ne: 1 } } }],
      [{ d: 1 }, {}],
    ];
    for (const [key, options] of indexes) {
      const call = things.createIndex(key, options);
      expect(await codeOf(call, [key, options])).to.equal(NOT_SUPPORTED);
    }
    expect(await things.indexes()).to.have.length(1);
    const capped = client.db("limits").createCollection("capped", { capped: true, size: 1000 });
    expect(await codeOf(capped, "capped")).to.be.oneOf([NOT_SUPPORTED, 40_415]);
  });

  it("refuses pipelines", async () => {
    const stages: readonly [Document, number][] = [
      [{ $lookup: { from: "a", localField: "a", foreignField: "a", as: "b" } }, NOT_SUPPORTED],
      [{ $facet: { a: [] } }, NOT_SUPPORTED],
      [{ $out: "other" }, NOT_SUPPORTED],
      [{ $project: { t: { $dateToString: { date: "$t" } } } }, NOT_SUPPORTED],
      [{ $project: { t: { $nonsense: "$t" } } }, 168],
      [{ $nonsense: 1 }, 40_324],
      [{ $group: { _id: null, x: { $stdDevPop: "$a" } } }, NOT_SUPPORTED],
      [{ $group: { _id: null, x: { $nonsense: "$a" } } }, 15_952],
      [{ $project: { t: "$$NOW" } }, NOT_SUPPORTED],
      [{ $addFields: { "b.c": 1 } }, NOT_SUPPORTED],
      [{ $addFields: { b: { c: 1 } } }, NOT_SUPPORTED],
      [{ $group: { _id: null, x: { $sum: "$d" } } }, NOT_SUPPORTED],
      [{ $project: { x: { $add: ["$d", 1] } } }, NOT_SUPPORTED],
      [{ $unwind: { path: "$l", includeArrayIndex: "i" } }, NOT_SUPPORTED],
    ];
    for (const [stage, code] of stages)
      expect(await codeOf(things.aggregate([stage]).toArray(), stage)).to.equal(code);
  });

  it("refuses transactions, sessions' read concerns and replicas' write concerns", async () => {
    const db = client.db("limits");
    const find = { find: "things", filter: {} };
    expect(
      await codeOf(db.command({ ...find, readConcern: { level: "linearizable" } }), "linearizable"),
    ).to.equal(123);
    expect(await codeOf(things.insertOne({ b: 1 }, { writeConcern: { w: 3 } }), "w: 3")).to.equal(2);
    for (const w of [2, -1, 1.5, "tagged"]) {
      const insert = { insert: "things", documents: [{ b: 1 }], writeConcern: { w } };
      expect(await codeOf(db.command(insert), w)).to.equal(2);
    }
    for (const w of [1, "majority"] as const) await things.insertOne({ c: 1 }, { writeConcern: { w } });
    const session = client.startSession();
    const transaction = session.withTransaction(() => things.insertOne({ b: 2 }, { session }));
    await transaction.then(
      () => expect.fail("there are no transactions"),
      () => {},
    );
    await session.endSession();
    expect(await things.countDocuments({ b: { $exists: true } })).to.equal(0);
  });

  it("refuses a timestamp that MongoDB would fill in", async () => {
    const t = new Timestamp({ t: 0, i: 0 });
    expect(await codeOf(things.insertOne({ t }), "insert")).to.equal(NOT_SUPPORTED);
    expect(await codeOf(things.replaceOne({ _id: 1 }, { t }), "replacement")).to.equal(NOT_SUPPORTED);
    await things.insertOne({ inner: { t } });
    expect(await things.countDocuments({ "inner.t": t })).to.equal(1);
  });

  it("refuses a value that is too long to index, and changes nothing", async () => {
    await things.createIndex({ s: 1 });
    const long = "x".repeat(3_000);
    expect(await codeOf(things.insertOne({ s: long }), "insert")).to.equal(17_280);
    expect(await codeOf(things.updateOne({ _id: 1 }, { $set: { s: long } }), "update")).to.equal(17_280);
    expect(await codeOf(things.insertOne({ _id: long }), "_id")).to.equal(17_280);
    expect(await things.find({ s: { $gte: "" } }).toArray()).to.have.length(1);
    expect(await things.find({ s: long }).toArray()).to.deep.equal([]);
    expect(await things.find({ s: { $lt: `x${long}` } }).toArray()).to.have.length(1);
    expect(await things.find({ s: { $gt: long } }).toArray()).to.deep.equal([]);
    expect(
      await things
        .find({ s: { $in: [long, "text"] } })
        .sort({ s: -1 })
        .toArray(),
    ).to.have.length(1);
    expect(await codeOf(client.db("limits").collection(long).findOne(), "a long name")).to.equal(73);
  });

  it("refuses binary data that bson would write differently", async () => {
    const oldBinary = new Binary(Buffer.of(1, 0, 0, 0, 7), Binary.SUBTYPE_BYTE_ARRAY);
    expect(await codeOf(things.insertOne({ b: oldBinary }), "subtype 2")).to.equal(NOT_SUPPORTED);
    const vector = Binary.fromInt8Array(Int8Array.of(1, 2));
    expect(await codeOf(things.insertOne({ b: vector }), "vector")).to.equal(NOT_SUPPORTED);
  });

  it("answers with more than 16 MB, but stores no such document", async () => {
    await things.drop();
    const large = (byte: number) => new Binary(Buffer.alloc(9_000_000, byte));
    await things.insertMany([{ large: large(1) }, { large: large(2) }]);
    const found = await things.distinct("large");
    expect(found.map((bytes: Binary) => bytes.length())).to.deep.equal([9_000_000, 9_000_000]);
    const gathered = things.aggregate([{ $group: { _id: null, all: { $push: "$large" } } }]);
    expect(await codeOf(gathered.toArray(), "$group")).to.equal(10_334);
    const grown = things.updateOne({}, { $set: { more: large(3) } });
    expect(await codeOf(grown, "$set")).to.equal(10_334);
  });

  it("stores a Decimal128 and compares it by value, but does not index it", async () => {
    await things.drop();
    const decimal = (text: string) => Decimal128.fromString(text);
    await things.insertMany([
      { _id: 1, n: decimal("1.5") },
      { _id: 2, n: new Double(1.5) },
      { _id: 3, n: new Int32(2) },
      { _id: 4, n: decimal("2.00") },
      { _id: 5, n: Long.fromNumber(3) },
      { _id: 6, n: decimal("9223372036854775807.5") },
      { _id: 7, n: Long.MAX_VALUE },
      { _id: 8, n: decimal("0.1") },
      { _id: 9, n: new Double(0.1) }, // slightly more than a tenth
      { _id: 10, n: decimal("Infinity") },
      { _id: 11, n: decimal("1E+6000") },
      { _id: 12, n: decimal("NaN") },
    ]);
    const ids = async (query: Document) =>
      (await things.find(query).sort({ n: 1, _id: 1 }).toArray()).map(({ _id }) => _id);
    expect(await ids({})).to.deep.equal([12, 8, 9, 1, 2, 3, 4, 5, 7, 6, 11, 10]);
    expect(await ids({ n: 1.5 })).to.deep.equal([1, 2]);
    expect(await ids({ n: decimal("2") })).to.deep.equal([3, 4]);
    expect(await ids({ n: { $gt: decimal("0.1"), $lt: 2 } })).to.deep.equal([9, 1, 2]);
    expect(String((await things.findOne({ _id: 4 }))?.n)).to.equal("2.00");
    expect(await codeOf(things.insertOne({ _id: decimal("1") as never }), "_id")).to.equal(NOT_SUPPORTED);
  });
});
