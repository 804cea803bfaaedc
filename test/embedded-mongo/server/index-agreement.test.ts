import { expect } from "chai";
import fc from "fast-check";
import {
  Binary,
  type Collection,
  type Document,
  Double,
  type IndexDescription,
  Long,
  MongoClient,
  ObjectId,
  Timestamp,
} from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";
import { share } from "../../support/thorough.ts";

/** The planner chooses one index of a set, so most sets have a single index, to test every kind. */
const INDEX_SETS: readonly (readonly IndexDescription[])[] = [
  [
    { key: { a: 1 } },
    { key: { a: -1, b: 1 } },
    { key: { b: 1, "c.d": -1 } },
    { key: { "c.d": 1 } },
    { key: { b: 1, a: 1, n: -1 } },
  ],
  [{ key: { a: 1 } }, { key: { b: -1 } }],
  [{ key: { a: -1 } }, { key: { b: 1 } }],
  [{ key: { a: 1, b: -1 } }, { key: { "c.d": -1 } }],
  [{ key: { a: -1, b: 1 } }, { key: { c: -1 } }],
  [{ key: { b: -1, a: -1 } }, { key: { "c.d": -1, b: 1 } }],
  [{ key: { a: -1, n: 1 }, unique: true }, { key: { c: 1, b: -1 } }],
  [{ key: { a: -1 }, partialFilterExpression: { b: { $gt: 0 } } }],
  [{ key: { b: 1, a: 1 }, partialFilterExpression: { a: { $exists: true } } }],
  [{ key: { "a.0": 1 } }, { key: { "c.0.d": -1 } }],
];

const common = fc.constantFrom<unknown>(
  null,
  0,
  1,
  2,
  new Double(1.5),
  new Double(1),
  Long.fromNumber(2),
  Number.NaN,
  "",
  "a",
  "b",
  true,
  new Date(0),
  { d: 1 },
);
/** Values at the limits of a type, or whose index key has a 0 or 255 where another key ends. */
const edges = fc.oneof(
  fc.constantFrom<unknown>(
    new Double(-0),
    -1,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e305,
    -1e305,
    5e-324,
    Number.MAX_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    "\0",
    "a\0",
    "\uffff",
    false,
    new Date(-1),
    new Date(-8.64e15),
    new Date(8.64e15),
    {},
    { a: 1 },
    { b: 1 },
    { d: {} },
    { d: { a: "" } },
    { d: [] },
    { d: [-1, "a"] },
    new ObjectId("0".repeat(24)),
    new ObjectId(`${"0".repeat(23)}1`),
    new ObjectId("a".repeat(24)),
    new ObjectId("f".repeat(24)),
    new Timestamp({ t: 1, i: 0 }),
    new Timestamp({ t: 2 ** 32 - 1, i: 2 ** 32 - 1 }),
  ),
  fc
    .tuple(fc.constantFrom(0, 1, 255, 256, 300), fc.constantFrom(0, 255), fc.constantFrom(0, 4, 128, 255))
    .map(([size, byte, kind]) => new Binary(Buffer.alloc(size, byte), kind)),
);
const scalars = fc.oneof(common, edges);
const fields = fc.oneof(
  { weight: 5, arbitrary: scalars },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 3 }) },
);
const inner = fc.oneof(
  fc.record({ d: scalars }, { requiredKeys: [] }),
  scalars,
  fc.array(fc.record({ d: scalars }, { requiredKeys: [] }), { maxLength: 2 }),
);
/** Without arrays, which would prevent most uses of an index. */
const plain = fc.record(
  { a: scalars, b: scalars, c: fc.record({ d: scalars }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);
const mixed = fc.record({ a: fields, b: scalars, c: inner }, { requiredKeys: [] });
const populations = fc.oneof(fc.array(plain, { maxLength: 25 }), fc.array(mixed, { maxLength: 25 }));

const lowers = fc.constantFrom("$gt", "$gte");
const uppers = fc.constantFrom("$lt", "$lte");
const conditions = fc.oneof(
  scalars,
  fc
    .tuple(fc.oneof(lowers, uppers, fc.constantFrom("$eq", "$ne")), scalars)
    .map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(lowers, scalars, uppers, scalars)
    .map(([lower, low, upper, high]) => ({ [lower]: low, [upper]: high })),
  fc.array(scalars, { maxLength: 4 }).map((choices) => ({ $in: choices })),
  fc.boolean().map((exists) => ({ $exists: exists })),
  fc.constantFrom({ $gt: 0 }, { $exists: true }), // the filters of the partial indexes
);
const paths = fc.constantFrom("a", "b", "c.d", "c", "a.0", "c.0.d");
const simpleQueries = fc
  .array(fc.tuple(paths, conditions), { maxLength: 3 })
  .map((parts): Document => Object.fromEntries(parts));
const queries = fc.oneof(
  { weight: 3, arbitrary: simpleQueries },
  {
    weight: 1,
    arbitrary: fc
      .tuple(simpleQueries, simpleQueries, simpleQueries)
      .map(([all, ...$or]): Document => ({ ...all, $or })),
  },
);
const sorts = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c.d", "n"), fc.constantFrom(1, -1)), {
    maxLength: 3,
    selector: ([path]) => path,
  })
  .map((parts): Document => Object.fromEntries(parts));
const updates = fc.array(
  fc.tuple(queries, fc.constantFrom("$set", "$unset", "delete"), fc.constantFrom("a", "b", "c"), scalars),
  { maxLength: 3 },
);

describe("the embedded MongoDB with and without indexes", () => {
  let server: EmbeddedMongo;
  let client: MongoClient;

  before(async () => {
    server = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    client = new MongoClient(server.uri);
  });

  after(async () => {
    await client.close();
    await server.close();
  });

  it("answers every query alike, after any changes", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INDEX_SETS),
        populations,
        updates,
        fc.array(fc.tuple(queries, sorts, fc.nat(6)), { maxLength: 12 }),
        async (indexes, rows, changes, asked) => {
          run += 1;
          const [indexed, bare] = ["indexed", "bare"].map((name) => client.db(`run-${run}`).collection(name));
          if (!indexed || !bare) return;
          await indexed.createIndexes([...indexes]);
          for (const collection of [indexed, bare]) await fill(collection, rows, changes);
          for (const [query, sort, limit] of asked) {
            // `n` is unique, so that the order does not depend on the plan.
            const call = (collection: Collection) =>
              collection
                .find(query)
                .sort({ ...sort, n: sort.n ?? 1 })
                .limit(limit)
                .project({ n: 1, _id: 0 })
                .toArray();
            expect(await call(indexed)).to.deep.equal(await call(bare));
            expect(await indexed.countDocuments(query)).to.equal(await bare.countDocuments(query));
          }
          await client.db(`run-${run}`).dropDatabase();
        },
      ),
      { numRuns: share(100) },
    );
  });
});

async function fill(
  collection: Collection,
  rows: readonly object[],
  changes: readonly [Document, string, string, unknown][],
): Promise<void> {
  if (rows.length > 0) await collection.insertMany(rows.map((row, n) => ({ ...row, n, _id: n as never })));
  for (const [query, operator, path, value] of changes) {
    if (operator === "delete") await collection.deleteMany(query);
    else await collection.updateMany(query, { [operator]: { [path]: value } });
  }
}
