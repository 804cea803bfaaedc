import { type Document, isDocument, show, type Value } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { isArrayIndex, type Path, parsePath } from "../query/paths.ts";

/** MongoDB's limit on the nulls that a write past the end of an array may add. */
const MAX_PADDING = 1_500_000;

/** Splits an update's path. @throws CommandError for empty parts, `$` names and positional operators */
export function parseUpdatePath(path: string): Path {
  const parts = parsePath(path);
  for (const part of parts) {
    if (part === "") {
      throw new CommandError(
        "EmptyFieldName",
        `The update path '${path}' contains an empty field name, which is not allowed.`,
      );
    }
    if (part === "$" || part.startsWith("$[")) throw notSupported(`the positional operator in '${path}'`);
    if (part.startsWith("$")) {
      throw new CommandError(
        "DollarPrefixedFieldName",
        `The dollar ($) prefixed field '${part}' in '${path}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    }
  }
  return parts;
}

/** The value at a path, without traversing the elements of arrays. */
export function getAt(value: Value | undefined, path: Path): Value | undefined {
  return path.reduce<Value | undefined>((inside, part) => childOf(inside, part), value);
}

function childOf(value: Value | undefined, part: string): Value | undefined {
  if (isDocument(value)) return value.get(part);
  return Array.isArray(value) && isArrayIndex(part) ? value[Number(part)] : undefined;
}

/**
 * The value at a path, undefined where it is missing and could be created.
 * @throws CommandError PathNotViable if another kind of value is in the way
 */
export function viableAt(document: Document, path: Path): Value | undefined {
  let holder: Value = document;
  for (const [depth, part] of path.entries()) {
    if (!isDocument(holder) && !(Array.isArray(holder) && isArrayIndex(part))) {
      throw new CommandError(
        "PathNotViable",
        `Cannot use the part (${part}) of (${path.join(".")}) to traverse the element ({${path[depth - 1]}: ${show(holder)}})`,
      );
    }
    const child = childOf(holder, part);
    if (child === undefined) return undefined;
    holder = child;
  }
  return holder;
}

/**
 * Sets a value at a path, creating missing documents.
 * @throws CommandError PathNotViable if another kind of value is in the way
 */
export function setAt(document: Document, path: Path, value: Value): void {
  let holder: Value = document;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    const existing = childOf(holder, part);
    const child: Value = last ? value : existing === undefined ? new Map() : existing;
    if (last || existing === undefined) setChild(holder, part, child, path, depth);
    holder = child;
  }
}

function setChild(holder: Value, part: string, child: Value, path: Path, depth: number): void {
  if (isDocument(holder)) {
    holder.set(part, child);
  } else if (Array.isArray(holder) && isArrayIndex(part)) {
    const index = Number(part);
    if (index > holder.length + MAX_PADDING) {
      throw new CommandError("BadValue", `can't backfill more than ${MAX_PADDING} elements`);
    }
    while (holder.length < index) holder.push(null);
    holder[index] = child;
  } else {
    const name = path[depth - 1] ?? "";
    throw new CommandError(
      "PathNotViable",
      `Cannot create field '${part}' in element {${name}: ${show(holder)}}`,
    );
  }
}

/** Removes the value at a path; an array keeps a null in its place. */
export function unsetAt(document: Document, path: Path): void {
  const holder = getAt(document, path.slice(0, -1));
  const name = path.at(-1) ?? "";
  if (isDocument(holder)) holder.delete(name);
  else if (Array.isArray(holder) && isArrayIndex(name) && Number(name) < holder.length)
    holder[Number(name)] = null;
}

/** A copy that shares nothing an update could change. */
export function cloneValue(value: Value): Value {
  if (isDocument(value)) return cloneDocument(value);
  return Array.isArray(value) ? value.map(cloneValue) : value;
}

export function cloneDocument(document: Document): Document {
  const copy: Document = new Map();
  for (const [name, value] of document) copy.set(name, cloneValue(value));
  return copy;
}
