import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import * as z from "zod";
import type { Example, IndexSnapshot } from "./text-index.ts";

/**
 * Raise it when an index of the same examples would come out different, so that those already stored are built again. A
 * test compares the index of a few examples with what it was.
 */
export const INDEX_VERSION = 1;

/** The examples an index was built from, in a form that is stored with it. */
export function indexKey(examples: readonly Example[]): string {
  const hash = createHash("sha256").update(String(INDEX_VERSION));
  for (const { text, label, isQuestion, isUrgent } of examples) {
    hash.update(`${label ?? ""}\0${isQuestion ? "?" : ""}${isUrgent ? "!" : ""}\0${text}\0`);
  }
  return hash.digest("hex");
}

/** What comes before the description: a mark, the CRC-32 of all that follows it, and the description's length. */
const PREFIX_BYTES = 12;
const CHECKED_FROM = 8;
const MARK = 0x31_58_44_49; // "IDX1"

const descriptionSchema = z.object({
  key: z.string(),
  labels: z.array(z.string().nullable()),
  lengths: z.array(z.number().int().nonnegative()),
});

/** The file of an index: a description as JSON, then its arrays one after the other, each at a multiple of four bytes. */
export function encodeIndex(key: string, snapshot: IndexSnapshot): Uint8Array<ArrayBuffer> {
  const arrays = arraysOf(snapshot);
  const json = JSON.stringify({ key, labels: snapshot.labels, lengths: arrays.map(({ length }) => length) });
  const description = Buffer.from(json.padEnd(json.length + 3));
  const descriptionBytes = description.length & ~3; // the blanks at the end make room for cutting
  const sizes = arrays.map(({ byteLength }) => padded(byteLength));
  const file = new Uint8Array(PREFIX_BYTES + descriptionBytes + sizes.reduce((sum, size) => sum + size, 0));
  file.set(description.subarray(0, descriptionBytes), PREFIX_BYTES);
  let offset = PREFIX_BYTES + descriptionBytes;
  for (const [index, { buffer, byteOffset, byteLength }] of arrays.entries()) {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += sizes[index] ?? 0;
  }
  const prefix = new Uint32Array(file.buffer, 0, PREFIX_BYTES / 4);
  prefix[0] = MARK;
  prefix[2] = descriptionBytes;
  prefix[1] = crc32(file.subarray(CHECKED_FROM));
  return file;
}

/** The index in a file; null when it is of other examples, damaged or of another form. Its arrays are parts of `file`. */
export function decodeIndex(key: string, file: Uint8Array<ArrayBuffer>): IndexSnapshot | null {
  if (file.byteOffset % 4 !== 0 || file.length < PREFIX_BYTES) return null;
  const [mark, checksum, descriptionBytes = 0] = new Uint32Array(
    file.buffer,
    file.byteOffset,
    PREFIX_BYTES / 4,
  );
  if (mark !== MARK || checksum !== crc32(file.subarray(CHECKED_FROM))) return null;
  const text = Buffer.from(file.buffer, file.byteOffset + PREFIX_BYTES, descriptionBytes).toString();
  const description = descriptionSchema.safeParse(JSON.parse(text)).data;
  if (description?.key !== key) return null;
  const arrays = new ArrayReader(file, PREFIX_BYTES + descriptionBytes, description.lengths);
  return snapshotOf(description.labels, arrays);
}

/** In the order in which `snapshotOf` reads them. */
function arraysOf({
  features,
  weights,
  byLabel,
  urgencies,
  byQuestion,
  questionLabels,
  words,
}: IndexSnapshot) {
  return [
    features.slots,
    features.rows,
    weights,
    byLabel.starts,
    byLabel.columns,
    byLabel.values,
    urgencies,
    byQuestion.starts,
    byQuestion.columns,
    byQuestion.values,
    questionLabels,
    words,
  ];
}

function snapshotOf(labels: IndexSnapshot["labels"], arrays: ArrayReader): IndexSnapshot {
  return {
    labels,
    features: { slots: arrays.next(Int32Array), rows: arrays.next(Int32Array) },
    weights: arrays.next(Float32Array),
    byLabel: {
      starts: arrays.next(Int32Array),
      columns: arrays.next(Uint16Array),
      values: arrays.next(Float32Array),
    },
    urgencies: arrays.next(Float32Array),
    byQuestion: {
      starts: arrays.next(Int32Array),
      columns: arrays.next(Uint16Array),
      values: arrays.next(Float32Array),
    },
    questionLabels: arrays.next(Uint16Array),
    words: arrays.next(Int32Array),
  };
}

interface ArrayType<T> {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** Reads arrays one after the other, without copying them. */
class ArrayReader {
  readonly #file: Uint8Array<ArrayBuffer>;
  #offset: number;
  readonly #lengths: Iterator<number>;

  constructor(file: Uint8Array<ArrayBuffer>, offset: number, lengths: readonly number[]) {
    this.#file = file;
    this.#offset = offset;
    this.#lengths = lengths.values();
  }

  next<T>(type: ArrayType<T>): T {
    const { value: length = 0 } = this.#lengths.next();
    const array = new type(this.#file.buffer, this.#file.byteOffset + this.#offset, length);
    this.#offset += padded(length * type.BYTES_PER_ELEMENT);
    return array;
  }
}

/** The next multiple of four. */
function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}
