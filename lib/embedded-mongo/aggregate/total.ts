import { Decimal128, Double, Int32, Long } from "bson";
import { type NumberValue, toNumber } from "../bson/values.ts";
import { notSupported } from "../errors.ts";

/**
 * A total as MongoDB keeps it: exact while there are only whole numbers, with the rounding error of the doubles
 * carried along (Knuth's two-sum) otherwise.
 */
export function createTotal() {
  let whole = 0n;
  let [double, error] = [0, 0];
  let widest: "int" | "long" | "double" = "int";
  let count = 0;

  function addDouble(value: number): void {
    const next = double + value;
    const part = next - double;
    error += double - (next - part) + (value - part);
    double = next;
  }

  return {
    add(value: NumberValue): void {
      if (value instanceof Decimal128) throw notSupported("a sum with a Decimal128");
      count += 1;
      if (value instanceof Double) {
        widest = "double";
        addDouble(value.value);
      } else {
        whole += value instanceof Long ? value.toBigInt() : BigInt(toNumber(value));
        if (value instanceof Long && widest === "int") widest = "long";
      }
    },
    get count() {
      return count;
    },
    /** The whole numbers and the doubles together. */
    toDouble(): number {
      const rest = Number(whole);
      const next = double + rest;
      if (!Number.isFinite(next)) return next;
      const part = next - double;
      return next + (error + (double - (next - part) + (rest - part)));
    },
    toValue(): NumberValue {
      if (widest === "double" || BigInt.asIntN(64, whole) !== whole) return new Double(this.toDouble());
      if (widest === "int" && BigInt.asIntN(32, whole) === whole) return new Int32(Number(whole));
      return Long.fromBigInt(whole);
    },
  };
}
