/** Reads a stream in pieces of a known size. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #waiting: Buffer[] = [];
  #size = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill(1));
  }

  /** The next bytes, which stay; null when there are not as many. */
  async peek(size: number): Promise<Buffer | null> {
    return (await this.#fill(size)) ? this.#joined().subarray(0, size) : null;
  }

  /** The next bytes; null when there are not as many. */
  async take(size: number): Promise<Buffer | null> {
    if (!(await this.#fill(size))) return null;
    const all = this.#joined();
    this.#waiting = [all.subarray(size)];
    this.#size -= size;
    return all.subarray(0, size);
  }

  async #fill(size: number): Promise<boolean> {
    while (this.#size < size) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#waiting.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      this.#size += value.byteLength;
    }
    return true;
  }

  #joined(): Buffer {
    const [only = Buffer.alloc(0)] = this.#waiting;
    if (this.#waiting.length === 1) return only;
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [all];
    return all;
  }
}
