import { BSONRegExp } from "bson";
import { compareValues, equalValues, toFraction, typeOrder } from "../bson/compare.ts";
import { ValueSet } from "../bson/value-map.ts";
import { isDocument, isNumber, show, toNumber, typeTest, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { type Path, somePlace, someValue } from "./paths.ts";
import { compileRegex } from "./regex.ts";

/** A compiled operator with its operand. */
export interface FieldTest {
  atPath(document: Value, path: Path): boolean;
  /** Tests an element of an array; nested arrays are not traversed. */
  ofElement(element: Value): boolean;
}

type ValueTest = (value: Value | undefined) => boolean;

/** A field test that passes if any value at the path does; `negated`: if none does. */
export function testing(
  test: ValueTest,
  { negated = false, wholeArrays = false }: { negated?: boolean; wholeArrays?: boolean } = {},
): FieldTest {
  const some = wholeArrays ? somePlace : someValue;
  return {
    atPath: (document, path) => some(document, path, test) !== negated,
    ofElement: (element) => test(element) !== negated,
  };
}

const OPERATORS: Record<string, (operand: Value) => FieldTest> = {
  $eq: (operand) => testing(equals(operand)),
  $ne: (operand) => {
    if (operand instanceof BSONRegExp) throw new CommandError("BadValue", "Can't have regex as arg to $ne.");
    return testing(equals(operand), { negated: true });
  },
  $gt: (operand) => testing(compares(operand, (order) => order > 0)),
  $gte: (operand) => testing(orEquals(operand, (order) => order > 0)),
  $lt: (operand) => testing(compares(operand, (order) => order < 0)),
  $lte: (operand) => testing(orEquals(operand, (order) => order < 0)),
  $in: (operand) => testing(oneOf("$in", operand)),
  $nin: (operand) => testing(oneOf("$nin", operand), { negated: true }),
  $regex: (operand) => testing(matchesRegex(operand as BSONRegExp)),
  $exists: (operand) => testing((value) => value !== undefined, { negated: !isTruthy(operand) }),
  $type: (operand) => testing(ofType(operand)),
  $size: (operand) => {
    const size = wholeNumber("$size", operand);
    if (size < 0) throw new CommandError("BadValue", `Failed to parse $size. Expected a non-negative number`);
    return testing((value) => Array.isArray(value) && value.length === size, { wholeArrays: true });
  },
  $mod: (operand) => testing(remainder(operand)),
  $all: all,
};

/**
 * Compiles one operator.
 * @throws CommandError BadValue for an unknown operator or a wrong operand
 */
export function compileOperator(operator: string, operand: Value): FieldTest {
  const compile = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (LEFT_OUT.queryOperators.has(operator)) throw notSupported(`the query operator ${operator}`);
  if (!compile) throw new CommandError("BadValue", `unknown operator: ${operator}`);
  return compile(operand);
}

/** null matches a missing field too. */
function equals(operand: Value): ValueTest {
  return operand === null ? (value) => (value ?? null) === null : (value) => equalValues(value, operand);
}

/** Only values of the operand's type compare; NaN compares with nothing. */
function compares(operand: Value, holds: (order: number) => boolean): ValueTest {
  if (operand instanceof BSONRegExp)
    throw new CommandError("BadValue", "Can't have RegEx as arg to predicate over field");
  const type = typeOrder(operand);
  if (isNotANumber(operand)) return () => false;
  return (value) =>
    value !== undefined &&
    typeOrder(value) === type &&
    !isNotANumber(value) &&
    holds(compareValues(value, operand));
}

function orEquals(operand: Value, holds: (order: number) => boolean): ValueTest {
  const [strictly, equally] = [compares(operand, holds), equals(operand)];
  return (value) => equally(value) || strictly(value);
}

function isNotANumber(value: Value): boolean {
  return isNumber(value) && Number.isNaN(toNumber(value));
}

function oneOf(operator: string, operand: Value): ValueTest {
  if (!Array.isArray(operand)) throw new CommandError("BadValue", `${operator} needs an array`);
  for (const choice of operand) refuseOperators(operator, choice);
  // The ids of our documents are strings, and one query may contain hundreds.
  const strings = new Set<Value | undefined>(operand.filter((choice) => typeof choice === "string"));
  const others = new ValueSet();
  for (const choice of operand) if (typeof choice !== "string") others.add(choice);
  const patterns = operand.filter((choice) => choice instanceof BSONRegExp).map(matchesRegex);
  return (value) =>
    typeof value === "string"
      ? strings.has(value) || patterns.some((test) => test(value))
      : others.size > 0 && others.has(value ?? null);
}

function refuseOperators(operator: string, value: Value): void {
  if (value instanceof Map && (value.keys().next().value?.startsWith("$") ?? false)) {
    throw new CommandError("BadValue", `cannot nest $ under ${operator}`);
  }
}

/** Matches strings, and equal expressions stored as values. */
function matchesRegex(regex: BSONRegExp): ValueTest {
  const expression = compileRegex(regex);
  return (value) => (typeof value === "string" ? expression.test(value) : equalValues(value, regex));
}

function ofType(operand: Value): ValueTest {
  const types = Array.isArray(operand) ? operand : [operand];
  if (types.length === 0) throw new CommandError("FailedToParse", "a must match at least one type");
  const tests = types.map((type) => {
    const known = typeof type === "string" || isNumber(type);
    const test = known ? typeTest(typeof type === "string" ? type : toNumber(type)) : undefined;
    if (known && LEFT_OUT.types.has(String(type))) throw notSupported(`the type ${show(type)}`);
    if (!test) throw new CommandError("BadValue", `Unknown type name alias: ${show(type)}`);
    return test;
  });
  return (value) => value !== undefined && tests.some((test) => test(value));
}

/** The remainder of the integer part, as in MongoDB. */
function remainder(operand: Value): ValueTest {
  if (!Array.isArray(operand) || operand.length !== 2) {
    throw new CommandError("BadValue", "malformed mod, not an array of two numbers");
  }
  const [divisor, expected] = operand.map((value) => toInt64(value));
  if (divisor === undefined || expected === undefined) {
    throw new CommandError("BadValue", "malformed mod, divisor and remainder must be numbers");
  }
  if (divisor === 0n) throw new CommandError("BadValue", "divisor cannot be 0");
  return (value) => {
    const dividend = value === undefined ? undefined : toInt64(value);
    return dividend !== undefined && dividend % divisor === expected;
  };
}

function toInt64(value: Value): bigint | undefined {
  const exact = isNumber(value) ? toFraction(value) : undefined;
  if (!exact) return undefined;
  const whole = exact.numerator / exact.denominator;
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function all(operand: Value): FieldTest {
  if (!Array.isArray(operand)) throw new CommandError("BadValue", "$all needs an array");
  const tests = operand.map((choice) => {
    if (isDocument(choice) && choice.has("$elemMatch")) throw notSupported("$elemMatch within $all");
    refuseOperators("$all", choice);
    return testing(choice instanceof BSONRegExp ? matchesRegex(choice) : equals(choice));
  });
  return {
    atPath: (document, path) => tests.length > 0 && tests.every((test) => test.atPath(document, path)),
    ofElement: (element) => tests.length > 0 && tests.every((test) => test.ofElement(element)),
  };
}

function wholeNumber(operator: string, operand: Value): number {
  const number = isNumber(operand) ? toNumber(operand) : Number.NaN;
  if (!Number.isSafeInteger(number)) {
    throw new CommandError("BadValue", `Failed to parse ${operator}. Expected an integer`);
  }
  return number;
}

/** MongoDB's truthiness: everything but false, null and zero. */
export function isTruthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !isNumber(value) || toNumber(value) !== 0;
}
