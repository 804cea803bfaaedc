import { expect } from "chai";
import { Binary, type IndexDirection, ObjectId } from "mongodb";
import { refusal, useCollection } from "./collection.ts";

describe("a MongoDB, indexing", () => {
  const at = useCollection();

  it("creates, lists and drops indexes", async () => {
    const { collection } = at;
    expect(await collection.createIndex({ a: 1, b: -1 })).to.equal("a_1_b_-1");
    await collection.createIndex({ c: 1 }, { unique: true, partialFilterExpression: { isActive: true } });
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 60, name: "ageing" });
    await collection.createIndex({ a: 1, b: -1 });
    expect(await collection.indexes()).to.deep.equal([
      { v: 2, key: { _id: 1 }, name: "_id_" },
      { v: 2, key: { a: 1, b: -1 }, name: "a_1_b_-1" },
      { v: 2, key: { c: 1 }, name: "c_1", unique: true, partialFilterExpression: { isActive: true } },
      { v: 2, key: { at: 1 }, name: "ageing", expireAfterSeconds: 60 },
    ]);
    await collection.dropIndex("a_1_b_-1");
    await collection.dropIndex({ at: 1 } as never);
    expect((await collection.indexes()).map(({ name }) => name)).to.deep.equal(["_id_", "c_1"]);
    await collection.dropIndexes();
    expect((await collection.indexes()).map(({ name }) => name)).to.deep.equal(["_id_"]);
  });

  it("refuses conflicting names or options, and missing indexes", async () => {
    const { collection } = at;
    await collection.createIndex({ a: 1 });
    expect((await refusal(collection.createIndex({ b: 1 }, { name: "a_1" }))).code).to.equal(86);
    expect((await refusal(collection.createIndex({ a: 1 }, { unique: true }))).code).to.equal(86);
    expect((await refusal(collection.createIndex({ a: 1 }, { expireAfterSeconds: 5 }))).code).to.equal(85);
    expect((await refusal(collection.createIndex({ a: 1 }, { name: "other" }))).code).to.equal(85);
    expect((await refusal(collection.createIndex({ _id: 1 }, { expireAfterSeconds: 5 }))).code).to.equal(197);
    expect((await refusal(collection.createIndex({ _id: 1 }, { unique: true }))).code).to.equal(197);
    await collection.createIndex({ _id: 1 });
    expect((await refusal(collection.createIndex({ a: 0 as 1 }))).code).to.equal(67);
    expect((await refusal(collection.dropIndex("none"))).code).to.equal(27);
    expect((await refusal(collection.dropIndex("_id_"))).code).to.equal(72);
    expect((await refusal(at.database.db.collection("none").indexes())).code).to.equal(26);
  });

  const id = (digits: string) => new ObjectId(digits.padStart(24, digits[0]));
  const ranges: readonly [what: string, direction: IndexDirection, values: unknown[], range: object][] = [
    ["the empty string", -1, ["", "a"], { $lt: "b" }],
    ["infinity and great numbers", 1, [1, Number.POSITIVE_INFINITY, 1e305], { $gt: 0 }],
    ["negative infinity", -1, [-1, Number.NEGATIVE_INFINITY], { $lt: 0 }],
    ["ids that begin with ff", 1, [id("f"), id("a")], { $gte: id("0") }],
    ["ids that begin with 00", -1, [id("01"), id("a")], { $lt: id("f") }],
    [
      "binaries",
      -1,
      [new Binary(Buffer.alloc(0)), new Binary(Buffer.of(1))],
      { $lt: new Binary(Buffer.of(2)) },
    ],
    ["the empty document", -1, [{}, { a: 1 }], { $lt: { b: 1 } }],
    ["numbers in arrays", 1, [[Number.POSITIVE_INFINITY, -5], 1], { $gt: 0, $lt: 5 }],
  ];
  for (const [what, direction, values, range] of ranges) {
    it(`finds, changes and deletes ${what} by a range that is open at either end`, async () => {
      const { collection } = at;
      await collection.createIndex({ s: direction });
      await collection.insertMany(values.map((s) => ({ s })));
      const { length } = values;
      expect(await collection.countDocuments({ s: range })).to.equal(length);
      expect((await collection.updateMany({ s: range }, { $set: { t: 1 } })).modifiedCount).to.equal(length);
      expect((await collection.deleteMany({ s: range })).deletedCount).to.equal(length);
    });
  }

  it("enforces uniqueness, with a missing value as null", async () => {
    const { collection } = at;
    await collection.createIndex({ a: 1, b: 1 }, { unique: true });
    await collection.insertMany([
      { _id: 1, a: 1, b: 1 },
      { _id: 2, a: 1, b: 2 },
      { _id: 3, a: 2 },
    ]);
    const error = await refusal(collection.insertOne({ a: 1, b: 2 }));
    expect(error).to.deep.include({ code: 11000, keyPattern: { a: 1, b: 1 }, keyValue: { a: 1, b: 2 } });
    expect((await refusal(collection.insertOne({ a: 2, b: null }))).code).to.equal(11000);
    expect((await refusal(collection.updateOne({ _id: 2 }, { $set: { b: 1 } }))).code).to.equal(11000);
    await collection.updateOne({ _id: 1 }, { $set: { b: 3, c: 1 } });
    await collection.updateOne({ _id: 2 }, { $set: { b: 1 } });
    await collection.deleteOne({ _id: 3 });
    await collection.insertOne({ _id: 4, a: 2 });
    expect(await collection.countDocuments()).to.equal(3);
  });

  it("enforces uniqueness of array elements across documents, not within one", async () => {
    const { collection } = at;
    await collection.createIndex({ t: 1 }, { unique: true });
    await collection.insertOne({ _id: 1, t: ["a", "b", "a"] });
    const error = await refusal(collection.insertOne({ t: ["c", "b", "d"] }));
    expect(error).to.deep.include({ code: 11000, keyPattern: { t: 1 }, keyValue: { t: "b" } });
    expect(error.message).to.match(/dup key: \{ t: "b" \}$/);
    expect((await refusal(collection.insertOne({ t: ["c", "b"] }))).code).to.equal(11000);
    expect((await refusal(collection.insertOne({ t: "a" }))).code).to.equal(11000);
    await collection.updateOne({ _id: 1 }, { $pull: { t: "a" as never } });
    await collection.insertOne({ t: "a" });
  });

  it("enforces uniqueness of the null of an element that is not a document", async () => {
    const { collection } = at;
    await collection.createIndex({ "a.b": 1 }, { unique: true });
    await collection.insertOne({ _id: 1, a: [1, { b: 2 }] });
    expect((await refusal(collection.insertOne({ a: { b: null } }))).code).to.equal(11000);
    expect((await refusal(collection.insertOne({ a: [7] }))).code).to.equal(11000);
    await collection.insertOne({ a: [{ b: 3 }] });
  });

  it("finds null behind an array index, which an index on that path may not contain", async () => {
    const { collection } = at;
    await collection.createIndex({ "a.0.b": 1 });
    await collection.insertOne({ _id: 1, a: [{ b: 1 }, { b: 2 }] });
    for (const asked of [null, { $in: [null] }, { $gte: null }, { $lte: null }])
      expect(await collection.countDocuments({ "a.0.b": asked })).to.equal(1);
  });

  it("enforces a partial unique index only where its filter matches", async () => {
    const { collection } = at;
    await collection.createIndex({ chat: 1 }, { unique: true, partialFilterExpression: { isActive: true } });
    await collection.insertMany([
      { _id: 1, chat: "a", isActive: true },
      { _id: 2, chat: "a", isActive: false },
      { _id: 3, chat: "a", isActive: false },
      { _id: 4, chat: "b", isActive: true },
    ]);
    expect((await refusal(collection.insertOne({ chat: "a", isActive: true }))).code).to.equal(11000);
    expect((await refusal(collection.updateOne({ _id: 2 }, { $set: { isActive: true } }))).code).to.equal(
      11000,
    );
    await collection.updateOne({ _id: 1 }, { $set: { isActive: false } });
    await collection.updateOne({ _id: 2 }, { $set: { isActive: true } });
    const ids = async (query: object) =>
      (await collection.find(query).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    expect(await ids({ chat: "a", isActive: true })).to.deep.equal([2]);
    expect(await ids({ chat: "a" })).to.deep.equal([1, 2, 3]);
    expect(await ids({ chat: "a", isActive: false })).to.deep.equal([1, 3]);
  });

  it("creates no index over conflicting documents, and rolls the attempt back", async () => {
    const { collection } = at;
    await collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
      { _id: 3, a: 1 },
    ]);
    const error = await refusal(collection.createIndex({ a: 1 }, { unique: true }));
    expect(error.code).to.equal(11000);
    expect((await collection.indexes()).map(({ name }) => name)).to.deep.equal(["_id_"]);
    await collection.insertOne({ _id: 4, a: 2 });
    await collection.deleteMany({ _id: { $in: [3, 4] } });
    await collection.createIndex({ a: 1 }, { unique: true });
    expect(
      await collection
        .find({ a: { $gte: 1 } })
        .sort({ a: 1 })
        .toArray(),
    ).to.deep.equal([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
  });

  it("refuses two arrays in one compound index", async () => {
    await at.collection.createIndex({ a: 1, b: 1 });
    expect((await refusal(at.collection.insertOne({ a: [1], b: [1] }))).code).to.equal(171);
    await at.collection.insertMany([
      { a: [1, 2], b: 1 },
      { a: 1, b: [1, 2] },
    ]);
    expect(await at.collection.countDocuments({ a: 1, b: 1 })).to.equal(2);
    expect(await at.collection.countDocuments({ a: 2, b: 1 })).to.equal(1);
  });

  it("stays up to date through every change", async () => {
    const { collection } = at;
    await collection.createIndex({ user: 1, at: -1 });
    await collection.insertMany(Array.from({ length: 20 }, (_, n) => ({ _id: n, user: n % 2, at: n })));
    await collection.updateMany({ _id: { $lt: 4 } }, { $set: { user: 5 } });
    await collection.updateOne({ _id: 2 }, { $unset: { user: 1 } });
    await collection.replaceOne({ _id: 3 }, { user: 5, at: 100 });
    await collection.deleteMany({ at: { $gte: 18, $lt: 50 } });
    const ids = async (user: unknown) =>
      (await collection.find({ user }).sort({ at: -1 }).toArray()).map(({ _id }) => _id);
    expect(await ids(5)).to.deep.equal([3, 1, 0]);
    expect(await ids(null)).to.deep.equal([2]);
    expect(await ids(0)).to.deep.equal([16, 14, 12, 10, 8, 6, 4]);
    const latest = await collection
      .find({ user: 1, at: { $lt: 15 } })
      .sort({ at: -1 })
      .limit(2)
      .toArray();
    expect(latest.map(({ _id }) => _id)).to.deep.equal([13, 11]);
  });
});
