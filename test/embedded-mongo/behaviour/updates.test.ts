import { expect } from "chai";
import { type Document, Double, Int32, Long } from "mongodb";
import { type AnyDocument, refusal, useCollection } from "./collection.ts";

const T = new Date("2026-01-01T00:00:00Z");
const MAX_INT = 2 ** 31 - 1;

/** A document, an update, and the result (without `_id`). */
const CHANGES: readonly [before: Document, update: Document, after: Document][] = [
  [{ a: 1 }, { $set: { a: 2, b: 3 } }, { a: 2, b: 3 }],
  [{}, { $set: { z: 1, a: 2, "m.n": 3 } }, { a: 2, m: { n: 3 }, z: 1 }],
  [{ a: { b: 1, c: 2 } }, { $set: { "a.b": 5 } }, { a: { b: 5, c: 2 } }],
  [{ a: { b: 1 } }, { $set: { a: { c: 1 } } }, { a: { c: 1 } }],
  [{ a: [1, 2] }, { $set: { "a.1": 9, "a.3": 7 } }, { a: [1, 9, null, 7] }],
  [{ a: [{ b: 1 }] }, { $set: { "a.0.b": 2, "a.1.b": 3 } }, { a: [{ b: 2 }, { b: 3 }] }],
  [{}, { $set: { "a.0": 1 } }, { a: { "0": 1 } }],
  [{ a: 1, b: 2, c: { d: 1, e: 2 } }, { $unset: { a: "", "c.d": 1, x: 1, "b.y": 1 } }, { b: 2, c: { e: 2 } }],
  [{ a: [1, 2, 3] }, { $unset: { "a.1": 1 } }, { a: [1, null, 3] }],
  [{ n: 1 }, { $inc: { n: 2, m: 3, "x.y": -1 } }, { n: 3, m: 3, x: { y: -1 } }],
  [{ n: 2 }, { $mul: { n: 3, m: 3 } }, { n: 6, m: 0 }],
  [{ a: 5, b: 5 }, { $min: { a: 3, b: 7, c: 1 } }, { a: 3, b: 5, c: 1 }],
  [{ a: 5, b: 5 }, { $max: { a: 3, b: 7, c: 1 } }, { a: 5, b: 7, c: 1 }],
  [{ a: 5, t: T }, { $max: { a: "x", t: new Date(0) } }, { a: "x", t: T }],
  [{ a: [1] }, { $push: { a: 2, b: 3 } }, { a: [1, 2], b: [3] }],
  [{ a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
  [{ a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
  [{ a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: -3 } } }, { a: [2, 3, 4] }],
  [{ a: [1, 2] }, { $push: { a: { $each: [3], $slice: 2 } } }, { a: [1, 2] }],
  [{ a: [1, 2] }, { $push: { a: { $each: [], $slice: 0 } } }, { a: [] }],
  [{ a: [1, "x"] }, { $addToSet: { a: 1, b: "y" } }, { a: [1, "x"], b: ["y"] }],
  [{ a: [1] }, { $addToSet: { a: { $each: [1, 2, 2, new Double(1)] } } }, { a: [1, 2] }],
  [{ a: [{ x: 1, y: 2 }] }, { $addToSet: { a: { x: 1, y: 2 } } }, { a: [{ x: 1, y: 2 }] }],
  [
    { a: [{ x: 1, y: 2 }] },
    { $addToSet: { a: { y: 2, x: 1 } } },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    },
  ],
  [{ a: [1, 2, 1, "1"] }, { $pull: { a: 1, b: 1 } }, { a: [2, "1"] }],
  [{ a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  [{ a: [1, 5, 9] }, { $pull: { a: { $in: [1, 9] } } }, { a: [5] }],
  [{ a: [{ x: 1, y: 2 }, { x: 2 }, 1] }, { $pull: { a: { x: 1 } } }, { a: [{ x: 2 }, 1] }],
  [{ a: [[1], [2]] }, { $pull: { a: [1] } }, { a: [[2]] }],
  [{ a: ["ab", "cd"] }, { $pull: { a: /^a/ } }, { a: ["cd"] }],
  [{ a: [[5], 1, [0]] }, { $pull: { a: { $gt: 3 } } }, { a: [1, [0]] }],
  [{ a: [[1], 1, [2]] }, { $pull: { a: { $in: [1] } } }, { a: [[2]] }],
  [{ a: [["x"], "x", "y"] }, { $pull: { a: /x/ } }, { a: ["y"] }],
  [
    { a: [{ x: 1 }, [{ x: 1 }], { x: 2 }] },
    { $pull: { a: { $or: [{ x: 1 }] } } },
    { a: [[{ x: 1 }], { x: 2 }] },
  ],
  [
    { a: [1, 2, 3], b: [1, 2, 3], c: [] },
    { $pop: { a: 1, b: -1, c: 1, d: 1 } },
    { a: [1, 2], b: [2, 3], c: [] },
  ],
  [{ a: 1, b: 2 }, { $rename: { a: "c" } }, { b: 2, c: 1 }],
  [{ a: 1, b: 2 }, { $rename: { a: "b", x: "y" } }, { b: 1 }],
  [{ a: [1], b: {} }, { $rename: { "a.5": "x", "b.c": "a.0", "d.e": "y" } }, { a: [1], b: {} }],
  [
    { a: [1], b: {} },
    { $pull: { "a.5": 1, "b.c.d": 1 }, $pop: { "a.6": 1, x: 1 } },
    { a: [1], b: {} },
  ],
  [{ a: { b: 1 } }, { $rename: { "a.b": "c.d" } }, { a: {}, c: { d: 1 } }],
  [{ a: 1 }, { $setOnInsert: { a: 2 } }, { a: 1 }],
  [{ a: 1 }, { $set: {} }, { a: 1 }],
  [{ a: 1 }, { $set: { b: 1 }, $inc: { a: 1 }, $unset: { c: 1 } }, { a: 2, b: 1 }],
];

/** An update that must be refused, and MongoDB's code. */
const MISTAKES: readonly [before: Document, update: Document, code: number][] = [
  [{ a: "x" }, { $inc: { a: 1 } }, 14],
  [{ a: 1 }, { $inc: { a: "1" } }, 14],
  [{ a: null }, { $inc: { a: 1 } }, 14],
  [{ a: [] }, { $mul: { a: 2 } }, 14],
  [{ a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
  [{ a: 1 }, { $push: { a: 1 } }, 2],
  [{ a: 1 }, { $push: { a: { $each: 1 } } }, 2],
  [{ a: [] }, { $push: { a: { x: 1, $each: [1] } } }, 2],
  [{ a: 1 }, { $addToSet: { a: 1 } }, 2],
  [{ a: 1 }, { $pull: { a: 1 } }, 2],
  [{ a: 1 }, { $pop: { a: 1 } }, 14],
  [{ a: [1] }, { $pop: { a: 2 } }, 9],
  [{ a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  [{ a: 1 }, { $set: { a: 1, "a.b": 1 } }, 40],
  [{ a: 1 }, { $rename: { a: "b" }, $set: { a: 1 } }, 40],
  [{ a: 1 }, { $set: { "a.b": 1 } }, 28],
  [{ a: null }, { $set: { "a.b": 1 } }, 28],
  [{ a: [1] }, { $set: { "a.b": 1 } }, 28],
  [{ a: 1 }, { $set: { _id: "other" } }, 66],
  [{ a: 1 }, { $unset: { _id: 1 } }, 66],
  [{ a: 1 }, { $set: { "": 1 } }, 56],
  [{ a: 1 }, { $set: { "a.": 1 } }, 56],
  [{ a: 1 }, { $foo: { a: 1 } }, 9],
  [{ a: 1 }, { $set: 5 }, 9],
  [{ a: 1 }, { $currentDate: { b: "when" } }, 2],
  [{ a: 1 }, { $rename: { a: 5 } }, 2],
  [{ a: [1] }, { $rename: { "a.0": "b" } }, 2],
  [{ a: 1, b: [1] }, { $rename: { a: "b.0" } }, 2],
  ...["$pull", "$pop", "$rename"].flatMap((operator): typeof MISTAKES => {
    const operand = operator === "$rename" ? "c" : 1;
    return [
      [{ a: 5 }, { [operator]: { "a.b": operand } }, 28],
      [{ a: null }, { [operator]: { "a.b.d": operand } }, 28],
      [{ a: [{}] }, { [operator]: { "a.b": operand } }, 28],
      [{ a: [5] }, { [operator]: { "a.0.b": operand } }, 28],
    ];
  }),
  [{ a: 1, x: 5 }, { $rename: { a: "x.y" } }, 28],
];

describe("a MongoDB, updating", () => {
  const at = useCollection();

  /** The updated document, and whether the server reports a change. */
  async function change(
    before: Document,
    update: Document,
  ): Promise<{ after: AnyDocument; modified: number }> {
    await at.collection.deleteMany({});
    await at.collection.insertOne({ ...before, _id: "it" });
    const { modifiedCount: modified, matchedCount } = await at.collection.updateOne({ _id: "it" }, update);
    expect(matchedCount).to.equal(1);
    const { _id, ...after } = (await at.collection.findOne({ _id: "it" })) ?? {};
    expect(_id).to.equal("it");
    return { after, modified };
  }

  it("applies each operator", async () => {
    for (const [before, update, expected] of CHANGES) {
      const { after, modified } = await change(before, update);
      const what = JSON.stringify({ before, update });
      expect(JSON.stringify(after), what).to.equal(JSON.stringify(expected));
      expect(modified, what).to.equal(JSON.stringify(before) === JSON.stringify(expected) ? 0 : 1);
    }
  });

  it("refuses mistakes with MongoDB's codes, and leaves the document unchanged", async () => {
    for (const [before, update, code] of MISTAKES) {
      const error = await refusal(change(before, update));
      expect(error.code, JSON.stringify(update)).to.equal(code);
      const after = await at.collection.findOne({ _id: "it" }, { promoteLongs: false });
      expect(after).to.deep.equal({ ...before, _id: "it" });
    }
  });

  it("keeps the type of a number, and widens it only on overflow", async () => {
    const int = (n: number) => new Int32(n);
    const long = (n: number) => Long.fromNumber(n);
    const cases: readonly [operator: string, before: unknown, operand: unknown, after: string][] = [
      ["$inc", int(1), int(1), "Int32 2"],
      ["$inc", int(MAX_INT), int(1), `Long ${MAX_INT + 1}`],
      ["$inc", int(1), long(1), "Long 2"],
      ["$inc", long(1), int(1), "Long 2"],
      ["$inc", int(1), new Double(1), "Double 2"],
      ["$inc", new Double(1), int(1), "Double 2"],
      ["$inc", undefined, long(1), "Long 1"],
      ["$inc", long(2 ** 52), int(1), `Long ${2 ** 52 + 1}`],
      ["$mul", int(MAX_INT), int(2), `Long ${MAX_INT * 2}`],
      ["$mul", int(3), new Double(0.5), "Double 1.5"],
      ["$mul", undefined, long(3), "Long 0"],
      ["$mul", undefined, new Double(3), "Double 0"],
    ];
    for (const [operator, before, operand, expected] of cases) {
      await at.collection.deleteMany({});
      await at.collection.insertOne({ _id: 1, n: before });
      await at.collection.updateOne({ _id: 1 }, { [operator]: { n: operand } });
      const after = await at.collection.findOne({ _id: 1 }, { promoteValues: false });
      expect(`${after?.n.constructor.name} ${after?.n}`).to.equal(expected);
    }
  });

  it("sets the time", async () => {
    const { after } = await change({}, { $currentDate: { a: true, "b.c": { $type: "date" } } });
    expect(after.a).to.be.instanceOf(Date);
    expect(after.b.c).to.be.instanceOf(Date);
    expect(Math.abs(after.a.getTime() - Date.now())).to.be.lessThan(60_000);
  });

  it("replaces a document except for its _id", async () => {
    await at.collection.insertOne({ _id: 1, a: 1, b: 2 });
    const replaced = await at.collection.replaceOne({ _id: 1 }, { c: 3 });
    expect(replaced.modifiedCount).to.equal(1);
    expect(Object.entries((await at.collection.findOne()) ?? {})).to.deep.equal([
      ["_id", 1],
      ["c", 3],
    ]);
    expect((await refusal(at.collection.replaceOne({ _id: 1 }, { _id: 2, c: 3 }))).code).to.equal(66);
  });

  it("updates one or many, and reports how many matched and changed", async () => {
    await at.collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
      { _id: 3, a: 2 },
    ]);
    const one = await at.collection.updateOne({ a: 1 }, { $set: { a: 5 } });
    expect([one.matchedCount, one.modifiedCount]).to.deep.equal([1, 1]);
    const many = await at.collection.updateMany({ a: { $lt: 5 } }, { $min: { a: 1 } });
    expect([many.matchedCount, many.modifiedCount]).to.deep.equal([2, 1]);
    const none = await at.collection.updateMany({ a: 9 }, { $set: { a: 1 } });
    expect([none.matchedCount, none.modifiedCount, none.upsertedCount]).to.deep.equal([0, 0, 0]);
    expect(await at.collection.find().sort({ _id: 1 }).toArray()).to.deep.equal([
      { _id: 1, a: 5 },
      { _id: 2, a: 1 },
      { _id: 3, a: 1 },
    ]);
  });

  it("changes each document once, even if the change moves it within the scanned index", async () => {
    await at.collection.createIndex({ a: 1 });
    await at.collection.insertMany(Array.from({ length: 50 }, (_, n) => ({ _id: n, a: n })));
    const { modifiedCount } = await at.collection.updateMany({ a: { $gte: 0 } }, { $inc: { a: 30 } });
    expect(modifiedCount).to.equal(50);
    const after = await at.collection.find().sort({ a: 1 }).toArray();
    expect(after.map(({ a }) => a)).to.deep.equal(Array.from({ length: 50 }, (_, n) => n + 30));
  });

  it("upserts the query's equalities and the update's fields", async () => {
    const cases: readonly [query: AnyDocument, update: Document, inserted: Document][] = [
      [
        { _id: "a", x: 1 },
        { $set: { y: 2 }, $setOnInsert: { z: 3 } },
        { _id: "a", x: 1, y: 2, z: 3 },
      ],
      [{ _id: "b", x: { $gt: 5 } }, { $inc: { n: 1 } }, { _id: "b", n: 1 }],
      [{ _id: "c", "x.y": 1, v: { $eq: 2 } }, { $set: { "x.z": 2 } }, { _id: "c", x: { y: 1, z: 2 }, v: 2 }],
      [{ $and: [{ _id: "d" }, { x: 1 }] }, { $set: { y: 1 } }, { _id: "d", x: 1, y: 1 }],
      [{ x: 100 }, { $set: { _id: "e", y: 1 } }, { _id: "e", x: 100, y: 1 }],
      [{ _id: "f", x: /a/, y: { $in: [1, 2] } }, { $set: { z: 1 } }, { _id: "f", z: 1 }],
    ];
    for (const [query, update, inserted] of cases) {
      const result = await at.collection.updateOne(query, update, { upsert: true });
      expect([result.matchedCount, result.upsertedCount]).to.deep.equal([0, 1]);
      expect(result.upsertedId).to.equal(inserted._id);
      const found = await at.collection.findOne({ _id: inserted._id });
      expect(found).to.deep.equal(inserted); // in any order
    }
    const again = await at.collection.updateOne({ _id: "a" }, { $setOnInsert: { z: 9 } }, { upsert: true });
    expect([again.matchedCount, again.modifiedCount, again.upsertedCount]).to.deep.equal([1, 0, 0]);
    const replaced = await at.collection.replaceOne({ _id: "g", x: 1 }, { y: 1 }, { upsert: true });
    expect(replaced.upsertedId).to.equal("g");
    expect(await at.collection.findOne({ _id: "g" })).to.deep.equal({ _id: "g", y: 1 });
    const fresh = await at.collection.updateOne({ x: 77 }, { $set: { y: 1 } }, { upsert: true });
    expect(await at.collection.findOne({ x: 77 })).to.deep.equal({ _id: fresh.upsertedId, x: 77, y: 1 });
  });

  it("refuses an upsert whose _id is only given in part, if it replaces the document", async () => {
    const { collection } = at;
    const upsert = { upsert: true };
    for (const query of [{ "_id.x": 1 }, { $and: [{ "_id.x": { $eq: 1 } }] }] as AnyDocument[]) {
      expect((await refusal(collection.replaceOne(query, { a: 1 }, upsert))).code).to.equal(111);
      expect((await refusal(collection.findOneAndReplace(query, { a: 1 }, upsert))).code).to.equal(111);
    }
    const update = await collection.updateOne({ "_id.x": 1 }, { $set: { a: 1 } }, upsert);
    expect(update.upsertedId).to.deep.equal({ x: 1 });
  });

  it("upserts once for many concurrent calls", async () => {
    await Promise.all(
      Array.from({ length: 40 }, () =>
        at.collection.updateOne({ _id: "counter" }, { $inc: { n: 1 } }, { upsert: true }),
      ),
    );
    expect(await at.collection.find().toArray()).to.deep.equal([{ _id: "counter", n: 40 }]);
  });

  it("finds and modifies atomically: the first by the sort, before or after, upserting or removing", async () => {
    const { collection } = at;
    await collection.insertMany([
      { _id: 1, s: "new", p: 2 },
      { _id: 2, s: "new", p: 9 },
    ]);
    const take = { $set: { s: "taken" } };
    const before = await collection.findOneAndUpdate({ s: "new" }, take, { sort: { p: -1 } });
    expect(before).to.deep.equal({ _id: 2, s: "new", p: 9 });
    const after = await collection.findOneAndUpdate({ s: "new" }, take, {
      returnDocument: "after",
      projection: { p: 0 },
    });
    expect(after).to.deep.equal({ _id: 1, s: "taken" });
    expect(await collection.findOneAndUpdate({ s: "new" }, take)).to.equal(null);
    const counter = { $inc: { value: 5 } };
    const options = { upsert: true, returnDocument: "after" } as const;
    expect(await collection.findOneAndUpdate({ _id: "c" }, counter, options)).to.deep.equal({
      _id: "c",
      value: 5,
    });
    expect(await collection.findOneAndUpdate({ _id: "c" }, counter, options)).to.deep.equal({
      _id: "c",
      value: 10,
    });
    expect(await collection.findOneAndUpdate({ _id: "d" }, counter, { upsert: true })).to.equal(null);
    const raw = await collection.findOneAndUpdate({ _id: "e" }, counter, {
      ...options,
      includeResultMetadata: true,
    });
    expect(raw.lastErrorObject).to.deep.equal({ n: 1, updatedExisting: false, upserted: "e" });
    expect(
      await collection.findOneAndReplace({ _id: "e" }, { a: 1 }, { returnDocument: "after" }),
    ).to.deep.equal({
      _id: "e",
      a: 1,
    });
    expect(await collection.findOneAndDelete({ _id: "e" })).to.deep.equal({ _id: "e", a: 1 });
    expect(await collection.findOneAndDelete({ _id: "e" })).to.equal(null);
    expect((await refusal(collection.findOneAndUpdate({ _id: 1 }, { $inc: { s: 1 } }))).code).to.equal(14);
  });

  it("gives each of many concurrent callers a document of its own", async () => {
    await at.collection.insertMany(Array.from({ length: 60 }, (_, n) => ({ _id: n, s: "new" })));
    const taken = await Promise.all(
      Array.from({ length: 60 }, () =>
        at.collection.findOneAndUpdate({ s: "new" }, { $set: { s: "taken" } }),
      ),
    );
    expect(new Set(taken.map((document) => document?._id)).size).to.equal(60);
  });
});
