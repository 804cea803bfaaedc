import fc from "fast-check";
import { Refused } from "./updates.ts";
import {
  comparePlain,
  equalPlain,
  isPlainDocument,
  type Plain,
  type PlainDocument,
  paths,
  plains,
} from "./values.ts";

/** A value; undefined is a missing one. */
type Result = Plain | undefined;

function follow(value: Result, path: readonly string[]): Result {
  const [name = "", ...rest] = path;
  if (path.length === 0) return value;
  if (isPlainDocument(value)) return follow(Object.hasOwn(value, name) ? value[name] : undefined, rest);
  if (!Array.isArray(value)) return undefined;
  return value
    .filter(isPlainDocument)
    .map((element) => follow(element, path))
    .filter((found) => found !== undefined);
}

function isTrue(value: Result): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0;
}

function isNothing(value: Result): value is null | undefined {
  return value === undefined || value === null;
}

/** A missing value sorts before null. */
function compare(a: Result, b: Result): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return comparePlain(a, b);
}

/** Takes the arguments one by one; null at the first that is nothing. */
function fold<Item extends Plain>(
  args: readonly (() => Result)[],
  begin: Item,
  step: (all: Item, value: Plain) => Item,
): Plain {
  let all = begin;
  for (const argument of args) {
    const value = argument();
    if (isNothing(value)) return null;
    all = step(all, value);
  }
  return all;
}

function numeric(value: Plain): number {
  if (typeof value !== "number") throw new Refused(14);
  return value;
}

type Evaluate = (args: readonly (() => Result)[]) => Result;

/** Both arguments, computed before either is looked at. */
function binary(combine: (a: Result, b: Result) => Result): Evaluate {
  return ([first, second]) => {
    const [a, b] = [first?.(), second?.()];
    return combine(a, b);
  };
}

function comparison(holds: (order: number) => boolean): Evaluate {
  return binary((a, b) => holds(compare(a, b)));
}

const OPERATORS: Readonly<Record<string, Evaluate>> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $and: (args) => args.every((argument) => isTrue(argument())),
  $or: (args) => args.some((argument) => isTrue(argument())),
  $not: ([argument]) => !isTrue(argument?.()),
  $add: (args) => fold<number>(args, 0, (sum, value) => sum + numeric(value)),
  $multiply: (args) => fold<number>(args, 1, (product, value) => product * numeric(value)),
  $concat: (args) =>
    fold<string>(args, "", (text, value) => {
      if (typeof value !== "string") throw new Refused(16_702);
      return text + value;
    }),
  $subtract: binary((a, b) => {
    if (isNothing(a) || isNothing(b)) return null;
    if (typeof a !== "number" || typeof b !== "number") throw new Refused(16_556);
    return a - b;
  }),
  $divide: binary((a, b) => {
    if (isNothing(a) || isNothing(b)) return null;
    const [dividend, divisor] = [numeric(a), numeric(b)];
    if (divisor === 0) throw new Refused(2);
    return dividend / divisor;
  }),
  $size: ([argument]) => {
    const value = argument?.();
    if (!Array.isArray(value)) throw new Refused(17_124);
    return value.length;
  },
  $arrayElemAt: binary((array, position) => {
    if (isNothing(array) || isNothing(position)) return null;
    if (!Array.isArray(array)) throw new Refused(28_689);
    if (typeof position !== "number") throw new Refused(28_690);
    if (!Number.isInteger(position)) throw new Refused(28_691);
    return array.at(position);
  }),
  $in: binary((value, array) => {
    if (!Array.isArray(array)) throw new Refused(40_081);
    return value !== undefined && array.some((element) => equalPlain(element, value));
  }),
  $cond: ([test, then, otherwise]) => (isTrue(test?.()) ? then?.() : otherwise?.()),
  $ifNull: (args) => {
    let value: Result;
    for (const argument of args) {
      value = argument();
      if (!isNothing(value)) break;
    }
    return value;
  },
};

/** MongoDB's documented rules, for each operator of the allow-list. @throws Refused */
export function modelEvaluate(expression: Plain, document: PlainDocument): Result {
  if (typeof expression === "string" && expression.startsWith("$"))
    return follow(document, expression.slice(1).split("."));
  if (Array.isArray(expression)) return expression.map((element) => modelEvaluate(element, document) ?? null);
  if (!isPlainDocument(expression)) return expression;
  const [name = "", operand = null] = Object.entries(expression)[0] ?? [];
  if (name === "$literal") return operand;
  if (name.startsWith("$")) {
    return OPERATORS[name]?.((operand as Plain[]).map((argument) => () => modelEvaluate(argument, document)));
  }
  const fields = Object.entries(expression).map(
    ([field, inner]) => [field, modelEvaluate(inner, document)] as const,
  );
  return Object.fromEntries(
    fields.filter((entry): entry is readonly [string, Plain] => entry[1] !== undefined),
  );
}

/** How many arguments each takes. */
const ARGUMENTS: readonly (readonly [least: number, most: number, names: readonly string[]])[] = [
  [2, 2, ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$subtract", "$divide", "$arrayElemAt", "$in"]],
  [0, 3, ["$and", "$or", "$add", "$multiply", "$concat"]],
  [1, 1, ["$not", "$size"]],
  [3, 3, ["$cond"]],
  [2, 3, ["$ifNull"]],
];

export const expressions: fc.Arbitrary<Plain> = fc.letrec<{ expression: Plain }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 3, arbitrary: paths.map((path): Plain => `$${path}`) },
    { weight: 3, arbitrary: plains.map(($literal): Plain => ({ $literal })) },
    { weight: 1, arbitrary: fc.array(tie("expression"), { maxLength: 2 }) },
    { weight: 1, arbitrary: tie("expression").map((inner): Plain => ({ f: inner })) },
    ...ARGUMENTS.map(([minLength, maxLength, names]) => ({
      weight: names.length,
      arbitrary: fc
        .tuple(fc.constantFrom(...names), fc.array(tie("expression"), { minLength, maxLength }))
        .map(([name, args]): Plain => ({ [name]: args })),
    })),
  ),
})).expression;
