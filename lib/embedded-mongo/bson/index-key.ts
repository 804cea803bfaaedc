import { type Binary, BSONRegExp, Decimal128, Long, ObjectId, Timestamp } from "bson";
import { notSupported } from "../errors.ts";
import { typeOrder } from "./compare.ts";
import { isDocument, isNumber, type NumberValue, type Value } from "./values.ts";

/** What an empty array is indexed and sorted as: before null, as MongoDB's "undefined" is. */
export const EMPTY_ARRAY = Symbol("empty array");

export type KeyValue = Value | typeof EMPTY_ARRAY;
export type Direction = 1 | -1;

const EMPTY_ARRAY_BYTE = 5;
/** Each byte as a buffer, made once: keys are made of many. */
const BYTES = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte));
const END_OF_TEXT = Buffer.of(0, 0);
const ZERO_IN_TEXT = Buffer.of(0, 255);
const NOTHING_ABOVE = Buffer.of(0, 0);

/**
 * Bytes whose order is the BSON order of the values they are made from. No key is the beginning of another, and the
 * first byte, which is the type's, is neither 0 nor 255: so keys may be joined, and inverted for a descending field.
 * Any byte may follow the first.
 * @throws CommandError for a Decimal128, whose exact order among doubles has no short form.
 */
export function encodeKey(value: KeyValue, direction: Direction): Buffer {
  const writer = new KeyWriter();
  writer.value(value);
  return direction === 1 ? writer.bytes() : inverted(writer.bytes());
}

/** The first byte of every key of the value's type. */
export function encodeType(value: Value, direction: Direction): number {
  const byte = typeOrder(value);
  return direction === 1 ? byte : 255 - byte;
}

function inverted(bytes: Buffer): Buffer {
  return bytes.map((byte) => 255 - byte) as Buffer;
}

class KeyWriter {
  private readonly parts: Uint8Array[] = [];

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  value(value: KeyValue): void {
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
    else if (value instanceof Date) this.parts.push(int64(value.getTime()));
    else if (value instanceof ObjectId) this.parts.push(value.id);
    else if (Array.isArray(value)) this.array(value);
    else if (isDocument(value)) this.document(value);
    else this.rarer(value);
  }

  private rarer(value: Binary | Timestamp | BSONRegExp): void {
    if (value instanceof Timestamp) {
      this.parts.push(uint64(value.toBigInt()));
    } else if (value instanceof BSONRegExp) {
      this.text(value.pattern);
      this.text(value.options);
    } else {
      const content = value.value();
      const head = Buffer.alloc(5);
      head.writeUInt32BE(content.length);
      head.writeUInt8(value.sub_type, 4);
      this.parts.push(head, content);
    }
  }

  /** A zero inside is written 0 255, so that the closing 0 0 stays the lower. */
  private text(value: string): void {
    const bytes = Buffer.from(value, "utf8");
    if (!bytes.includes(0)) {
      this.parts.push(bytes, END_OF_TEXT);
      return;
    }
    for (const byte of bytes) {
      if (byte === 0) this.parts.push(ZERO_IN_TEXT);
      else this.byte(byte);
    }
    this.parts.push(END_OF_TEXT);
  }

  private array(values: readonly Value[]): void {
    for (const value of values) this.value(value);
    this.byte(0);
  }

  /** Compared as MongoDB does: the type, the name, then the value of each field. */
  private document(document: ReadonlyMap<string, Value>): void {
    for (const [name, value] of document) {
      this.byte(typeOrder(value));
      this.text(name);
      this.content(value);
    }
    this.byte(0);
  }

  /** The nearest double that is not above the value, then what the value has above it. */
  private number(value: NumberValue): void {
    if (value instanceof Decimal128) throw notSupported("a Decimal128 in an index");
    if (!(value instanceof Long)) {
      this.parts.push(double(value.value), NOTHING_ABOVE);
      return;
    }
    const exact = value.toBigInt();
    let floor = value.toNumber();
    if (BigInt(floor) > exact) floor = doubleBelow(floor);
    const above = Buffer.alloc(2);
    above.writeUInt16BE(Number(exact - BigInt(floor)));
    this.parts.push(double(floor), above);
  }

  private byte(byte: number): void {
    this.parts.push(BYTES[byte] ?? Buffer.of(byte));
  }
}

/** Positive doubles order as their bits do once the sign is set, negative ones once every bit is turned. */
function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  if (Number.isNaN(value)) return bytes; // before every other number
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  const first = bytes[0] ?? 0;
  if (first >= 128) return inverted(bytes);
  bytes[0] = first | 128;
  return bytes;
}

/** The next smaller double of one that is far from zero. */
function doubleBelow(value: number): number {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  const bits = bytes.readBigUInt64BE();
  bytes.writeBigUInt64BE(value > 0 ? bits - 1n : bits + 1n);
  return bytes.readDoubleBE();
}

/** A whole number of milliseconds in eight bytes; the sign is turned, so that negative ones come first. */
function int64(value: number): Buffer {
  const high = Math.floor(value / 2 ** 32);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(high + 2 ** 31);
  bytes.writeUInt32BE(value - high * 2 ** 32, 4);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
