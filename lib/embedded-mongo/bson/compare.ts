import { Binary, type BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import { type Document, isNumber, type NumberValue, toNumber, type Value } from "./values.ts";

/**
 * The order of types (MongoDB's "comparison/sort order"). The number is also the type's first byte in an index key.
 * A missing field sorts before null only in aggregation; elsewhere it is passed as null.
 */
export const TYPE_ORDER = {
  missing: 1,
  null: 10,
  number: 20,
  string: 30,
  object: 40,
  array: 50,
  binary: 60,
  objectId: 70,
  boolean: 80,
  date: 90,
  timestamp: 100,
  regex: 110,
} as const;

/** The position of a value's type in the order of types. */
export function typeOrder(value: Value | undefined): number {
  if (value === undefined) return TYPE_ORDER.missing;
  if (value === null) return TYPE_ORDER.null;
  if (typeof value === "string") return TYPE_ORDER.string;
  if (typeof value === "boolean") return TYPE_ORDER.boolean;
  if (isNumber(value)) return TYPE_ORDER.number;
  if (value instanceof Date) return TYPE_ORDER.date;
  if (value instanceof ObjectId) return TYPE_ORDER.objectId;
  if (Array.isArray(value)) return TYPE_ORDER.array;
  if (value instanceof Map) return TYPE_ORDER.object;
  if (value instanceof Binary) return TYPE_ORDER.binary;
  return value instanceof Timestamp ? TYPE_ORDER.timestamp : TYPE_ORDER.regex;
}

/**
 * BSON order: by type, then by value; numbers of all types compare by value. Our own, because neither the driver nor bson
 * compares values, and the order of the fields of embedded documents counts.
 */
export function compareValues(a: Value | undefined, b: Value | undefined): number {
  const order = typeOrder(a) - typeOrder(b);
  if (order !== 0) return order;
  if (a === b || a === undefined || b === undefined || a === null) return 0;
  if (typeof a === "string") return compareStrings(a, b as string);
  if (typeof a === "boolean") return Number(a) - Number(b);
  if (isNumber(a)) return compareNumbers(a, b as NumberValue);
  if (a instanceof Date) return a.getTime() - (b as Date).getTime();
  if (a instanceof ObjectId) return Buffer.compare(a.id, (b as ObjectId).id);
  if (Array.isArray(a)) return compareArrays(a, b as Value[]);
  if (a instanceof Map) return compareDocuments(a, b as Document);
  if (a instanceof Binary) return compareBinaries(a, b as Binary);
  if (a instanceof Timestamp) return a.compare(b as Timestamp);
  return compareRegexes(a, b as BSONRegExp);
}

export function equalValues(a: Value | undefined, b: Value | undefined): boolean {
  return compareValues(a, b) === 0;
}

/** The order of the strings' UTF-8 bytes, which differs from UTF-16 order where there are surrogates. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA !== unitB) return byCodePoint(unitA) - byCodePoint(unitB);
  }
  return a.length - b.length;
}

/** Moves surrogates (D800 to DFFF) above the rest of the basic plane, as their code points are. */
function byCodePoint(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (isExact(a) && isExact(b)) return compareDoubles(toNumber(a), toNumber(b));
  const [left, right] = [toFraction(a), toFraction(b)];
  if (!left || !right) return compareDoubles(left ? 0 : toNumber(a), right ? 0 : toNumber(b));
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference === 0n ? 0 : Number(difference > 0n) * 2 - 1;
}

/** NaN equals itself and comes first. */
function compareDoubles(x: number, y: number): number {
  if (x === y) return 0;
  if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : -1;
  if (Number.isNaN(y)) return 1;
  return x < y ? -1 : 1;
}

/** Whether a JavaScript number represents the value exactly. */
function isExact(value: NumberValue): boolean {
  if (value instanceof Int32 || value instanceof Double) return true;
  return value instanceof Long && Number.isSafeInteger(value.toNumber());
}

interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/** A number's exact value; undefined for NaN and the infinities. */
export function toFraction(value: NumberValue): Fraction | undefined {
  if (value instanceof Long) return { numerator: value.toBigInt(), denominator: 1n };
  if (value instanceof Decimal128) return decimalFraction(value.toString());
  if (!Number.isFinite(value.value)) return undefined;
  let scaled: number = value.value;
  let denominator = 1n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(scaled), denominator };
}

/** Parses a Decimal128's text, such as "-1.5", "1E+3", "NaN" or "-Infinity". */
function decimalFraction(text: string): Fraction | undefined {
  if (!/\d/.test(text)) return undefined;
  const [digits = "", exponentText = "0"] = text.split("E");
  const [whole = "", decimals = ""] = digits.split(".");
  const exponent = Number(exponentText) - decimals.length;
  const numerator = BigInt(`${whole}${decimals}`);
  return exponent >= 0
    ? { numerator: numerator * 10n ** BigInt(exponent), denominator: 1n }
    : { numerator, denominator: 10n ** BigInt(-exponent) };
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  for (const [index, value] of a.entries()) {
    if (index >= b.length) return 1;
    const order = compareValues(value, b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Field by field: first the types, then the names, then the values. */
function compareDocuments(a: Document, b: Document): number {
  const others = b.entries();
  for (const [name, value] of a) {
    const next = others.next();
    if (next.done) return 1;
    const [otherName, otherValue] = next.value;
    const order =
      typeOrder(value) - typeOrder(otherValue) ||
      compareStrings(name, otherName) ||
      compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return others.next().done ? 0 : -1;
}

/** By length, then by subtype, then by bytes. */
function compareBinaries(a: Binary, b: Binary): number {
  const [left, right] = [a.value(), b.value()];
  return left.length - right.length || a.sub_type - b.sub_type || Buffer.compare(left, right);
}

function compareRegexes(a: BSONRegExp, b: BSONRegExp): number {
  return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
}
