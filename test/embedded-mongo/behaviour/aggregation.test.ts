import { expect } from "chai";
import { type Document, Double, Long } from "mongodb";
import { refusal, useCollection } from "./collection.ts";

const T = new Date("2026-01-01T00:00:00Z");

/** A Map, since an object with a `then` would be awaited. */
const CONDITION = new Map<string, unknown>([
  ["if", "$none"],
  ["then", 1],
  ["else", "$m"],
]);

/** An expression, and its value for `{ _id: 1, n: 6, m: 4, s: "ab", l: [1, 2, 3], d: { x: 1 }, ds: [{ x: 1 }, { y: 2 }, { x: 3 }], aa: [[{ x: 1 }], { x: 2 }], t, z: null }`. */
const EXPRESSIONS: readonly [expression: unknown, value: unknown][] = [
  ["$n", 6],
  ["$d.x", 1],
  ["$ds.x", [1, 3]],
  ["$$ROOT.n", 6],
  ["plain", "plain"],
  [{ $literal: "$n" }, "$n"],
  [{ $literal: 1 }, 1],
  [
    ["$n", "$none", 2],
    [6, null, 2],
  ],
  [{ $add: ["$n", "$m", 0.5] }, 10.5],
  [{ $add: ["$n", "$z"] }, null],
  [{ $add: ["$n", "$none"] }, null],
  [{ $add: ["$t", 1000] }, new Date(T.getTime() + 1000)],
  [{ $subtract: ["$n", "$m"] }, 2],
  [{ $subtract: ["$t", 1000] }, new Date(T.getTime() - 1000)],
  [{ $subtract: ["$t", new Date(0)] }, T.getTime()],
  [{ $multiply: ["$n", "$m"] }, 24],
  [{ $divide: ["$n", "$m"] }, 1.5],
  [{ $divide: ["$n", null] }, null],
  [{ $concat: ["$s", "-", "x"] }, "ab-x"],
  [{ $concat: ["$s", "$none"] }, null],
  [{ $eq: ["$n", 6] }, true],
  [{ $eq: ["$none", null] }, false],
  [{ $ne: ["$n", "6"] }, true],
  [{ $gt: ["$s", "$n"] }, true],
  [{ $lt: ["$none", null] }, true],
  [{ $gte: ["$n", 6] }, true],
  [{ $lte: ["$n", 5] }, false],
  [{ $and: ["$n", true, "$s"] }, true],
  [{ $and: [] }, true],
  [{ $and: ["$n", 0] }, false],
  [{ $or: ["$z", "$none", 0] }, false],
  [{ $or: [null, ""] }, true],
  [{ $not: ["$z"] }, true],
  [{ $not: "$n" }, false],
  [{ $cond: [{ $gt: ["$n", 5] }, "big", "small"] }, "big"],
  [{ $cond: CONDITION }, 4],
  [{ $ifNull: ["$z", "$none", "$m"] }, 4],
  [{ $ifNull: ["$n", 0] }, 6],
  [{ $size: "$l" }, 3],
  [{ $arrayElemAt: ["$l", 0] }, 1],
  [{ $arrayElemAt: ["$l", -1] }, 3],
  [{ $in: [2, "$l"] }, true],
  [{ $in: ["2", "$l"] }, false],
  ["$aa.x", [2]],
  [{ $concat: ["$s", null, 5] }, null],
  [{ $multiply: ["$n", "$none", "x"] }, null],
  [{ $add: [null, "x"] }, null],
  [{ $divide: ["x", null] }, null],
  [{ $and: [0, { $divide: [1, 0] }] }, false],
  [{ $or: [1, { $divide: [1, 0] }] }, true],
  [{ $concat: [null, { $divide: [1, 0] }] }, null],
];

describe("a MongoDB, aggregating", () => {
  const at = useCollection();
  const run = (...pipeline: Document[]) => at.collection.aggregate(pipeline).toArray();

  it("computes expressions", async () => {
    await at.collection.insertOne({
      _id: 1,
      n: 6,
      m: 4,
      s: "ab",
      l: [1, 2, 3],
      d: { x: 1 },
      ds: [{ x: 1 }, { y: 2 }, { x: 3 }],
      aa: [[{ x: 1 }], { x: 2 }],
      t: T,
      z: null,
    });
    for (const [expression, value] of EXPRESSIONS) {
      const [result] = await run({ $addFields: { result: expression } }, { $project: { _id: 0, result: 1 } });
      expect(result, JSON.stringify(expression)).to.deep.equal({ result: value });
    }
    expect(await run({ $project: { _id: 0, out: { $arrayElemAt: ["$l", 9] } } })).to.deep.equal([{}]);
  });

  it("matches, sorts, skips and limits in the given order", async () => {
    await at.collection.insertMany([5, 3, 1, 4, 2].map((n) => ({ _id: n, n })));
    const ids = async (...pipeline: Document[]) => (await run(...pipeline)).map(({ _id }) => _id);
    expect(
      await ids({ $match: { n: { $gt: 1 } } }, { $match: { n: { $lt: 5 } } }, { $sort: { n: 1 } }),
    ).to.deep.equal([2, 3, 4]);
    expect(await ids({ $sort: { n: -1 } }, { $limit: 3 }, { $skip: 1 })).to.deep.equal([4, 3]);
    expect(await ids({ $sort: { n: -1 } }, { $skip: 1 }, { $limit: 3 })).to.deep.equal([4, 3, 2]);
    expect(await ids({ $limit: 2 }, { $sort: { n: 1 } }, { $match: { n: { $lt: 5 } } })).to.deep.equal([3]);
    expect(await ids({ $sort: { n: 1 } }, { $limit: 2 }, { $match: { n: 2 } })).to.deep.equal([2]);
  });

  it("groups, with each accumulator", async () => {
    await at.collection.insertMany([
      { _id: 1, k: "a", n: 1 },
      { _id: 2, k: "a", n: 5, x: "p" },
      { _id: 3, k: "b", n: 2.5, x: "q" },
      { _id: 4, k: "a", n: "text", x: "p" },
      { _id: 5, n: null },
    ]);
    const groups = await run(
      { $sort: { _id: 1 } },
      {
        $group: {
          _id: "$k",
          sum: { $sum: "$n" },
          avg: { $avg: "$n" },
          min: { $min: "$n" },
          max: { $max: "$n" },
          first: { $first: "$n" },
          last: { $last: "$x" },
          all: { $push: "$x" },
          set: { $addToSet: "$x" },
          n: { $sum: 1 },
          count: { $count: {} },
        },
      },
      { $sort: { _id: 1 } },
    );
    expect(groups).to.deep.equal([
      {
        _id: null,
        sum: 0,
        avg: null,
        min: null,
        max: null,
        first: null,
        last: null,
        all: [],
        set: [],
        n: 1,
        count: 1,
      },
      {
        _id: "a",
        sum: 6,
        avg: 3,
        min: 1,
        max: "text",
        first: 1,
        last: "p",
        all: ["p", "p"],
        set: ["p"],
        n: 3,
        count: 3,
      },
      {
        _id: "b",
        sum: 2.5,
        avg: 2.5,
        min: 2.5,
        max: 2.5,
        first: 2.5,
        last: "q",
        all: ["q"],
        set: ["q"],
        n: 1,
        count: 1,
      },
    ]);
    expect(await run({ $group: { _id: null, n: { $sum: 1 } } })).to.deep.equal([{ _id: null, n: 5 }]);
    const pairs = await run(
      { $group: { _id: { k: "$k", x: "$x" }, n: { $sum: 1 } } },
      { $sort: { n: -1 } },
      { $limit: 1 },
    );
    expect(pairs).to.deep.equal([{ _id: { k: "a", x: "p" }, n: 2 }]);
  });

  it("sums exactly: integers without loss, doubles with compensated rounding", async () => {
    await at.collection.insertMany([
      { _id: 1, d: 0.1, l: Long.fromString("9007199254740993"), i: 2 ** 31 - 1 },
      { _id: 2, d: 0.2, l: 1, i: 1 },
      { _id: 3, d: 0.3, l: 1, i: 0 },
    ]);
    const stage = { $group: { _id: null, d: { $sum: "$d" }, l: { $sum: "$l" }, i: { $sum: "$i" } } };
    const [sums] = await at.collection.aggregate([stage], { promoteValues: false }).toArray();
    expect(sums?.d.value).to.equal(0.6);
    expect(sums?.l.toString()).to.equal("9007199254740995");
    expect(`${sums?.i.constructor.name} ${sums?.i}`).to.equal("Long 2147483648");
  });

  it("counts, unwinds, projects, replaces and sorts by count", async () => {
    await at.collection.insertMany([
      { _id: 1, t: ["a", "b"], x: { y: 1 } },
      { _id: 2, t: "a", x: { y: 2 } },
      { _id: 3, t: [], x: { y: 3 } },
      { _id: 4, x: { y: 4 } },
    ]);
    expect(await run({ $match: { _id: { $gt: 1 } } }, { $count: "n" })).to.deep.equal([{ n: 3 }]);
    expect(await run({ $match: { _id: 99 } }, { $count: "n" })).to.deep.equal([]);
    expect(await run({ $unwind: "$t" }, { $project: { t: 1 } })).to.deep.equal([
      { _id: 1, t: "a" },
      { _id: 1, t: "b" },
      { _id: 2, t: "a" },
    ]);
    const kept = await run(
      { $unwind: { path: "$t", preserveNullAndEmptyArrays: true } },
      { $project: { x: 0 } },
    );
    expect(kept.slice(3)).to.deep.equal([{ _id: 3 }, { _id: 4 }]);
    expect(await run({ $unwind: "$t" }, { $sortByCount: "$t" })).to.deep.equal([
      { _id: "a", count: 2 },
      { _id: "b", count: 1 },
    ]);
    expect(await run({ $limit: 1 }, { $project: { y: "$x.y", t: 1 } })).to.deep.equal([
      { _id: 1, t: ["a", "b"], y: 1 },
    ]);
    expect(await run({ $limit: 1 }, { $project: { _id: 0, y: "$x.y" } })).to.deep.equal([{ y: 1 }]);
    expect(await run({ $limit: 1 }, { $unset: ["t", "x.y"] })).to.deep.equal([{ _id: 1, x: {} }]);
    expect(await run({ $limit: 1 }, { $replaceRoot: { newRoot: "$x" } })).to.deep.equal([{ y: 1 }]);
    expect(await run({ $limit: 1 }, { $set: { t: "$x.y", x: "$$ROOT.t" } })).to.deep.equal([
      { _id: 1, t: 1, x: ["a", "b"] },
    ]);
  });

  it("does not modify stored documents", async () => {
    await at.collection.insertOne({ _id: 1, a: { b: 1 }, l: [1] });
    await run({ $set: { c: 1 } }, { $unset: "a" }, { $unwind: "$l" });
    expect(await at.collection.findOne()).to.deep.equal({ _id: 1, a: { b: 1 }, l: [1] });
  });

  it("returns its results in batches", async () => {
    await at.collection.insertMany(Array.from({ length: 500 }, (_, n) => ({ _id: n, n })));
    const results = await at.collection
      .aggregate([{ $sort: { n: -1 } }, { $project: { n: 1 } }], { batchSize: 30 })
      .toArray();
    expect(results.map(({ n }) => n)).to.deep.equal(Array.from({ length: 500 }, (_, n) => 499 - n));
  });

  it("groups a missing value with null by a key of one field, and apart by one of several", async () => {
    await at.collection.insertMany([{ a: 1 }, { a: 1, k: null }, { a: 1, k: 1 }]);
    const groups = async (_id: Document) =>
      (await run({ $group: { _id, n: { $sum: 1 } } }, { $sort: { _id: 1 } })).map((found) => [
        found._id,
        found.n,
      ]);
    expect(await groups({ k: "$k" })).to.deep.equal([
      [{ k: null }, 2],
      [{ k: 1 }, 1],
    ]);
    expect(await groups({ k: { j: "$none" } })).to.deep.equal([[{ k: {} }, 3]]);
    expect(await groups({ k: "$k", a: "$a" })).to.deep.equal([
      [{ k: null, a: 1 }, 1],
      [{ a: 1 }, 1],
      [{ k: 1, a: 1 }, 1],
    ]);
  });

  it("refuses a result of more than 16 MB", async () => {
    await at.collection.insertOne({
      n: Array.from({ length: 17 }, (_, n) => n),
      pad: "x".repeat(1024 * 1024),
    });
    const together = run({ $unwind: "$n" }, { $group: { _id: null, all: { $push: "$pad" } } });
    expect((await refusal(together)).code).to.equal(10334);
  });

  it("refuses mistakes with MongoDB's codes", async () => {
    await at.collection.insertOne({ n: "x", d: new Double(0) });
    const mistakes: readonly [Document, number][] = [
      [{ $nonsense: {} }, 40324],
      [{ $match: {}, $sort: { a: 1 } }, 40323],
      [{ $match: 5 }, 15959],
      [{ $limit: 0 }, 15958],
      [{ $sort: {} }, 15976],
      [{ $sort: { a: 5 } }, 15975],
      [{ $group: { n: { $sum: 1 } } }, 15955],
      [{ $group: { _id: 1, n: 1 } }, 40234],
      [{ $group: { _id: 1, n: { $nonsense: 1 } } }, 15952],
      [{ $count: "" }, 40156],
      [{ $unwind: "t" }, 28818],
      [{ $unwind: { path: "$t", preserveNullAndEmptyArrays: 1 } }, 28809],
      [{ $project: { a: 1, b: 0 } }, 31254],
      [{ $project: { a: { $concat: [1] } } }, 16702],
      [{ $project: { a: { $concat: ["x", 5, null] } } }, 16702],
      [{ $project: { a: { $multiply: ["x", null] } } }, 14],
      [{ $project: { a: { $and: [1, { $divide: [1, 0] }] } } }, 2],
      [{ $group: { _id: { k: 1 } } }, 17390],
      [{ $project: { a: { $eq: [1] } } }, 16020],
      [{ $project: { a: "$$nonsense" } }, 17276],
      [{ $project: { a: { $add: ["$n", 1] } } }, 14],
      [{ $project: { a: { $divide: [1, "$d"] } } }, 2],
      [{ $replaceRoot: { newRoot: "$n" } }, 40228],
    ];
    for (const [stage, code] of mistakes) {
      expect((await refusal(run(stage))).code, JSON.stringify(stage)).to.equal(code);
    }
  });
});
