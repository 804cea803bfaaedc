import { Decimal128, Double, Int32, Long } from "bson";
import { combine } from "../bson/arithmetic.ts";
import { isNumber, type NumberValue, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { Total } from "./total.ts";

/** An expression's arguments, in order; each may be missing. */
export type Arguments = Iterable<Value | undefined>;

export function isNullish(value: Value | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** `$add`: numbers, or numbers and one date. Null at the first that is null or missing. */
export function add(args: Arguments): Value {
  const total = new Total();
  let date: Date | undefined;
  for (const value of args) {
    if (isNullish(value)) return null;
    if (isNumber(value)) {
      total.add(value);
    } else if (value instanceof Date) {
      if (date) throw new CommandError("Location16612", "only one date allowed in an $add expression");
      date = value;
    } else {
      throw notNumeric("$add", value);
    }
  }
  return date ? shifted(date, total.toDouble()) : total.toValue();
}

/** `$subtract`: two numbers, a number from a date, or two dates, which gives milliseconds. */
export function subtract([a, b]: Arguments): Value {
  if (isNullish(a) || isNullish(b)) return null;
  if (a instanceof Date && b instanceof Date) return Long.fromNumber(a.getTime() - b.getTime());
  if (a instanceof Date && isNumber(b)) return shifted(a, -toNumber(b));
  if (!isNumber(a) || !isNumber(b)) {
    throw new CommandError("Location16556", `can't $subtract ${typeName(b)} from ${typeName(a)}`);
  }
  const negative = b instanceof Double ? new Double(-b.value) : combine("multiply", b, new Int32(-1));
  const difference = negative && combine("add", a, negative);
  if (difference) return difference;
  throw notSupported("an integer overflow in $subtract");
}

/** `$multiply`. Null at the first that is null or missing. */
export function multiply(args: Arguments): Value {
  let product: NumberValue = new Int32(1);
  for (const value of args) {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw notNumeric("$multiply", value);
    const next = combine("multiply", product, value);
    if (!next) throw notSupported("an integer overflow in $multiply");
    product = next;
  }
  return product;
}

/** `$divide`: always a double. Null if either is null or missing. */
export function divide([a, b]: Arguments): Value {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a)) throw notNumeric("$divide", a);
  if (!isNumber(b)) throw notNumeric("$divide", b);
  if (a instanceof Decimal128 || b instanceof Decimal128) throw notSupported("$divide of a Decimal128");
  if (toNumber(b) === 0) throw new CommandError("BadValue", "can't $divide by zero");
  return new Double(toNumber(a) / toNumber(b));
}

function notNumeric(name: string, value: Value): CommandError {
  return new CommandError("TypeMismatch", `${name} only supports numeric types, not ${typeName(value)}`);
}

/** Refuses fractions of a millisecond, since MongoDB's rounding is not documented. */
function shifted(date: Date, milliseconds: number): Date {
  const moment = new Date(date.getTime() + milliseconds);
  if (Number.isInteger(milliseconds) && !Number.isNaN(moment.getTime())) return moment;
  throw notSupported("a date beyond the year 275760, or part of a millisecond,");
}
