import { BSONError, serialize, setInternalBufferSize } from "bson";
import { CommandError } from "../errors.ts";
import { MAX_MESSAGE_BYTES } from "../wire/frames.ts";
import type { Value } from "./values.ts";

/** The largest document, in bytes (MongoDB: 16 MB). */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** The BSON types of a document and of an array. */
const DOCUMENT = 0x03;
const ARRAY = 0x04;

/** What bson's `serialize` takes: values, plain numbers (int where they fit, else double), plain objects. */
export type Encodable =
  | Value
  | number
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>
  | { readonly [name: string]: Encodable };

/**
 * Gives bson, which writes into one buffer and drops what does not fit, room for the largest message and a little more:
 * a document that was cut off is longer than a message may be, and so is refused. Called once, before the first document.
 */
export function reserveEncodingBuffer(): void {
  setInternalBufferSize(MAX_MESSAGE_BYTES + 1024);
}

/**
 * BSON of a document.
 * @throws CommandError BSONObjectTooLarge over the size of a message; BadValue for what BSON cannot express, such as a
 * null character in a name.
 */
export function encodeDocument(document: ReadonlyMap<string, Encodable> | Fields): Buffer {
  const bytes = serialized(document);
  if (bytes.length > MAX_MESSAGE_BYTES) throw tooLarge(bytes.length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function serialized(document: ReadonlyMap<string, Encodable> | Fields): Uint8Array {
  try {
    return serialize(document);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    if (error instanceof BSONError) throw new CommandError("BadValue", error.message);
    throw error;
  }
}

type Fields = Readonly<Record<string, Encodable>>;

/**
 * BSON of a document that is to be stored, or that MongoDB would have to build like one.
 * @throws CommandError BSONObjectTooLarge over 16 MB.
 */
export function encodeStored(document: ReadonlyMap<string, Value>): Buffer {
  const bytes = encodeDocument(document);
  if (bytes.length > MAX_DOCUMENT_BYTES) throw tooLarge(bytes.length);
  return bytes;
}

function tooLarge(size?: number): CommandError {
  const found = size === undefined ? "" : `: ${size}`;
  return new CommandError(
    "BSONObjectTooLarge",
    `BSONObj size${found} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}(16MB)`,
  );
}

/**
 * A document or an array that is BSON already, in parts, so that its bytes are copied only once. Only `encodeWithRaw`
 * takes it: `serialize` would have to decode it first.
 */
export class RawBson {
  readonly type: number;
  readonly parts: readonly Buffer[];

  private constructor(type: number, parts: readonly Buffer[]) {
    this.type = type;
    this.parts = parts;
  }

  static document(fields: FieldsWithRaw): RawBson {
    return new RawBson(DOCUMENT, encodeWithRaw(fields));
  }

  static array(documents: readonly Buffer[]): RawBson {
    const elements: Buffer[] = [];
    for (const [index, document] of documents.entries()) elements.push(documentHead(index), document);
    return new RawBson(ARRAY, joined(elements, EMPTY_DOCUMENT));
  }

  /** An array of the elements of a writer. */
  static elements(writer: ArrayWriter): RawBson {
    return new RawBson(ARRAY, joined(writer.chunks(), EMPTY_DOCUMENT));
  }
}

/** Writes the elements of an array one by one, into chunks, since there may be very many. */
export class ArrayWriter {
  private readonly full: Buffer[] = [];
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private used = 0;
  private count = 0;
  /** Bytes written. */
  size = 0;

  add(value: Value): void {
    // A document with the value under the empty name: its size, the type, the name's end, the value, the document's end.
    const holder = encodeDocument(new Map([["", value]]));
    const head = elementHead(holder.readUInt8(4), String(this.count));
    this.count += 1;
    this.append(head);
    this.append(holder.subarray(6, -1));
  }

  chunks(): Buffer[] {
    return [...this.full, this.chunk.subarray(0, this.used)];
  }

  private append(bytes: Buffer): void {
    if (this.used + bytes.length > this.chunk.length) {
      this.full.push(this.chunk.subarray(0, this.used));
      this.chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, bytes.length));
      this.used = 0;
    }
    this.used += bytes.copy(this.chunk, this.used);
    this.size += bytes.length;
  }
}

const CHUNK_BYTES = 64 * 1024;
const EMPTY_DOCUMENT = Buffer.of(5, 0, 0, 0, 0);

type FieldsWithRaw = Readonly<Record<string, Encodable | RawBson>>;

/** BSON of a document, in parts; those of its fields that are BSON already come first. */
export function encodeWithRaw(fields: FieldsWithRaw): Buffer[] {
  const elements: Buffer[] = [];
  const others: Record<string, Encodable> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof RawBson) {
      elements.push(elementHead(value.type, name));
      for (const part of value.parts) elements.push(part); // too many, perhaps, for the arguments of one call
    } else others[name] = value;
  }
  return joined(elements, encodeDocument(others));
}

/** The parts of a document of these elements and the fields of another. */
function joined(elements: readonly Buffer[], document: Buffer): Buffer[] {
  const size = Buffer.allocUnsafe(4);
  size.writeInt32LE(elements.reduce((bytes, { length }) => bytes + length, document.length));
  return [size, ...elements, document.subarray(4)];
}

/** As `elementHead`; those of the first documents of an array are kept. */
function documentHead(index: number): Buffer {
  if (index >= KEPT_HEADS) return elementHead(DOCUMENT, String(index));
  documentHeads[index] ??= elementHead(DOCUMENT, String(index));
  return documentHeads[index];
}

/** The default size of a first batch (MongoDB), and more. */
const KEPT_HEADS = 128;
const documentHeads: Buffer[] = [];

function elementHead(type: number, name: string): Buffer {
  return Buffer.from(`${String.fromCharCode(type)}${name}\0`, "utf8");
}
