import { Double, Int32 } from "bson";
import { compareValues } from "../bson/compare.ts";
import { ValueSet } from "../bson/value-map.ts";
import { type Document, isDocument, isNumber, numberOf, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { compileExpression } from "./expressions.ts";
import { Total } from "./total.ts";

/** Accumulates one field of a group. */
interface Accumulator {
  add(value: Value | undefined): void;
  result(): Value;
}

const ACCUMULATORS: Readonly<Record<string, () => Accumulator>> = {
  $sum: sum,
  $avg: average,
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $first: first,
  $last: last,
  $push: push,
  $addToSet: addToSet,
};

/** One field of `$group`. */
export interface CompiledAccumulator {
  /** Creates the accumulator of a group. */
  create(): { add(document: Document): void; result(): Value };
  /** The result for so many documents, where their contents do not matter and it is known at once. */
  ofCount?(count: number): Value;
}

/** Compiles one field of `$group`. @throws CommandError */
export function compileAccumulator(field: string, accumulator: Value): CompiledAccumulator {
  const [entry, ...others] = isDocument(accumulator) ? accumulator : [];
  if (!entry) throw new CommandError("Location40234", `The field '${field}' must be an accumulator object`);
  if (others.length > 0)
    throw new CommandError("Location40238", `The field '${field}' must specify one accumulator`);
  const [name, operand] = entry;
  if (name === "$count") {
    if (!isDocument(operand) || operand.size > 0)
      throw new CommandError("TypeMismatch", "$count takes no arguments, i.e. $count:{}");
    return { create: withExpression(sum, () => new Int32(1)), ofCount: numberOf };
  }
  const create = Object.hasOwn(ACCUMULATORS, name) ? ACCUMULATORS[name] : undefined;
  if (LEFT_OUT.accumulators.has(name)) throw notSupported(`the accumulator ${name}`);
  if (!create) throw new CommandError("Location15952", `unknown group operator '${name}'`);
  if (Array.isArray(operand))
    throw new CommandError("Location40237", `The ${name} accumulator is a unary operator`);
  const compiled = { create: withExpression(create, compileExpression(operand)) };
  const isOne = name === "$sum" && operand instanceof Int32 && operand.value === 1;
  return isOne ? { ...compiled, ofCount: numberOf } : compiled;
}

function withExpression(create: () => Accumulator, expression: (document: Document) => Value | undefined) {
  return () => {
    const { add, result } = create();
    return { add: (document: Document) => add(expression(document)), result };
  };
}

/** Ignores values that are not numbers. */
function sum(): Accumulator {
  const total = new Total();
  return {
    add: (value) => {
      if (isNumber(value)) total.add(value);
    },
    result: () => total.toValue(),
  };
}

function average(): Accumulator {
  const total = new Total();
  return {
    add: (value) => {
      if (isNumber(value)) total.add(value);
    },
    result: () => (total.count === 0 ? null : new Double(total.toDouble() / total.count)),
  };
}

/** Ignores null and missing values. */
function extreme(sign: 1 | -1): Accumulator {
  let best: Value = null;
  return {
    add(value) {
      if (value === undefined || value === null) return;
      if (best === null || compareValues(value, best) * sign > 0) best = value;
    },
    result: () => best,
  };
}

function first(): Accumulator {
  let found: { value: Value } | undefined;
  return {
    add: (value) => {
      found ??= { value: value ?? null };
    },
    result: () => found?.value ?? null,
  };
}

function last(): Accumulator {
  let found: Value = null;
  return {
    add: (value) => {
      found = value ?? null;
    },
    result: () => found,
  };
}

function push(): Accumulator {
  const values: Value[] = [];
  return {
    add: (value) => {
      if (value !== undefined) values.push(value);
    },
    result: () => values,
  };
}

function addToSet(): Accumulator {
  const values = new ValueSet();
  return {
    add: (value) => {
      if (value !== undefined) values.add(value);
    },
    result: () => [...values.values()],
  };
}
