import { Double, Int32, Long } from "bson";
import { combine, type Operation } from "../bson/arithmetic.ts";
import { compareValues } from "../bson/compare.ts";
import { isDocument, isNumber, type NumberValue, show, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { addToSet, pop, pull, push } from "./array-operators.ts";
import type { Change } from "./change.ts";
import { cloneValue, getAt, setAt, unsetAt } from "./document-paths.ts";

/** Compiles an operator's operand for the path `name`. */
type CompileChange = (operand: Value, name: string) => Change;

/** Without `$rename` and `$setOnInsert`, which concern more than one path and value; `compileUpdate` handles them. */
export const UPDATE_OPERATORS: Readonly<Record<string, CompileChange>> = {
  $set: (operand) => set(operand),
  $setOnInsert: (operand) => set(operand),
  $unset: () => (target) => unsetAt(target.document, target.path),
  $inc: (operand, name) => arithmetic("add", operand, name),
  $mul: (operand, name) => arithmetic("multiply", operand, name),
  $min: (operand) => extreme(operand, -1),
  $max: (operand) => extreme(operand, 1),
  $currentDate: currentDate,
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $pop: pop,
};

export function set(value: Value): Change {
  return ({ document, path }) => setAt(document, path, cloneValue(value));
}

function arithmetic(operation: Operation, operand: Value, name: string): Change {
  const [operator, verb] = operation === "add" ? ["$inc", "increment"] : ["$mul", "multiply"];
  if (!isNumber(operand)) {
    throw new CommandError(
      "TypeMismatch",
      `Cannot ${verb} with non-numeric argument: {${name}: ${show(operand)}}`,
    );
  }
  return ({ document, path }) => {
    const present = getAt(document, path);
    if (present !== undefined && !isNumber(present)) {
      throw new CommandError(
        "TypeMismatch",
        `Cannot apply ${operator} to a value of non-numeric type. {_id: ${show(document.get("_id"))}} has the field '${path.at(-1)}' of non-numeric type ${typeName(present)}`,
      );
    }
    const result =
      present === undefined ? startingValue(operation, operand) : combine(operation, present, operand);
    if (!result) {
      throw new CommandError(
        "BadValue",
        `Failed to apply ${operator} operations to current value (${show(present)}) for document {_id: ${show(document.get("_id"))}}`,
      );
    }
    setAt(document, path, result);
  };
}

/** A missing field counts as zero of the operand's type. */
function startingValue(operation: Operation, operand: NumberValue): NumberValue | undefined {
  if (operation === "add") return operand;
  if (operand instanceof Double) return new Double(0);
  return operand instanceof Long ? Long.fromInt(0) : combine("multiply", operand, new Int32(0));
}

/** Keeps the lesser (-1) or greater (1) of the present value and the operand, in BSON order. */
function extreme(operand: Value, sign: 1 | -1): Change {
  return ({ document, path }) => {
    const present = getAt(document, path);
    if (present === undefined || compareValues(operand, present) * sign > 0) {
      setAt(document, path, cloneValue(operand));
    }
  };
}

function currentDate(operand: Value): Change {
  const type = isDocument(operand) ? operand.get("$type") : operand;
  if (type === "timestamp") throw notSupported("$currentDate with a timestamp");
  if (typeof type !== "boolean" && type !== "date") {
    throw new CommandError(
      "BadValue",
      `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  return ({ document, path, now }) => setAt(document, path, now);
}
