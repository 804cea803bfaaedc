import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "bson";

/** An embedded or whole document: a Map, since an object would reorder names such as "10". */
export type Document = Map<string, Value>;

export type NumberValue = Int32 | Long | Double | Decimal128;

/** A BSON value in memory. Numbers keep their type; `null` is BSON's null, a missing field is `undefined`. */
export type Value =
  | null
  | boolean
  | string
  | Date
  | NumberValue
  | ObjectId
  | Binary
  | Timestamp
  | BSONRegExp
  | Document
  | Value[];

export function isDocument(value: unknown): value is Document {
  return value instanceof Map;
}

/** bson's Timestamp extends Long, but is not a number. */
function isLong(value: unknown): value is Long {
  return value instanceof Long && !(value instanceof Timestamp);
}

export function isNumber(value: unknown): value is NumberValue {
  return value instanceof Int32 || value instanceof Double || isLong(value) || value instanceof Decimal128;
}

/** The nearest JavaScript number. */
export function toNumber(value: NumberValue): number {
  if (value instanceof Long) return value.toNumber();
  return value instanceof Decimal128 ? Number(value.toString()) : value.value;
}

/** A whole number, in the narrowest type that holds it. */
export function numberOf(value: number): Int32 | Long {
  return value === (value | 0) ? new Int32(value) : Long.fromNumber(value);
}

const TYPES = [
  { name: "double", number: 1, is: (value: Value) => value instanceof Double },
  { name: "string", number: 2, is: (value: Value) => typeof value === "string" },
  { name: "object", number: 3, is: isDocument },
  { name: "array", number: 4, is: (value: Value) => Array.isArray(value) },
  { name: "binData", number: 5, is: (value: Value) => value instanceof Binary },
  { name: "objectId", number: 7, is: (value: Value) => value instanceof ObjectId },
  { name: "bool", number: 8, is: (value: Value) => typeof value === "boolean" },
  { name: "date", number: 9, is: (value: Value) => value instanceof Date },
  { name: "null", number: 10, is: (value: Value) => value === null },
  { name: "regex", number: 11, is: (value: Value) => value instanceof BSONRegExp },
  { name: "int", number: 16, is: (value: Value) => value instanceof Int32 },
  { name: "timestamp", number: 17, is: (value: Value) => value instanceof Timestamp },
  { name: "long", number: 18, is: isLong },
  { name: "decimal", number: 19, is: (value: Value) => value instanceof Decimal128 },
] as const;

/** MongoDB's name of a value's type, as in `$type` and in its messages. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return "missing";
  return TYPES.find(({ is }) => is(value))?.name ?? "unknown";
}

/** The test for a type by name or number as in `$type`; undefined for an unknown type. */
export function typeTest(type: string | number): ((value: Value) => boolean) | undefined {
  if (type === "number") return isNumber;
  return TYPES.find(({ name, number }) => name === type || number === type)?.is;
}

/** Formats a value for messages, as MongoDB's shell does. */
export function show(value: Value | undefined): string {
  if (value === undefined) return "MISSING";
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  if (value instanceof Binary) return `BinData(${value.sub_type}, ${value.toString("hex").toUpperCase()})`;
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[ ${value.map(show).join(", ")} ]`;
  if (isDocument(value)) return showDocument(value);
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`;
  return isNumber(value) ? value.toString() : String(value);
}

function showDocument(document: Document): string {
  const fields = Array.from(document, ([name, field]) => `${name}: ${show(field)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
