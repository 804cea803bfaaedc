/** The bits of the ECMA polynomial, reversed, as two halves: JavaScript has no fast whole numbers of 64 bits. */
const POLYNOMIAL = { high: 0xc96c5795, low: 0xd7870f42 };

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let [high, low] = [0, byte];
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      high ^= POLYNOMIAL.high;
      low ^= POLYNOMIAL.low;
    }
  }
  return { high, low };
});

/** CRC-64/XZ, which Go calls ECMA: the checksum in archives of `mongodump`. */
export class Crc64 {
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): this {
    let [high, low] = [this.#high, this.#low];
    for (const byte of bytes) {
      const entry = TABLE[(low ^ byte) & 0xff] ?? { high: 0, low: 0 };
      low = ((low >>> 8) | (high << 24)) ^ entry.low;
      high = (high >>> 8) ^ entry.high;
    }
    [this.#high, this.#low] = [high, low];
    return this;
  }

  /** As a signed number, which is how archives store it. */
  value(): bigint {
    const unsigned = (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
    return BigInt.asIntN(64, unsigned);
  }
}
