import { expect } from "chai";
import fc from "fast-check";
import { type Collection, type Document, Double, Long, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../../lib/embedded-mongo/index.ts";

const INDEXES: readonly Document[] = [
  { a: 1 },
  { a: -1, b: 1 },
  { b: 1, "c.d": -1 },
  { "c.d": 1 },
  { b: 1, a: 1, n: -1 },
];

const scalars = fc.constantFrom<unknown>(
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
const fields = fc.oneof(
  { weight: 5, arbitrary: scalars },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 3 }) },
);
const inner = fc.oneof(
  fc.record({ d: scalars }, { requiredKeys: [] }),
  scalars,
  fc.array(fc.record({ d: scalars }, { requiredKeys: [] }), { maxLength: 2 }),
);
/** Without arrays, since these would switch most uses of an index off. */
const plain = fc.record(
  { a: scalars, b: scalars, c: fc.record({ d: scalars }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);
const mixed = fc.record({ a: fields, b: scalars, c: inner }, { requiredKeys: [] });
const populations = fc.oneof(fc.array(plain, { maxLength: 25 }), fc.array(mixed, { maxLength: 25 }));

const conditions = fc.oneof(
  scalars,
  fc
    .tuple(fc.constantFrom("$gt", "$gte", "$lt", "$lte", "$eq", "$ne"), scalars)
    .map(([name, value]) => ({ [name]: value })),
  fc.tuple(scalars, scalars).map(([low, high]) => ({ $gte: low, $lt: high })),
  fc.tuple(scalars, scalars).map(([low, high]) => ({ $gt: low, $lte: high })),
  fc.array(scalars, { maxLength: 4 }).map((choices) => ({ $in: choices })),
  fc.boolean().map((exists) => ({ $exists: exists })),
);
const paths = fc.constantFrom("a", "b", "c.d", "c");
const queries = fc
  .array(fc.tuple(paths, conditions), { maxLength: 3 })
  .map((parts): Document => Object.fromEntries(parts));
const sorts = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c.d", "n"), fc.constantFrom(1, -1)), {
    maxLength: 3,
    selector: ([path]) => path,
  })
  .map((parts): Document => Object.fromEntries(parts));
const updates = fc.array(
  fc.tuple(
    queries,
    fc.constantFrom("$set", "$unset"),
    paths.filter((path) => path !== "c.d"),
    scalars,
  ),
  { maxLength: 3 },
);

describe("an embedded MongoDB with indexes and one without", () => {
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

  it("answer every query alike, after any changes", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        populations,
        updates,
        fc.array(fc.tuple(queries, sorts, fc.nat(6)), { maxLength: 12 }),
        async (rows, changes, asked) => {
          run += 1;
          const [indexed, bare] = ["indexed", "bare"].map((name) => client.db(`run-${run}`).collection(name));
          if (!indexed || !bare) return;
          await indexed.createIndexes(INDEXES.map((key) => ({ key: key as Record<string, 1> })));
          for (const collection of [indexed, bare]) await fill(collection, rows, changes);
          for (const [query, sort, limit] of asked) {
            // `n` is unique, so that the order is the same however documents are found.
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
      { numRuns: 40 },
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
    await collection.updateMany(query, { [operator]: { [path]: value } });
  }
  if (changes.length > 2) await collection.deleteMany(changes[0]?.[0] ?? {});
}
