/** A buffer that grows with what is appended to it. */
export class GrowingBytes {
  protected bytes: Buffer;
  protected length = 0;

  /** @param usualSize most stay below it, in bytes */
  constructor(usualSize: number) {
    this.bytes = Buffer.allocUnsafe(usualSize);
  }

  /** What was appended so far, not copied. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  protected append(content: Uint8Array): void {
    const at = this.reserve(content.length);
    this.bytes.set(content, at);
  }

  protected byte(byte: number): void {
    const at = this.reserve(1);
    this.bytes[at] = byte;
  }

  /** Makes room for `size` bytes and answers where they start. `bytes` may be another buffer afterwards. */
  protected reserve(size: number): number {
    const start = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
    }
    return start;
  }
}
