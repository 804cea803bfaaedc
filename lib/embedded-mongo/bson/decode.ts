import { isUtf8 } from "node:buffer";
import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import { CommandError, notSupported } from "../errors.ts";
import type { Document, Value } from "./values.ts";

/** MongoDB's limit on nesting (`BSONDepth::kDefaultMaxAllowableDepth`). */
const MAX_DEPTH = 200;
/** The latest time a Date can represent, in milliseconds (ECMAScript). */
const MAX_DATE_MS = 8.64e15;
/** BSON's other types. */
const UNSUPPORTED_TYPES: ReadonlyMap<number, string> = new Map([
  [0x06, "undefined"],
  [0x0c, "dbPointer"],
  [0x0d, "javascript"],
  [0x0e, "symbol"],
  [0x0f, "javascriptWithScope"],
  [0x7f, "maxKey"],
  [0xff, "minKey"],
]);
/** bson writes 2 (the old binary, with a second length) in another form, and 9 (vectors) only where it finds it valid. */
const UNSUPPORTED_SUBTYPES: ReadonlySet<number> = new Set([2, 9]);

/**
 * Reads the BSON document at `start`. Our own, because bson's `deserialize` makes objects, which reorder fields whose
 * names look like numbers; in MongoDB the order of fields counts.
 * @throws CommandError when the bytes are malformed, or contain a type that is not supported
 */
export function decodeDocument(bytes: Buffer, start = 0): Document {
  return new Decoder(bytes, start).document(0);
}

class Decoder {
  private readonly bytes: Buffer;
  private at: number;

  constructor(bytes: Buffer, start: number) {
    this.bytes = bytes;
    this.at = start;
  }

  document(depth: number): Document {
    const document: Document = new Map();
    this.elements(depth, (name, value) => {
      if (document.has(name)) throw malformed(`the field "${name}" appears twice`);
      document.set(name, value);
    });
    return document;
  }

  private array(depth: number): Value[] {
    const array: Value[] = [];
    this.elements(depth, (_, value) => array.push(value));
    return array;
  }

  private elements(depth: number, add: (name: string, value: Value) => void): void {
    if (depth >= MAX_DEPTH) {
      throw new CommandError("Overflow", `BSON nested more than ${MAX_DEPTH} levels deep`);
    }
    const start = this.at;
    const end = start + this.int32();
    if (end > this.bytes.length || end < start + 5) throw malformed("a length is wrong");
    for (;;) {
      const type = this.byte();
      if (type === 0) break;
      const name = this.cstring();
      add(name, this.value(type, depth + 1));
      if (this.at >= end) throw malformed("a document runs past its end");
    }
    if (this.at !== end) throw malformed("a length is wrong");
  }

  private value(type: number, depth: number): Value {
    switch (type) {
      case 0x01:
        return new Double(this.bytes.readDoubleLE(this.skip(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(depth);
      case 0x04:
        return this.array(depth);
      case 0x05:
        return this.binary();
      case 0x07:
        return new ObjectId(Uint8Array.from(this.take(12)));
      case 0x08:
        return this.boolean();
      case 0x09:
        return this.date();
      case 0x0a:
        return null;
      case 0x0b:
        return this.regex();
      case 0x10:
        return new Int32(this.int32());
      case 0x11:
        return new Timestamp(new Long(this.int32(), this.int32(), true));
      case 0x12:
        return new Long(this.int32(), this.int32());
      case 0x13:
        return new Decimal128(Uint8Array.from(this.take(16)));
      default:
        throw UNSUPPORTED_TYPES.has(type)
          ? notSupported(`a value of the type ${UNSUPPORTED_TYPES.get(type)}`)
          : malformed(`there is no type ${type}`);
    }
  }

  private skip(size: number): number {
    const { at } = this;
    if (at + size > this.bytes.length) throw malformed("it ends too early");
    this.at += size;
    return at;
  }

  private take(size: number): Buffer {
    const start = this.skip(size);
    return this.bytes.subarray(start, start + size);
  }

  private byte(): number {
    return this.bytes.readUInt8(this.skip(1));
  }

  private int32(): number {
    return this.bytes.readInt32LE(this.skip(4));
  }

  private boolean(): boolean {
    const byte = this.byte();
    if (byte > 1) throw malformed("a boolean is neither true nor false");
    return byte === 1;
  }

  private date(): Date {
    const milliseconds = new Long(this.int32(), this.int32()).toNumber();
    if (Math.abs(milliseconds) > MAX_DATE_MS) throw notSupported("a date beyond the year 275760");
    return new Date(milliseconds);
  }

  private regex(): BSONRegExp {
    const [pattern, options] = [this.cstring(), this.cstring()];
    if (!/^[ilmsux]*$/.test(options)) throw malformed("a regular expression has unknown options");
    return new BSONRegExp(pattern, options);
  }

  private cstring(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw malformed("it ends too early");
    const start = this.at;
    this.at = end + 1;
    return this.utf8(start, end);
  }

  private string(): string {
    const size = this.int32();
    if (size < 1) throw malformed("a length is wrong");
    const start = this.skip(size);
    if (this.bytes[this.at - 1] !== 0) throw malformed("a string does not end");
    return this.utf8(start, this.at - 1);
  }

  private utf8(start: number, end: number): string {
    const text = this.bytes.toString("utf8", start, end);
    if (text.includes("\uFFFD") && !isUtf8(this.bytes.subarray(start, end))) {
      throw malformed("a string is not UTF-8");
    }
    return text;
  }

  private binary(): Binary {
    const size = this.int32();
    if (size < 0) throw malformed("a length is wrong");
    const subtype = this.byte();
    if (UNSUPPORTED_SUBTYPES.has(subtype)) throw notSupported(`BSON binary subtype ${subtype}`);
    return new Binary(Uint8Array.from(this.take(size)), subtype);
  }
}

function malformed(why: string): CommandError {
  return new CommandError("FailedToParse", `invalid BSON: ${why}`);
}
