import { Binary, BSONRegExp, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import fc from "fast-check";
import type { Document, Value } from "../../../lib/embedded-mongo/bson/values.ts";

/** Around 2^53, where doubles become inexact, and the limits of ints and longs. */
const EDGES = [0n, 2n ** 31n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n];

const longs = fc
  .tuple(fc.constantFrom(...EDGES), fc.bigInt(-1100n, 1100n), fc.boolean())
  .map(([edge, offset, negative]) =>
    Long.fromBigInt(BigInt.asIntN(64, (edge + offset) * (negative ? -1n : 1n))),
  );

const doubles = fc.oneof(
  fc.double(),
  longs.map((long) => long.toNumber()),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324),
);

/** Any character except halves of surrogate pairs; fast-check's own unit of this kind begins with a list of all of them. */
const characters = fc
  .nat(0x10_ffff - 0x800)
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));

const texts = fc.oneof(
  fc.string({ unit: characters, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom("a", "b", "\0", "\u00ff", "\uffee", "😀"), maxLength: 4 }),
);
const names = fc.string({ unit: fc.constantFrom("a", "b", "1", "é"), minLength: 1, maxLength: 2 });
const bytes = (size: { minLength?: number; maxLength: number }) => fc.uint8Array(size);

const scalars: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  texts,
  fc.integer().map((n) => new Int32(n)),
  fc.integer({ min: -3, max: 3 }).map((n) => new Int32(n)),
  doubles.map((n) => new Double(n)),
  longs,
  fc.date({ noInvalidDate: true }),
  bytes({ minLength: 12, maxLength: 12 }).map((id) => new ObjectId(id)),
  fc.tuple(bytes({ maxLength: 3 }), fc.constantFrom(0, 4, 128)).map(([data, kind]) => new Binary(data, kind)),
  fc.tuple(fc.nat(5), fc.nat(2 ** 32 - 1)).map(([i, t]) => new Timestamp({ t, i })),
  fc.tuple(names, fc.constantFrom("", "i")).map(([pattern, options]) => new BSONRegExp(pattern, options)),
);

/** Any supported value except Decimal128, which has no index key. */
export const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie("value")), { maxLength: 3 }).map((fields): Document => new Map(fields)),
  ),
})).value;

export const documents: fc.Arbitrary<Document> = fc
  .array(fc.tuple(names, values), { maxLength: 5 })
  .map((fields): Document => new Map(fields));
