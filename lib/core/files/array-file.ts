import { crc32 } from "node:zlib";
import * as z from "zod";

/** What is before the description: a mark, the CRC-32 of all that follows it, and the description's length. */
const PREFIX_BYTES = 12;
const CHECKED_FROM = 8;
const MARK = 0x32_58_44_49; // "IDX2"

const descriptionSchema = z.object({
  key: z.string(),
  about: z.unknown(),
  lengths: z.array(z.number().int().nonnegative()),
});

type NumberArray = Uint8Array | Int32Array | Uint16Array | Float32Array;

interface ArrayType<T> {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/**
 * A file of arrays: a description as JSON, then the arrays one after the other, each at a multiple of four bytes.
 * @param key what the arrays were made from
 * @param about what else belongs to them, as JSON
 */
export function encodeArrays(
  key: string,
  about: unknown,
  arrays: readonly NumberArray[],
): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify({ key, about, lengths: arrays.map(({ length }) => length) });
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

/** The arrays of a file, which are parts of it; null when it was made from something else, is damaged or of another form. */
export function decodeArrays(
  key: string,
  file: Uint8Array<ArrayBuffer>,
): { about: unknown; arrays: ArrayReader } | null {
  if (file.byteOffset % 4 !== 0 || file.length < PREFIX_BYTES) return null;
  const prefix = new Uint32Array(file.buffer, file.byteOffset, PREFIX_BYTES / 4);
  const [mark, checksum, descriptionBytes = 0] = prefix;
  if (mark !== MARK || checksum !== crc32(file.subarray(CHECKED_FROM))) return null;
  const text = Buffer.from(file.buffer, file.byteOffset + PREFIX_BYTES, descriptionBytes).toString();
  const description = descriptionSchema.safeParse(JSON.parse(text)).data;
  if (description?.key !== key) return null;
  const arrays = new ArrayReader(file, PREFIX_BYTES + descriptionBytes, description.lengths);
  return { about: description.about, arrays };
}

/** Reads arrays in the order in which they were written, without copying them. */
export class ArrayReader {
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
