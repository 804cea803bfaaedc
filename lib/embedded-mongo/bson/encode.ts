import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from "bson";
import { AppError } from "../../core/index.ts";
import { CommandError } from "../errors.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import type { Value } from "./values.ts";

/** The largest document, in bytes (MongoDB: 16 MB). */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** Most documents are shorter, in bytes. */
const USUAL_BYTES = 1024;

/** A document that is already BSON. */
export class RawDocument {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** What goes into a reply: values, plain numbers (int where they fit, else double), plain objects, raw documents. */
export type Encodable =
  | Value
  | number
  | RawDocument
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>
  | { readonly [name: string]: Encodable };

/** BSON of a document, of any size. */
export function encodeDocument(document: Encodable): Buffer {
  const encoder = new Encoder();
  encoder.document(document);
  return encoder.written();
}

/**
 * BSON of a document that is to be stored, or that MongoDB would have to build like one.
 * @throws CommandError BSONObjectTooLarge over 16 MB.
 */
export function encodeStored(document: ReadonlyMap<string, Value>): Buffer {
  const bytes = encodeDocument(document);
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new CommandError(
      "BSONObjectTooLarge",
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}(16MB)`,
    );
  }
  return bytes;
}

class Encoder extends GrowingBytes {
  constructor() {
    super(USUAL_BYTES);
  }

  document(document: Encodable): void {
    if (document instanceof RawDocument) {
      this.append(document.bytes);
      return;
    }
    const start = this.reserve(4);
    for (const [name, value] of fieldsOf(document)) this.element(name, value);
    this.byte(0);
    this.bytes.writeInt32LE(this.length - start, start);
  }

  private element(name: string, value: Encodable): void {
    const typeAt = this.reserve(1);
    this.cstring(name);
    const type = this.value(value);
    this.bytes.writeUInt8(type, typeAt);
  }

  /** Appends the value; answers its BSON type. */
  private value(value: Encodable): number {
    switch (typeof value) {
      case "string":
        this.string(value);
        return 0x02;
      case "boolean":
        this.byte(value ? 1 : 0);
        return 0x08;
      case "number":
        return this.value(
          Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? new Int32(value) : new Double(value),
        );
      default:
        return value === null ? 0x0a : this.object(value);
    }
  }

  private object(value: Exclude<Encodable, null | string | boolean | number>): number {
    if (value instanceof Int32) {
      this.int32(value.value);
      return 0x10;
    }
    if (value instanceof Double) {
      const at = this.reserve(8);
      this.bytes.writeDoubleLE(value.value, at);
      return 0x01;
    }
    if (value instanceof Date) {
      this.long(Long.fromNumber(value.getTime()));
      return 0x09;
    }
    if (value instanceof ObjectId) {
      this.append(value.id);
      return 0x07;
    }
    return this.rarer(value);
  }

  private rarer(value: Exclude<Encodable, null | string | boolean | number>): number {
    if (value instanceof Timestamp) {
      this.long(value);
      return 0x11;
    }
    if (value instanceof Long) {
      this.long(value);
      return 0x12;
    }
    if (value instanceof Decimal128) {
      this.append(value.bytes);
      return 0x13;
    }
    if (value instanceof Binary) {
      const content = value.value();
      this.int32(content.length);
      this.byte(value.sub_type);
      this.append(content);
      return 0x05;
    }
    if (value instanceof BSONRegExp) {
      this.cstring(value.pattern);
      this.cstring(value.options);
      return 0x0b;
    }
    this.document(value);
    return Array.isArray(value) ? 0x04 : 0x03;
  }

  private int32(value: number): void {
    const at = this.reserve(4);
    this.bytes.writeInt32LE(value, at);
  }

  private long(value: { low: number; high: number }): void {
    this.int32(value.low);
    this.int32(value.high);
  }

  private string(value: string): void {
    const sizeAt = this.reserve(4);
    this.text(value);
    this.bytes.writeInt32LE(this.length - sizeAt - 4, sizeAt);
  }

  private cstring(value: string): void {
    if (value.includes("\0")) throw new CommandError("BadValue", "a name must not contain a null character");
    this.text(value);
  }

  /** UTF-8 and a closing zero. */
  private text(value: string): void {
    const at = this.reserve(value.length * 3 + 1); // no UTF-16 unit takes more than three bytes
    const size = this.bytes.write(value, at, "utf8");
    this.length = at + size;
    this.byte(0);
  }
}

function fieldsOf(document: Encodable): Iterable<[string, Encodable]> {
  if (document instanceof Map) return document as ReadonlyMap<string, Encodable>;
  if (Array.isArray(document))
    return document.map((value, index): [string, Encodable] => [String(index), value as Encodable]);
  if (
    typeof document === "object" &&
    document !== null &&
    Object.getPrototypeOf(document) === Object.prototype
  ) {
    return Object.entries(document as { [name: string]: Encodable });
  }
  throw new AppError("This cannot be written as BSON.", { code: "EMBEDDED_MONGO_ENCODING" });
}
