import { type Binary, BSONRegExp, Decimal128, Long, ObjectId, Timestamp } from "bson";
import { notSupported } from "../errors.ts";
import { typeOrder } from "./compare.ts";
import { isDocument, isNumber, type NumberValue, type Value } from "./values.ts";

/** The index key of an empty array: before null, like MongoDB's "undefined". */
export const EMPTY_ARRAY = Symbol("empty array");

export type KeyValue = Value | typeof EMPTY_ARRAY;
export type Direction = 1 | -1;

const EMPTY_ARRAY_BYTE = 5;
/** Most keys are shorter, in bytes. */
const USUAL_BYTES = 96;

/**
 * Encodes a value as bytes that sort in BSON order. No key is a prefix of another, and the first byte, the type's, is
 * neither 0 nor 255; so keys can be joined, and inverted for a descending field. Any byte may follow the first.
 *
 * Our own, because lmdb's ordered-binary knows JavaScript's values only, not the order among BSON's types.
 * @throws CommandError for a Decimal128, whose exact order among doubles has no short encoding
 */
export function encodeKey(value: KeyValue, direction: Direction): Buffer {
  return encodeJoinedKey([value], [direction]);
}

/** Joins the keys of an index's fields. */
export function encodeJoinedKey(values: readonly KeyValue[], directions: readonly Direction[]): Buffer {
  const writer = new KeyWriter();
  for (const [field, value] of values.entries()) writer.field(value, directions[field] ?? 1);
  return writer.written();
}

/** The first byte of every key of the value's type. */
export function encodeType(value: Value, direction: Direction): number {
  const byte = typeOrder(value);
  return direction === 1 ? byte : 255 - byte;
}

/** Appends to a buffer that grows. */
class KeyWriter {
  private bytes = Buffer.allocUnsafe(USUAL_BYTES);
  private length = 0;

  /** The bytes appended so far, not copied. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  field(value: KeyValue, direction: Direction): void {
    const start = this.length;
    this.value(value);
    if (direction === -1) this.invert(start);
  }

  private value(value: KeyValue): void {
    if (value === EMPTY_ARRAY) {
      this.byte(EMPTY_ARRAY_BYTE);
      return;
    }
    this.byte(typeOrder(value));
    this.content(value);
  }

  private content(value: Value): void {
    if (value === null) return;
    if (typeof value === "string") this.text(value);
    else if (typeof value === "boolean") this.byte(value ? 2 : 1);
    else if (isNumber(value)) this.number(value);
    else if (value instanceof Date) this.int64(value.getTime());
    else if (value instanceof ObjectId) this.append(value.id);
    else if (Array.isArray(value)) this.array(value);
    else if (isDocument(value)) this.document(value);
    else this.rarer(value);
  }

  private rarer(value: Binary | Timestamp | BSONRegExp): void {
    if (value instanceof Timestamp) {
      const at = this.reserve(8);
      this.bytes.writeBigUInt64BE(value.toBigInt(), at);
    } else if (value instanceof BSONRegExp) {
      this.text(value.pattern);
      this.text(value.options);
    } else {
      const content = value.value();
      const at = this.reserve(4);
      this.bytes.writeUInt32BE(content.length, at);
      this.byte(value.sub_type);
      this.append(content);
    }
  }

  /** UTF-8, terminated by 0 0. A zero inside is escaped as 0 255, which sorts after the terminator. */
  private text(value: string): void {
    if (value.includes("\0")) {
      for (const byte of Buffer.from(value, "utf8")) {
        this.byte(byte);
        if (byte === 0) this.byte(255);
      }
    } else {
      const at = this.reserve(value.length * 3); // no UTF-16 unit takes more than three bytes
      this.length = at + this.bytes.write(value, at, "utf8");
    }
    this.uint16(0);
  }

  private array(values: readonly Value[]): void {
    for (const value of values) this.value(value);
    this.byte(0);
  }

  /** In MongoDB's order of comparison: the type, the name, then the value of each field. */
  private document(document: ReadonlyMap<string, Value>): void {
    for (const [name, value] of document) {
      this.byte(typeOrder(value));
      this.text(name);
      this.content(value);
    }
    this.byte(0);
  }

  /** The nearest double that is not greater, then the difference. */
  private number(value: NumberValue): void {
    if (value instanceof Decimal128) throw notSupported("a Decimal128 in an index");
    if (!(value instanceof Long)) {
      this.double(value.value);
      this.uint16(0);
      return;
    }
    const exact = value.toBigInt();
    let floor = value.toNumber();
    if (BigInt(floor) > exact) floor = doubleBelow(floor);
    this.double(floor);
    this.uint16(Number(exact - BigInt(floor)));
  }

  /** Positive doubles sort by their bits once the sign bit is set, negative ones once every bit is inverted. */
  private double(value: number): void {
    const at = this.reserve(8);
    if (Number.isNaN(value)) {
      this.bytes.fill(0, at, at + 8); // sorts before every other number
      return;
    }
    this.bytes.writeDoubleBE(value === 0 ? 0 : value, at);
    const first = this.bytes[at] ?? 0;
    if (first >= 128) this.invert(at);
    else this.bytes[at] = first | 128;
  }

  /** An integer of milliseconds in eight bytes; the sign bit is inverted, so that negative ones sort first. */
  private int64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    const at = this.reserve(8);
    this.bytes.writeUInt32BE(high + 2 ** 31, at);
    this.bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
  }

  private uint16(value: number): void {
    const at = this.reserve(2);
    this.bytes.writeUInt16BE(value, at);
  }

  private append(content: Uint8Array): void {
    const at = this.reserve(content.length);
    this.bytes.set(content, at);
  }

  private byte(byte: number): void {
    const at = this.reserve(1);
    this.bytes[at] = byte;
  }

  /** Makes room for `size` bytes; may replace `bytes`. @returns their offset */
  private reserve(size: number): number {
    const start = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
    }
    return start;
  }

  /** Inverts every bit from `start` on. */
  private invert(start: number): void {
    for (let at = start; at < this.length; at += 1) this.bytes[at] = 255 - (this.bytes[at] ?? 0);
  }
}

/** The next smaller double, for values far from zero. */
function doubleBelow(value: number): number {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  const bits = bytes.readBigUInt64BE();
  bytes.writeBigUInt64BE(value > 0 ? bits - 1n : bits + 1n);
  return bytes.readDoubleBE();
}
