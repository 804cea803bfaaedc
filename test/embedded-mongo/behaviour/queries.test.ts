import { expect } from "chai";
import { Binary, BSONRegExp, type Document, Double, Int32, Long, ObjectId, Timestamp } from "mongodb";
import { refusal, useCollection } from "./collection.ts";

const ID = new ObjectId("65f000000000000000000001");
const DAY = new Date("2026-03-01T00:00:00Z");

/** Documents by `_id`, and queries with the ids they must find. */
interface Suite {
  about: string;
  documents: Record<string, Document>;
  finds: readonly [query: Document, ids: string][];
}

const SUITES: readonly Suite[] = [
  {
    about: "compares within a type only",
    documents: {
      i: { v: 5 },
      l: { v: Long.fromNumber(7) },
      d: { v: new Double(6.5) },
      s: { v: "5" },
      t: { v: DAY },
      b: { v: true },
      n: { v: null },
      m: {},
      o: { v: { x: 5 } },
      id: { v: ID },
      nan: { v: Number.NaN },
    },
    finds: [
      [{ v: 5 }, "i"],
      [{ v: new Double(5) }, "i"],
      [{ v: Long.fromNumber(5) }, "i"],
      [{ v: { $eq: "5" } }, "s"],
      [{ v: { $gt: 5 } }, "l d"],
      [{ v: { $gte: 5 } }, "i l d"],
      [{ v: { $lt: 7 } }, "i d"],
      [{ v: { $lte: 7 } }, "i l d"],
      [{ v: { $gt: 5, $lt: 7 } }, "d"],
      [{ v: { $gt: "4" } }, "s"],
      [{ v: { $lt: new Date("2027-01-01") } }, "t"],
      [{ v: { $gte: false } }, "b"],
      [{ v: { $gt: null } }, ""],
      [{ v: { $gte: null } }, "n m"],
      [{ v: { $lte: null } }, "n m"],
      [{ v: { $gte: new ObjectId("000000000000000000000000") } }, "id"],
      [{ v: { $gt: { x: 4 } } }, "o"],
      [{ v: Number.NaN }, "nan"],
      [{ v: { $gte: Number.NaN } }, "nan"],
      [{ v: { $lt: Number.POSITIVE_INFINITY } }, "i l d"],
      [{ v: { $ne: 5 } }, "l d s t b n m o id nan"],
      [{ v: { $in: [5, "5", null] } }, "i s n m"],
      [{ v: { $nin: [5, "5", null] } }, "l d t b o id nan"],
      [{ v: { $not: { $gt: 5 } } }, "i s t b n m o id nan"],
      [{ v: { $exists: true } }, "i l d s t b n o id nan"],
      [{ v: { $exists: false } }, "m"],
      [{ v: { $type: "number" } }, "i l d nan"],
      [{ v: { $type: "int" } }, "i"],
      [{ v: { $type: ["string", 18] } }, "l s"],
      [{ v: { $type: "null" } }, "n"],
      [{ v: null }, "n m"],
      [{ v: { $ne: null } }, "i l d s t b o id nan"],
    ],
  },
  {
    about: "looks into arrays, and at them",
    documents: {
      scalars: { a: [1, 2, 3] },
      one: { a: 2 },
      nested: { a: [[1, 2], 3] },
      empty: { a: [] },
      docs: {
        a: [
          { x: 1, y: 1 },
          { x: 2, y: 5 },
        ],
      },
      far: { a: [0, 10] },
    },
    finds: [
      [{ a: 2 }, "scalars one"],
      [{ a: [1, 2] }, "nested"],
      [{ a: [1, 2, 3] }, "scalars"],
      [{ a: [] }, "empty"],
      [{ a: { $gt: 2, $lt: 3 } }, "scalars far"],
      [{ a: { $gt: 2 } }, "scalars nested far"],
      [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, "scalars"],
      [{ a: { $size: 2 } }, "nested docs far"],
      [{ a: { $size: 0 } }, "empty"],
      [{ a: { $all: [1, 3] } }, "scalars"],
      [{ a: { $all: [[1, 2]] } }, "nested"],
      [{ a: { $all: [] } }, ""],
      [{ a: { $ne: 2 } }, "nested empty docs far"],
      [{ a: { $nin: [2, 3] } }, "empty docs far"],
      [{ "a.x": 2 }, "docs"],
      [{ "a.x": 1, "a.y": 5 }, "docs"],
      [{ a: { $elemMatch: { x: 1, y: 5 } } }, ""],
      [{ a: { $elemMatch: { x: 2, y: { $gte: 5 } } } }, "docs"],
      [{ "a.1.x": 2 }, "docs"],
      [{ "a.0": 1 }, "scalars"],
      [{ "a.1": { $exists: true } }, "scalars nested docs far"],
      [{ a: { $type: "array" } }, "scalars nested empty docs far"],
      [{ a: { x: 1, y: 1 } }, "docs"],
      [{ a: { y: 1, x: 1 } }, ""],
    ],
  },
  {
    about: "looks into an array found as a field, not into one at a position",
    documents: {
      position: { a: [[1, 2]] },
      field: { a: { "0": [1, 2] } },
      inside: { a: [{ "0": [1, 2] }] },
      plain: { a: [1] },
      text: { a: [["x"]] },
      deep: { a: [[[1, 2]]] },
    },
    finds: [
      [{ "a.0": 1 }, "field inside plain"],
      [{ "a.0": [1, 2] }, "position field inside"],
      [{ "a.0": { $ne: 1 } }, "position text deep"],
      [{ "a.0": { $nin: [1] } }, "position text deep"],
      [{ "a.0": { $gt: 1 } }, "field inside"],
      [{ "a.0": { $in: [2, "x"] } }, "field inside"],
      [{ "a.0": { $type: "number" } }, "field inside plain"],
      [{ "a.0": { $type: "array" } }, "position field inside text deep"],
      [{ "a.0": { $mod: [2, 1] } }, "field inside plain"],
      [{ "a.0": { $all: [1] } }, "field inside plain"],
      [{ "a.0": /x/ }, ""],
      [{ "a.0": { $size: 2 } }, "position field inside"],
      [{ "a.0": { $elemMatch: { $gt: 1 } } }, "position field inside"],
      [{ "a.0.0": 1 }, "position field inside"],
      [{ "a.0.b": null }, "inside"],
      [{ "a.0.b": { $exists: false } }, "position field inside plain text deep"],
    ],
  },
  {
    about: "takes a missing field for null, but not an array without documents",
    documents: {
      emptyDoc: { a: {} },
      null: { a: null },
      number: { a: 4 },
      text: { a: { b: "hi" } },
      bNull: { a: { b: null } },
      none: {},
      double: { a: [[]] },
      empty: { a: [] },
      allNull: { a: [{ b: null }, {}] },
      noNull: { a: [{ b: 1 }, { b: 3 }] },
      someMissing: { a: [{ b: 3 }, {}] },
      nulls: { a: [null, null] },
      values: { a: [1, "x"] },
    },
    finds: [
      [{ a: null }, "null none nulls"],
      [{ a: { $ne: null } }, "emptyDoc number text bNull double empty allNull noNull someMissing values"],
      [{ "a.b": null }, "emptyDoc null number bNull none allNull someMissing"],
      [{ "a.b": { $ne: null } }, "text double empty noNull nulls values"],
      [{ "a.b": { $in: [null, 75] } }, "emptyDoc null number bNull none allNull someMissing"],
      [{ "a.b": { $exists: false } }, "emptyDoc null number none double empty nulls values"],
      [{ a: { $elemMatch: { $eq: null } } }, "nulls"],
      [{ a: { $elemMatch: { $ne: null } } }, "double allNull noNull someMissing values"],
      [{ a: { $elemMatch: { b: null } } }, "double allNull someMissing"],
      [{ a: { $elemMatch: { b: { $ne: null } } } }, "noNull someMissing"],
      [
        { a: { $not: { $gte: null } } },
        "emptyDoc number text bNull double empty allNull noNull someMissing values",
      ],
    ],
  },
  {
    about: "combines conditions",
    documents: { a: { x: 1, y: 1 }, b: { x: 1, y: 2 }, c: { x: 2, y: 1 }, d: { x: 3 } },
    finds: [
      [{}, "a b c d"],
      [{ x: 1, y: 2 }, "b"],
      [{ $and: [{ x: 1 }, { y: 1 }] }, "a"],
      [{ $or: [{ x: 2 }, { y: 2 }] }, "b c"],
      [{ $nor: [{ x: 1 }, { y: 1 }] }, "d"],
      [{ x: { $gte: 1 }, $or: [{ y: 2 }, { $and: [{ x: 3 }] }] }, "b d"],
      [{ x: { $not: { $in: [1, 2] } } }, "d"],
      [{ x: { $mod: [2, 1] } }, "a b d"],
      [{ $comment: "why", x: 2 }, "c"],
    ],
  },
  {
    about: "matches regular expressions",
    documents: {
      a: { v: "Apple pie" },
      b: { v: "banana" },
      c: { v: "line\nApple" },
      d: { v: ["x", "apple"] },
      e: { v: 5 },
      f: { v: new BSONRegExp("^A", "") },
      g: { v: "apple\n" },
      h: { v: "ÉCOLE" },
    },
    finds: [
      [{ v: /^A/ }, "a f"],
      [{ v: /apple/i }, "a c d g"],
      [{ v: /apple$/ }, "d g"],
      [{ v: /^ap+le.pie$/i }, "a"],
      [{ v: { $regex: "^b", $options: "" } }, "b"],
      [{ v: { $regex: /PIE/, $options: "i" } }, "a"],
      [{ v: { $not: /a/i } }, "e f h"],
      [{ v: { $in: [/^b/, 5] } }, "b e"],
      [{ v: new BSONRegExp("line.apple", "is") }, "c"],
      [{ v: /line.apple/i }, ""],
      [{ v: /école/i }, "h"],
      [{ v: /(an){2}[^bc]$/ }, "b"],
      [{ v: /\d|\./ }, ""],
    ],
  },
];

describe("a MongoDB, asked", () => {
  const at = useCollection();

  for (const { about, documents, finds } of SUITES) {
    describe(about, () => {
      const rows = Object.entries(documents).map(([_id, fields]) => ({ _id, ...fields }));

      for (const indexed of [false, true]) {
        it(indexed ? "with indexes" : "with a full scan", async () => {
          await at.collection.insertMany(rows);
          if (indexed) {
            for (const field of ["v", "a", "a.b", "a.x", "x", "y"])
              await at.collection.createIndex({ [field]: 1 });
            await at.collection.createIndex({ x: -1, y: 1 });
          }
          for (const [query, ids] of finds) {
            const found = await at.collection.find(query).toArray();
            const names = found.map(({ _id }) => _id);
            expect(names, JSON.stringify(query)).to.have.members(ids.split(" ").filter(Boolean));
          }
        });
      }
    });
  }

  it("sorts values of different types in BSON order", async () => {
    const inOrder = [
      [],
      null,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      Long.fromString("-9007199254740993"),
      new Double(-9007199254740992),
      new Int32(-1),
      0,
      new Double(0.5),
      Long.fromNumber(1),
      new Double(9007199254740992),
      Long.fromString("9007199254740993"),
      Number.POSITIVE_INFINITY,
      "",
      "Z",
      "a",
      "a\u0000",
      "aa",
      "é",
      "\uffee",
      "😀",
      {},
      { a: 1 },
      { a: 1, b: 1 },
      { a: 2 },
      { b: 0 },
      { a: "x" },
      new Binary(Buffer.from("b")),
      new Binary(Buffer.from("b"), 4),
      new Binary(Buffer.from("aa")),
      new ObjectId("000000000000000000000001"),
      new ObjectId("000000000000000000000002"),
      false,
      true,
      new Date(-1),
      new Date(0),
      new Timestamp({ t: 1, i: 2 }),
      new Timestamp({ t: 4_000_000_000, i: 1 }),
      new BSONRegExp("a", ""),
      new BSONRegExp("a", "i"),
      new BSONRegExp("b", ""),
    ];
    const rows = inOrder.map((v, _id) => ({ _id, v }));
    await at.collection.insertMany(rows.toReversed());
    const ids = rows.map(({ _id }) => _id);
    for (const indexed of [false, true]) {
      if (indexed) await at.collection.createIndex({ v: 1 });
      const up = await at.collection.find().sort({ v: 1 }).toArray();
      expect(up.map(({ _id }) => _id)).to.deep.equal(ids);
      const down = await at.collection.find().sort({ v: -1 }).toArray();
      expect(down.map(({ _id }) => _id)).to.deep.equal(ids.toReversed());
    }
  });

  it("sorts by several fields in different directions, and arrays by their least or greatest element", async () => {
    await at.collection.insertMany([
      { _id: 1, a: 1, b: 1, t: [5, 9] },
      { _id: 2, a: 1, b: 2, t: [7] },
      { _id: 3, a: 2, b: 1, t: 6 },
      { _id: 4, b: 1, t: [] },
    ]);
    const ids = async (sort: Record<string, 1 | -1>) =>
      (await at.collection.find({}, { sort }).toArray()).map(({ _id }) => _id);
    expect(await ids({ a: 1, b: -1 })).to.deep.equal([4, 2, 1, 3]);
    expect(await ids({ a: -1, b: 1 })).to.deep.equal([3, 1, 2, 4]);
    expect(await ids({ t: 1 })).to.deep.equal([4, 1, 3, 2]);
    expect(await ids({ t: -1 })).to.deep.equal([1, 2, 3, 4]);
  });

  it("sorts through an array by each element, with null for an element that is not a document", async () => {
    await at.collection.insertMany([
      { _id: 1, a: [1, { b: 2 }] },
      { _id: 2, a: { b: 1 } },
      { _id: 3, a: [{ b: 3 }, { b: 4 }] },
      { _id: 4, a: [[{ b: 5 }]] },
    ]);
    const ids = async (sort: Record<string, 1 | -1>) =>
      (await at.collection.find({}, { sort: { ...sort, _id: 1 } }).toArray()).map(({ _id }) => _id);
    for (const indexed of [false, true]) {
      if (indexed) await at.collection.createIndex({ "a.b": 1 });
      expect(await ids({ "a.b": 1 })).to.deep.equal([1, 4, 2, 3]);
      expect(await ids({ "a.b": -1 })).to.deep.equal([3, 1, 2, 4]);
      expect(await ids({ "a.0.b": 1 })).to.deep.equal([1, 2, 3, 4]);
      expect(await at.collection.countDocuments({ "a.b": null })).to.equal(0);
    }
  });

  it("skips, limits, and projects", async () => {
    await at.collection.insertMany(
      [1, 2, 3, 4, 5].map((n) => ({ _id: n, n, x: { y: n, z: 0 }, l: [{ p: n, q: 1 }, 7] })),
    );
    const page = await at.collection.find().sort({ n: -1 }).skip(1).limit(2).toArray();
    expect(page.map(({ _id }) => _id)).to.deep.equal([4, 3]);
    const one = (projection: Document) => at.collection.findOne({ _id: 2 }, { projection });
    expect(await one({ n: 1 })).to.deep.equal({ _id: 2, n: 2 });
    expect(await one({ n: 1, _id: 0 })).to.deep.equal({ n: 2 });
    expect(await one({ _id: 1 })).to.deep.equal({ _id: 2 });
    expect(await one({ "x.y": 1 })).to.deep.equal({ _id: 2, x: { y: 2 } });
    expect(await one({ x: { z: 0 }, l: 0 })).to.deep.equal({ _id: 2, n: 2, x: { y: 2 } });
    expect(await one({ "l.p": 1 })).to.deep.equal({ _id: 2, l: [{ p: 2 }] });
    expect(await one({ "l.p": 0, x: 0 })).to.deep.equal({ _id: 2, n: 2, l: [{ q: 1 }, 7] });
    expect(await one({ "n.x": 1 })).to.deep.equal({ _id: 2 });
  });

  it("returns every value as it was stored, including its type and the order of fields", async () => {
    const stored = {
      _id: "all",
      double: new Double(3),
      int: new Int32(3),
      long: Long.fromNumber(3),
      text: "naïve 😀",
      date: DAY,
      binary: new Binary(Buffer.from([1, 2, 255])),
      regex: new BSONRegExp("a+", "i"),
      timestamp: new Timestamp({ t: 5, i: 6 }),
      id: ID,
      null: null,
      nested: { z: [1, { a: "b" }, []], a: {} },
      minusZero: new Double(-0),
      big: Long.MAX_VALUE,
    };
    await at.collection.insertOne(stored);
    const found = await at.collection.findOne({ _id: "all" }, { promoteValues: false, bsonRegExp: true });
    expect(Object.keys(found ?? {})).to.deep.equal(Object.keys(stored));
    expect(found?.double).to.be.instanceOf(Double);
    expect(found?.int).to.be.instanceOf(Int32);
    expect(found?.long).to.be.instanceOf(Long);
    expect(found?.regex).to.deep.equal(stored.regex);
    expect(found?.timestamp).to.deep.equal(stored.timestamp);
    expect(Object.is(found?.minusZero.value, -0)).to.equal(true);
    expect(found?.big.toString()).to.equal("9223372036854775807");
    const plain = await at.collection.findOne({ _id: "all" });
    expect(Object.keys(plain?.nested)).to.deep.equal(["z", "a"]);
    expect(plain?.text).to.equal(stored.text);
  });

  it("returns many documents over many batches, each once", async () => {
    const rows = Array.from({ length: 1_000 }, (_, _id) => ({ _id, pad: "x".repeat(50) }));
    await at.collection.insertMany(rows);
    for (const batchSize of [1_000_000, 101, 7]) {
      const ids = await at.collection
        .find()
        .batchSize(batchSize)
        .map(({ _id }) => _id)
        .toArray();
      expect(ids.toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(rows.map(({ _id }) => _id));
    }
  });

  it("forgets a cursor that is killed", async () => {
    await at.collection.insertMany(Array.from({ length: 10 }, (_, n) => ({ n })));
    const cursor = at.collection.find().batchSize(2);
    await cursor.next();
    const { id } = cursor;
    await cursor.close();
    const { db } = at.database;
    const error = await refusal(db.command({ getMore: id, collection: at.collection.collectionName }));
    expect(error.code).to.equal(43);
  });

  for (const what of ["collection", "database"] as const) {
    it(`ends a cursor whose ${what} is dropped`, async () => {
      const { db } = at.database;
      await at.collection.insertMany(Array.from({ length: 10 }, (_, n) => ({ n })));
      const cursor = at.collection.find().batchSize(2);
      await cursor.next();
      await (what === "collection" ? at.collection.drop() : db.dropDatabase());
      await at.collection.insertOne({ n: 1 });
      const more = { getMore: cursor.id, collection: at.collection.collectionName };
      expect((await refusal(db.command(more))).code).to.equal(175);
      expect((await refusal(db.command(more))).code).to.equal(43);
      await cursor.close();
    });
  }

  it("counts and lists distinct values", async () => {
    await at.collection.insertMany([{ a: 1 }, { a: new Double(1) }, { a: [2, 3] }, { a: "1" }, { b: 1 }]);
    expect(await at.collection.countDocuments()).to.equal(5);
    expect(await at.collection.countDocuments({ a: { $exists: true } }, { skip: 1, limit: 2 })).to.equal(2);
    expect(await at.collection.estimatedDocumentCount()).to.equal(5);
    expect(await at.collection.distinct("a")).to.have.deep.members([1, 2, 3, "1"]);
    expect(await at.collection.distinct("a", { a: { $type: "string" } })).to.deep.equal(["1"]);
    expect(await at.collection.distinct("nothing")).to.deep.equal([]);
  });

  it("finds nothing in a missing collection", async () => {
    expect(await at.collection.find().toArray()).to.deep.equal([]);
    expect(await at.collection.findOne({ a: 1 })).to.equal(null);
    expect(await at.collection.countDocuments()).to.equal(0);
    expect(await at.collection.aggregate([{ $match: {} }]).toArray()).to.deep.equal([]);
  });

  it("refuses mistakes with MongoDB's codes", async () => {
    await at.collection.insertOne({ a: 1 });
    const mistakes: readonly [Document, number][] = [
      [{ $foo: 1 }, 2],
      [{ a: { $foo: 1 } }, 2],
      [{ a: { $gt: 1, b: 1 } }, 2],
      [{ $or: [] }, 2],
      [{ $and: {} }, 2],
      [{ a: { $in: 5 } }, 2],
      [{ a: { $mod: [0, 1] } }, 2],
      [{ a: { $size: "x" } }, 2],
      [{ a: { $type: "nonsense" } }, 2],
      [{ a: { $not: 5 } }, 2],
      [{ a: { $elemMatch: 5 } }, 2],
    ];
    for (const [query, code] of mistakes) {
      const error = await refusal(at.collection.find(query).toArray());
      expect(error.code, JSON.stringify(query)).to.equal(code);
    }
    const mixture = { projection: { a: 1, b: 0 } };
    expect((await refusal(at.collection.find({}, mixture).toArray())).code).to.equal(31254);
    expect((await refusal(at.collection.find().hint("no_such_index").toArray())).code).to.equal(2);
  });
});
