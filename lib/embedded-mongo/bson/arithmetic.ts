import { Decimal128, Double, Int32, Long } from "bson";
import { notSupported } from "../errors.ts";
import { type NumberValue, toNumber } from "./values.ts";

export type Operation = "add" | "multiply";

/**
 * The sum or product in the wider of the two types; an int that overflows becomes a long.
 * @returns undefined when a long overflows
 * @throws CommandError for a Decimal128
 */
export function combine(operation: Operation, a: NumberValue, b: NumberValue): NumberValue | undefined {
  if (a instanceof Decimal128 || b instanceof Decimal128) throw notSupported("arithmetic on a Decimal128");
  if (a instanceof Double || b instanceof Double) {
    const [x, y] = [toNumber(a), toNumber(b)];
    return new Double(operation === "add" ? x + y : x * y);
  }
  const [x, y] = [toBigInt(a), toBigInt(b)];
  const exact = operation === "add" ? x + y : x * y;
  if (a instanceof Int32 && b instanceof Int32 && BigInt.asIntN(32, exact) === exact)
    return new Int32(Number(exact));
  return BigInt.asIntN(64, exact) === exact ? Long.fromBigInt(exact) : undefined;
}

function toBigInt(value: Int32 | Long): bigint {
  return value instanceof Long ? value.toBigInt() : BigInt(value.value);
}
