import { BSONRegExp } from "bson";
import { equalValues } from "../bson/compare.ts";
import { ValueSet } from "../bson/value-map.ts";
import { type Document, isDocument, isNumber, show, toNumber, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { compileQuery, isFieldQuery, isOperators } from "../query/matcher.ts";
import type { Change, Target } from "./change.ts";
import { cloneValue, getAt, setAt, viableAt } from "./document-paths.ts";

/** `$push`, with `$each` and `$slice`. */
export function push(operand: Value): Change {
  const { values, slice } = hasModifiers(operand)
    ? pushModifiers(operand)
    : { values: [operand], slice: undefined };
  return (target) => {
    const present = getAt(target.document, target.path);
    if (present !== undefined && !Array.isArray(present)) {
      throw new CommandError(
        "BadValue",
        `The field '${target.path.join(".")}' must be an array but is of type ${typeName(present)} in document {_id: ${show(target.document.get("_id"))}}`,
      );
    }
    const all = [...(present ?? []), ...values.map(cloneValue)];
    setAt(target.document, target.path, slice === undefined ? all : sliced(all, slice));
  };
}

/** Whether an operand contains modifiers, rather than being the value to add. */
function hasModifiers(operand: Value): operand is Document {
  return isOperators(operand) || (isDocument(operand) && operand.has("$each"));
}

/** The first `size` elements, or the last if it is negative. */
function sliced(values: Value[], size: number): Value[] {
  if (size === 0) return [];
  return size > 0 ? values.slice(0, size) : values.slice(size);
}

function pushModifiers(modifiers: Document): { values: Value[]; slice: number | undefined } {
  for (const name of modifiers.keys()) {
    if (name === "$sort" || name === "$position") throw notSupported(`$push with ${name}`);
    if (name !== "$each" && name !== "$slice") {
      throw new CommandError("BadValue", `Unrecognized clause in $push: ${name}`);
    }
  }
  const slice = modifiers.get("$slice");
  const size = isNumber(slice) ? toNumber(slice) : undefined;
  if (slice !== undefined && !Number.isInteger(size)) {
    throw new CommandError(
      "BadValue",
      `The value for $slice must be an integer value but was given type: ${typeName(slice)}`,
    );
  }
  return { values: eachOf("$push", modifiers), slice: size };
}

function eachOf(operator: string, modifiers: Document): Value[] {
  const each = modifiers.get("$each");
  if (!Array.isArray(each)) {
    throw new CommandError(
      "BadValue",
      `The argument to $each in ${operator} must be an array but it was of type: ${typeName(each)}`,
    );
  }
  return each;
}

/** `$addToSet`, with `$each`. */
export function addToSet(operand: Value): Change {
  const values = hasModifiers(operand) ? addToSetEach(operand) : [operand];
  return (target) => {
    const present = getAt(target.document, target.path);
    if (present !== undefined && !Array.isArray(present)) {
      throw new CommandError(
        "BadValue",
        `Cannot apply $addToSet to non-array field. Field named '${target.path.at(-1)}' has non-array type ${typeName(present)}`,
      );
    }
    const known = new ValueSet();
    for (const element of present ?? []) known.add(element);
    const added = values.filter((value) => known.add(value));
    setAt(target.document, target.path, [...(present ?? []), ...added.map(cloneValue)]);
  };
}

function addToSetEach(modifiers: Document): Value[] {
  for (const name of modifiers.keys()) {
    if (name !== "$each")
      throw new CommandError("BadValue", `Found unexpected fields after $each in $addToSet: ${name}`);
  }
  return eachOf("$addToSet", modifiers);
}

/** `$pull`: removes elements that equal a value or match a query. */
export function pull(operand: Value): Change {
  const goes = isDocument(operand) || operand instanceof BSONRegExp ? matching(operand) : equalTo(operand);
  return (target) => {
    const present = arrayAt(
      target,
      (type) => new CommandError("BadValue", `Cannot apply $pull to a non-array value of type ${type}`),
    );
    if (present)
      setAt(
        target.document,
        target.path,
        present.filter((element) => !goes(element)),
      );
  };
}

function equalTo(operand: Value): (element: Value) => boolean {
  return (element) => equalValues(element, operand);
}

/** Operators and regular expressions apply as to a field, so an element that is an array is traversed. */
function matching(operand: Document | BSONRegExp): (element: Value) => boolean {
  if (operand instanceof BSONRegExp || isFieldQuery(operand)) {
    const { matches } = compileQuery(new Map([["", operand]]));
    return (element) => matches(new Map([["", element]]));
  }
  const { matches } = compileQuery(operand);
  return (element) => isDocument(element) && matches(element);
}

/** `$pop`: removes the last element (1) or the first (-1). */
export function pop(operand: Value): Change {
  const end = isNumber(operand) ? toNumber(operand) : 0;
  if (end !== 1 && end !== -1)
    throw new CommandError("FailedToParse", `$pop expects 1 or -1, found: ${show(operand)}`);
  return (target) => {
    const present = arrayAt(
      target,
      (type) =>
        new CommandError(
          "TypeMismatch",
          `Path '${target.path.join(".")}' contains an element of non-array type '${type}'`,
        ),
    );
    if (present) setAt(target.document, target.path, end === 1 ? present.slice(0, -1) : present.slice(1));
  };
}

/** @throws CommandError PathNotViable when the path leads through what has no fields */
function arrayAt({ document, path }: Target, refusal: (type: string) => CommandError): Value[] | undefined {
  const present = viableAt(document, path);
  if (present === undefined || Array.isArray(present)) return present;
  throw refusal(typeName(present));
}
