import { Decimal128, Double, Int32, Long } from "bson";
import { combine } from "../bson/arithmetic.ts";
import { isNumber, type NumberValue, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { Total } from "./total.ts";

type Arguments = readonly (Value | undefined)[];

export function isNullish(value: Value | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** `$add`: numbers, or numbers and one date. Null if any of them is null or missing. */
export function add(args: Arguments): Value {
  const dates = args.filter((value) => value instanceof Date);
  if (dates.length > 1)
    throw new CommandError("Location16612", "only one date allowed in an $add expression");
  const numbers = numbersOf(
    "$add",
    args.filter((value) => !(value instanceof Date)),
  );
  if (!numbers) return null;
  const total = new Total();
  for (const number of numbers) total.add(number);
  const [date] = dates;
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

/** `$multiply`. Null if any of them is null or missing. */
export function multiply(args: Arguments): Value {
  const numbers = numbersOf("$multiply", args);
  if (!numbers) return null;
  return numbers.reduce((product: NumberValue, number) => {
    const next = combine("multiply", product, number);
    if (next) return next;
    throw notSupported("an integer overflow in $multiply");
  }, new Int32(1));
}

/** `$divide`: always a double. */
export function divide(args: Arguments): Value {
  const [a, b] = numbersOf("$divide", args) ?? [];
  if (!a || !b) return null;
  if (a instanceof Decimal128 || b instanceof Decimal128) throw notSupported("$divide of a Decimal128");
  if (toNumber(b) === 0) throw new CommandError("BadValue", "can't $divide by zero");
  return new Double(toNumber(a) / toNumber(b));
}

/** The arguments as numbers; undefined if one is null or missing. @throws CommandError for other types */
function numbersOf(name: string, args: Arguments): NumberValue[] | undefined {
  const wrong = args.find((value) => !isNullish(value) && !isNumber(value));
  if (wrong !== undefined) {
    throw new CommandError("TypeMismatch", `${name} only supports numeric types, not ${typeName(wrong)}`);
  }
  const numbers = args.filter(isNumber);
  return numbers.length === args.length ? numbers : undefined;
}

/** Refuses fractions of a millisecond, since MongoDB's rounding is not documented. */
function shifted(date: Date, milliseconds: number): Date {
  const moment = new Date(date.getTime() + milliseconds);
  if (Number.isInteger(milliseconds) && !Number.isNaN(moment.getTime())) return moment;
  throw notSupported("a date beyond the year 275760, or part of a millisecond,");
}
