import { Double, Int32 } from "bson";
import fc from "fast-check";
import { isDocument, isNumber, toNumber, type Value } from "../../../lib/embedded-mongo/bson/values.ts";

/** A value as JavaScript writes it: enough for the rules, which do not depend on the kinds of numbers. */
export type Plain = null | boolean | number | string | Plain[] | PlainDocument;
export interface PlainDocument {
  [name: string]: Plain;
}

export function isPlainDocument(value: unknown): value is PlainDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same value for the code under test. */
export function toValue(plain: Plain): Value {
  if (typeof plain === "number") return Number.isInteger(plain) ? new Int32(plain) : new Double(plain);
  if (Array.isArray(plain)) return plain.map(toValue);
  return isPlainDocument(plain) ? toDocument(plain) : plain;
}

export function toDocument(plain: PlainDocument): Map<string, Value> {
  return new Map(Object.entries(plain).map(([name, value]) => [name, toValue(value)]));
}

export function toPlain(value: Value): Plain {
  if (isNumber(value)) return toNumber(value) + 0; // -0 is 0
  if (Array.isArray(value)) return value.map(toPlain);
  if (isDocument(value))
    return Object.fromEntries(Array.from(value, ([name, inner]) => [name, toPlain(inner)]));
  return value as Plain;
}

const RANKS = ["null", "number", "string", "object", "array", "boolean"];

/** MongoDB's names of types. */
export function kindOf(value: Plain): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The documented order: by type, then by value; documents field by field. */
export function comparePlain(a: Plain, b: Plain): number {
  const order = RANKS.indexOf(kindOf(a)) - RANKS.indexOf(kindOf(b));
  if (order !== 0) return order;
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  if (isPlainDocument(a) && isPlainDocument(b)) {
    const entries = (document: PlainDocument): Plain[] =>
      Object.entries(document).flatMap(([name, value]) => [RANKS.indexOf(kindOf(value)), name, value]);
    return compareLists(entries(a), entries(b));
  }
  if (a === b) return 0;
  return (a ?? 0) < (b ?? 0) ? -1 : 1;
}

function compareLists(a: readonly Plain[], b: readonly Plain[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = comparePlain(a[index] ?? null, b[index] ?? null);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

export function equalPlain(a: Plain, b: Plain): boolean {
  return comparePlain(a, b) === 0;
}

export const scalars: fc.Arbitrary<Plain> = fc.constantFrom<Plain>(
  null,
  true,
  false,
  -1,
  0,
  1,
  2,
  5,
  1.5,
  "",
  "a",
  "ab",
  "b",
);

/** Values with arrays in arrays, and documents with names that look like positions. */
export const plains: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 3, arbitrary: scalars },
    { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(fc.constantFrom("a", "b", "x0"), tie("value"), { maxKeys: 2 }) },
  ),
})).value;

/** Without a prototype's names, and never with one that JavaScript would put first. */
export const plainDocuments: fc.Arbitrary<PlainDocument> = fc
  .record({ a: plains, b: plains }, { requiredKeys: [] })
  .map((document) => ({ ...document }));

export const paths: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "a.a",
  "a.b",
  "a.0",
  "a.1",
  "a.0.a",
  "a.0.0",
  "a.b.a",
  "b.a.1",
);
