import { BSONRegExp, ObjectId, Timestamp } from "bson";
import { compareStrings, equalValues } from "../bson/compare.ts";
import { type Document, isDocument, show, typeName, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { LEFT_OUT } from "../left-out.ts";
import { isArrayIndex, type Path } from "../query/paths.ts";
import type { Change } from "./change.ts";
import { cloneDocument, getAt, parseUpdatePath, unsetAt, viableAt } from "./document-paths.ts";
import { set, UPDATE_OPERATORS } from "./operators.ts";

/** A compiled update. */
export interface Update {
  /** Whether it replaces the whole document. */
  isReplacement: boolean;
  /** Returns the changed document; the given one is not modified. */
  apply(before: Document, options: { now: Date; inserting: boolean }): Document;
}

/**
 * Compiles an update.
 * @throws CommandError for what MongoDB refuses, and for pipelines, array filters and positional operators
 */
export function compileUpdate(update: Value | undefined): Update {
  if (Array.isArray(update)) throw notSupported("an update by an aggregation pipeline");
  if (!isDocument(update)) {
    throw new CommandError("FailedToParse", "Update argument must be either an object or an array");
  }
  const operators = update.keys().next().value?.startsWith("$") ?? false;
  return operators ? compileOperators(update) : compileReplacement(update);
}

function compileReplacement(replacement: Document): Update {
  for (const name of replacement.keys()) {
    if (name.startsWith("$")) {
      throw new CommandError(
        "DollarPrefixedFieldName",
        `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    }
  }
  refuseEmptyTimestamps(replacement);
  return {
    isReplacement: true,
    apply(before) {
      const document = cloneDocument(replacement);
      const id = before.get("_id");
      return keepId(id === undefined || document.has("_id") ? document : withIdFirst(document, id), before);
    },
  };
}

interface Step {
  path: Path;
  change: Change;
  onlyOnInsert: boolean;
}

function compileOperators(update: Document): Update {
  const steps = Array.from(update).flatMap(([operator, fields]) => compileOperator(operator, fields));
  refuseConflicts(steps.map(({ path }) => path));
  // MongoDB applies changes, and thus adds new fields, in the order of their paths.
  const ordered = steps.toSorted((a, b) => comparePaths(a.path, b.path));
  return {
    isReplacement: false,
    apply(before, { now, inserting }) {
      const document = cloneDocument(before);
      for (const { path, change, onlyOnInsert } of ordered) {
        if (inserting || !onlyOnInsert) change({ document, path, now });
      }
      return keepId(document, before);
    },
  };
}

function compileOperator(operator: string, fields: Value): Step[] {
  if (LEFT_OUT.updateOperators.has(operator)) throw notSupported(`the update operator ${operator}`);
  const known = operator === "$rename" || Object.hasOwn(UPDATE_OPERATORS, operator);
  if (!known) {
    throw new CommandError(
      "FailedToParse",
      `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    );
  }
  if (!isDocument(fields)) {
    throw new CommandError(
      "FailedToParse",
      `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${show(fields)}}`,
    );
  }
  const steps: Step[] = [];
  const compile = UPDATE_OPERATORS[operator];
  const onlyOnInsert = operator === "$setOnInsert";
  for (const [name, operand] of fields) {
    if (!compile) steps.push(...renameSteps(name, operand));
    else steps.push({ change: compile(operand, name), path: parseUpdatePath(name), onlyOnInsert });
  }
  return steps;
}

/** The old name gets a step of its own, so that it conflicts with other changes of it. */
function renameSteps(from: string, to: Value): Step[] {
  if (typeof to !== "string") {
    throw new CommandError("BadValue", `The 'to' field for $rename must be a string: ${from}: ${show(to)}`);
  }
  if (from === to)
    throw new CommandError(
      "BadValue",
      `The source and target field for $rename must differ: ${from}: "${to}"`,
    );
  const [source, target] = [parseUpdatePath(from), parseUpdatePath(to)];
  const rename: Change = ({ document, now }) => {
    const value = viableAt(document, source);
    if (value === undefined) return;
    refuseArrayElement(document, source);
    refuseArrayElement(document, target);
    unsetAt(document, source);
    unsetAt(document, target);
    set(value)({ document, path: target, now });
  };
  return [
    { path: source, change: () => {}, onlyOnInsert: false },
    { path: target, change: rename, onlyOnInsert: false },
  ];
}

function refuseArrayElement(document: Document, path: Path): void {
  for (let depth = 1; depth < path.length; depth += 1) {
    if (Array.isArray(getAt(document, path.slice(0, depth)))) {
      throw new CommandError(
        "BadValue",
        `The field '${path.join(".")}' of $rename cannot be an array element`,
      );
    }
  }
}

function refuseConflicts(paths: readonly Path[]): void {
  for (const [index, path] of paths.entries()) {
    const other = paths.slice(0, index).find((earlier) => isPrefix(earlier, path) || isPrefix(path, earlier));
    if (!other) continue;
    const shorter = other.length < path.length ? other : path;
    throw new CommandError(
      "ConflictingUpdateOperators",
      `Updating the path '${path.join(".")}' would create a conflict at '${shorter.join(".")}'`,
    );
  }
}

function isPrefix(shorter: Path, longer: Path): boolean {
  return shorter.every((part, index) => part === longer[index]);
}

/** Array indexes by value, other names by their bytes. */
function comparePaths(a: Path, b: Path): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    return isArrayIndex(part) && isArrayIndex(other)
      ? Number(part) - Number(other)
      : compareStrings(part, other);
  }
  return a.length - b.length;
}

/** The changed document with its previous `_id`. @throws CommandError ImmutableField if that was changed */
function keepId(document: Document, before: Document): Document {
  const id = before.get("_id");
  if (id === undefined) return document;
  if (!equalValues(document.get("_id"), id)) {
    throw new CommandError(
      "ImmutableField",
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  }
  return withIdFirst(document, id);
}

/**
 * MongoDB replaces an empty timestamp in a top-level field by the present time, which is not supported.
 * @throws CommandError CommandNotSupported
 */
export function refuseEmptyTimestamps(document: Document): void {
  for (const [name, value] of document) {
    if (name !== "_id" && value instanceof Timestamp && value.isZero()) {
      throw notSupported(`Timestamp(0, 0), to be filled in, in '${name}'`);
    }
  }
}

function withIdFirst(document: Document, id: Value): Document {
  if (document.keys().next().value === "_id") return document.set("_id", id);
  return new Map<string, Value>([["_id", id], ...document, ["_id", id]]);
}

/**
 * A document as it is stored: its `_id` first, a new one if it has none.
 * @throws CommandError for an `_id` of a type MongoDB does not accept
 */
export function identified(document: Document): Document {
  const id = document.get("_id");
  if (Array.isArray(id) || id instanceof BSONRegExp) {
    throw new CommandError("InvalidIdField", `The '_id' value cannot be of type ${typeName(id)}`);
  }
  return withIdFirst(document, id === undefined ? new ObjectId() : id);
}
