/** The largest message, in bytes (MongoDB: `maxMessageSizeBytes`). */
export const MAX_MESSAGE_BYTES = 48_000_000;
/** Message length, request id, response to, operation code. */
export const HEADER_BYTES = 16;

/** Splits a stream of bytes into messages, each of which begins with its length. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private size = 0;

  /** Bytes received and not yet returned. */
  get buffered(): number {
    return this.size;
  }

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next complete message, or undefined. @throws RangeError for an impossible length, or one over `maxBytes` */
  next(maxBytes = MAX_MESSAGE_BYTES): Buffer | undefined {
    if (this.size < HEADER_BYTES) return undefined;
    const length = this.joined(4).readInt32LE();
    if (length < HEADER_BYTES || length > maxBytes) throw new RangeError(`a message of ${length} bytes`);
    if (this.size < length) return undefined;
    const bytes = this.joined(length);
    this.chunks =
      bytes.length > length ? [bytes.subarray(length), ...this.chunks.slice(1)] : this.chunks.slice(1);
    this.size -= length;
    return bytes.subarray(0, length);
  }

  /** The first chunk, joined with the others if it is shorter than `length`. */
  private joined(length: number): Buffer {
    const [first] = this.chunks;
    if (first && first.length >= length) return first;
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }
}
