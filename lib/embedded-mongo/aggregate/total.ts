import { Decimal128, Double, Int32, Long } from "bson";
import { type NumberValue, toNumber } from "../bson/values.ts";
import { notSupported } from "../errors.ts";

/**
 * A sum like MongoDB's (`DoubleDoubleSummation` in its `util/summation.h`): exact for integers, otherwise a double with a
 * separate rounding error.
 */
export class Total {
  count = 0;
  private whole = 0n;
  private widest: "int" | "long" | "double" = "int";
  private sum = 0;
  private error = 0;
  /** The plain sum, used for infinities. */
  private plain = 0;

  add(value: NumberValue): void {
    if (value instanceof Decimal128) throw notSupported("a sum with a Decimal128");
    this.count += 1;
    if (value instanceof Double) {
      this.widest = "double";
      this.addDouble(value.value);
    } else if (value instanceof Long) {
      if (this.widest === "int") this.widest = "long";
      this.whole += value.toBigInt();
      this.addDouble(value.getLowBitsUnsigned());
      this.addDouble(value.getHighBits() * 2 ** 32);
    } else {
      this.whole += BigInt(toNumber(value));
      this.addDouble(value.value);
    }
  }

  toDouble(): number {
    return Number.isNaN(this.sum) ? this.plain : this.sum;
  }

  toValue(): NumberValue {
    const { whole, widest } = this;
    if (widest === "double" || BigInt.asIntN(64, whole) !== whole) return new Double(this.toDouble());
    if (widest === "int" && BigInt.asIntN(32, whole) === whole) return new Int32(Number(whole));
    return Long.fromBigInt(whole);
  }

  private addDouble(value: number): void {
    this.plain += value;
    const compensated = value + this.error;
    this.error -= compensated - value;
    const next = this.sum + compensated;
    const added = next - this.sum;
    this.error += this.sum - (next - added) + (compensated - added);
    this.sum = next;
  }
}
