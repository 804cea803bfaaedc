import { Int32 } from "bson";
import { compareValues, equalValues } from "../bson/compare.ts";
import { type Document, isDocument, isNumber, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { isTruthy } from "../query/operators.ts";
import { type Path, parsePath } from "../query/paths.ts";
import { type Arguments, add, divide, isNullish, multiply, subtract } from "./arithmetic.ts";

/** Computes a value from a document; undefined is a missing value. */
export type Expression = (document: Document) => Value | undefined;

/**
 * Compiles an aggregation expression.
 * @throws CommandError for unsupported operators and variables
 */
export function compileExpression(expression: Value): Expression {
  if (typeof expression === "string" && expression.startsWith("$")) return compileReference(expression);
  if (Array.isArray(expression)) {
    const elements = expression.map(compileExpression);
    return (document) => elements.map((element) => element(document) ?? null);
  }
  if (!isDocument(expression)) return () => expression;
  const [first] = expression;
  if (first?.[0].startsWith("$")) return compileOperator(expression, ...first);
  return compileObject(expression);
}

/** Whether an expression has the same value for every document, as far as that is seen at once. */
export function isConstant(expression: Value): boolean {
  if (typeof expression === "string") return !expression.startsWith("$");
  if (Array.isArray(expression)) return expression.every(isConstant);
  if (!isDocument(expression)) return true;
  return Array.from(expression).every(([name, value]) => !name.startsWith("$") && isConstant(value));
}

function compileReference(reference: string): Expression {
  if (reference === "$$ROOT" || reference === "$$CURRENT") return (document) => document;
  if (reference.startsWith("$$")) {
    const [variable = "", ...rest] = parsePath(reference.slice(2));
    if (LEFT_OUT.variables.has(variable)) throw notSupported(`the variable $$${variable}`);
    if (variable !== "ROOT" && variable !== "CURRENT") {
      throw new CommandError("Location17276", `Use of undefined variable: ${variable}`);
    }
    return (document) => valueAt(document, rest);
  }
  const path = parsePath(reference.slice(1));
  if (path.some((part) => part === "" || part.startsWith("$"))) {
    throw new CommandError(
      "Location16410",
      `FieldPath field names may not be empty or start with '$': ${reference}`,
    );
  }
  return (document) => valueAt(document, path);
}

/**
 * The value at a path; an array yields its documents' values, and nothing for an array inside it. Unlike in a query, a
 * number selects no element.
 */
export function valueAt(value: Value | undefined, path: Path, depth = 0): Value | undefined {
  const part = path[depth];
  if (part === undefined) return value;
  if (isDocument(value)) return valueAt(value.get(part), path, depth + 1);
  if (!Array.isArray(value)) return undefined;
  return value
    .filter(isDocument)
    .map((element) => valueAt(element, path, depth))
    .filter((found) => found !== undefined);
}

/** Fields with a missing value are omitted. */
function compileObject(object: Document): Expression {
  const fields = Array.from(object, ([name, value]) => {
    if (name.includes(".") || name.startsWith("$") || name === "") {
      throw new CommandError(
        "Location16410",
        `FieldPath field names may not contain '.' or start with '$': ${name}`,
      );
    }
    return [name, compileExpression(value)] as const;
  });
  return (document) => {
    const result: Document = new Map();
    for (const [name, expression] of fields) {
      const value = expression(document);
      if (value !== undefined) result.set(name, value);
    }
    return result;
  };
}

interface Operator {
  least: number;
  most: number;
  /** The arguments are computed as they are taken, and those after the one that decides are not. */
  compute(args: Arguments): Value | undefined;
}

const ANY = Number.POSITIVE_INFINITY;

const OPERATORS: Readonly<Record<string, Operator>> = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $and: { least: 0, most: ANY, compute: (args) => !some(args, (value) => !isTruthy(value)) },
  $or: { least: 0, most: ANY, compute: (args) => some(args, isTruthy) },
  $not: { least: 1, most: 1, compute: ([value]) => !isTruthy(value) },
  $add: { least: 0, most: ANY, compute: add },
  $subtract: { least: 2, most: 2, compute: subtract },
  $multiply: { least: 0, most: ANY, compute: multiply },
  $divide: { least: 2, most: 2, compute: divide },
  $concat: { least: 0, most: ANY, compute: concat },
  $size: { least: 1, most: 1, compute: size },
  $arrayElemAt: { least: 2, most: 2, compute: elementAt },
  $in: { least: 2, most: 2, compute: isIn },
};

function compileOperator(expression: Document, name: string, operand: Value): Expression {
  if (expression.size !== 1) {
    throw new CommandError(
      "Location15983",
      "An object representing an expression must have exactly one field",
    );
  }
  if (name === "$literal") return () => operand;
  if (name === "$cond") return compileCondition(operand);
  if (name === "$ifNull") return compileIfNull(operand);
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (LEFT_OUT.expressions.has(name)) throw notSupported(`the expression ${name}`);
  if (!operator) throw new CommandError("InvalidPipelineOperator", `Unrecognized expression '${name}'`);
  const args = (Array.isArray(operand) ? operand : [operand]).map(compileExpression);
  if (args.length < operator.least || args.length > operator.most) {
    const expected =
      operator.least === operator.most ? `exactly ${operator.least}` : `at least ${operator.least}`;
    throw new CommandError(
      "Location16020",
      `Expression ${name} takes ${expected} arguments. ${args.length} were passed in.`,
    );
  }
  return (document) => operator.compute(computeEach(args, document));
}

function* computeEach(args: readonly Expression[], document: Document): Arguments {
  for (const argument of args) yield argument(document);
}

function some(args: Arguments, test: (value: Value | undefined) => boolean): boolean {
  for (const value of args) if (test(value)) return true;
  return false;
}

function compileCondition(operand: Value): Expression {
  const parts = isDocument(operand)
    ? [operand.get("if"), operand.get("then"), operand.get("else")]
    : Array.isArray(operand)
      ? operand
      : [operand];
  if (parts.length !== 3 || (isDocument(operand) && operand.size !== 3)) {
    throw new CommandError("Location16020", "Expression $cond takes exactly 3 arguments");
  }
  const [test, then, otherwise] = parts.map((part) => {
    if (part === undefined)
      throw new CommandError("Location16020", "Missing 'if', 'then' or 'else' parameter to $cond");
    return compileExpression(part);
  });
  return (document) => (isTruthy(test?.(document)) ? then?.(document) : otherwise?.(document));
}

function compileIfNull(operand: Value): Expression {
  const choices = (Array.isArray(operand) ? operand : [operand]).map(compileExpression);
  if (choices.length < 2) throw new CommandError("Location16020", "$ifNull needs at least two arguments");
  return (document) => {
    let value: Value | undefined;
    for (const choice of choices) {
      value = choice(document);
      if (value !== undefined && value !== null) break;
    }
    return value;
  };
}

/** Compares in BSON order across types; a missing value sorts before null. */
function comparison(holds: (order: number) => boolean): Operator {
  return { least: 2, most: 2, compute: ([a, b]) => holds(compareValues(a, b)) };
}

function concat(args: Arguments): Value {
  let text = "";
  for (const value of args) {
    if (isNullish(value)) return null;
    if (typeof value !== "string")
      throw new CommandError("Location16702", `$concat only supports strings, not ${typeName(value)}`);
    text += value;
  }
  return text;
}

function size([value]: Arguments): Value {
  if (Array.isArray(value)) return new Int32(value.length);
  throw new CommandError(
    "Location17124",
    `The argument to $size must be an array, but was of type: ${typeName(value)}`,
  );
}

function elementAt([array, position]: Arguments): Value | undefined {
  if (isNullish(array) || isNullish(position)) return null;
  if (!Array.isArray(array)) {
    throw new CommandError(
      "Location28689",
      `$arrayElemAt's first argument must be an array, but is ${typeName(array)}`,
    );
  }
  if (!isNumber(position)) {
    throw new CommandError(
      "Location28690",
      `$arrayElemAt's second argument must be a numeric value, but is ${typeName(position)}`,
    );
  }
  if (!Number.isInteger(toNumber(position))) {
    throw new CommandError("Location28691", "$arrayElemAt's second argument must be a whole number");
  }
  return array.at(toNumber(position));
}

function isIn([value, array]: Arguments): Value {
  if (!Array.isArray(array)) {
    throw new CommandError(
      "Location40081",
      `$in requires an array as a second argument, found: ${typeName(array)}`,
    );
  }
  return array.some((element) => equalValues(element, value));
}
