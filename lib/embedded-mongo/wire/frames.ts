/** The largest message, in bytes (MongoDB: `maxMessageSizeBytes`). */
export const MAX_MESSAGE_BYTES = 48_000_000;
/** Message length, request id, response to, operation code. */
export const HEADER_BYTES = 16;

/** Cuts a stream of bytes into messages, each beginning with its length. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private size = 0;

  /** The bytes received and not yet taken. */
  get buffered(): number {
    return this.size;
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next whole message; undefined until it is there. @throws RangeError when its length cannot be right. */
  next(): Buffer | undefined {
    if (this.size < HEADER_BYTES) return undefined;
    const length = this.joined(4).readInt32LE();
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES)
      throw new RangeError(`a message of ${length} bytes`);
    if (this.size < length) return undefined;
    const bytes = this.joined(length);
    this.chunks =
      bytes.length > length ? [bytes.subarray(length), ...this.chunks.slice(1)] : this.chunks.slice(1);
    this.size -= length;
    return bytes.subarray(0, length);
  }

  /** The first chunk, joined with others if it is shorter than `length`. */
  private joined(length: number): Buffer {
    const [first] = this.chunks;
    if (first && first.length >= length) return first;
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }
}
