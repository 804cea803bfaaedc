import { EMPTY_ARRAY, type KeyValue } from "../bson/index-key.ts";
import { isDocument, type Value } from "../bson/values.ts";

/** A dotted path, split into its parts. */
export type Path = readonly string[];

export function parsePath(path: string): Path {
  return path.split(".");
}

/** Whether a part of a path can be an array index. */
export function isArrayIndex(part: string): boolean {
  return /^(0|[1-9]\d*)$/.test(part);
}

/** Gets a found value, `undefined` where the path ends too early, and whether an array index led to it. */
type Visit = (found: Value | undefined, atPosition: boolean) => boolean;

/**
 * Visits the values at a query's path, traversing arrays of documents as MongoDB does. An array in the middle without
 * documents, or an element of it that has no fields, is not visited at all. Stops and returns true as soon as `visit` does.
 */
export function somePlace(
  value: Value | undefined,
  path: Path,
  visit: Visit,
  depth = 0,
  atPosition = false,
): boolean {
  const part = path[depth];
  if (part === undefined) return visit(value, atPosition);
  if (isDocument(value)) return somePlace(value.get(part), path, visit, depth + 1);
  if (!Array.isArray(value)) return visit(undefined, false);
  if (isPositionOf(value, part)) {
    const element = value[Number(part)];
    const goesOn = depth + 1 === path.length || isDocument(element) || Array.isArray(element);
    if (goesOn && somePlace(element, path, visit, depth + 1, true)) return true;
  }
  return value.some((element) => isDocument(element) && somePlace(element, path, visit, depth));
}

function isPositionOf(array: readonly Value[], part: string): boolean {
  return isArrayIndex(part) && Number(part) < array.length;
}

/** Like `somePlace`, but also visits each element of an array that is found as a field. */
export function someValue(
  value: Value | undefined,
  path: Path,
  visit: (found: Value | undefined) => boolean,
): boolean {
  return somePlace(value, path, (found, atPosition) =>
    Array.isArray(found) && !atPosition
      ? found.some((element) => visit(element)) || visit(found)
      : visit(found),
  );
}

/**
 * The values a document is indexed and sorted by at a path. Never empty; a missing field counts as null. It contains every
 * value a query could compare there, except a null behind an array index.
 */
export function keyValues(document: Value, path: Path): { values: KeyValue[]; throughArray: boolean } {
  const values: KeyValue[] = [];
  gatherKeys(document, path, values);
  return { values: values.length === 0 ? [null] : values, throughArray: passesArray(document, path) };
}

/** Traverses a path like a query, but array elements that are not documents count as null. */
function gatherKeys(
  value: Value | undefined,
  path: Path,
  keys: KeyValue[],
  depth = 0,
  atPosition = false,
): void {
  const part = path[depth];
  if (part === undefined) {
    if (!Array.isArray(value) || atPosition) keys.push(value ?? null);
    else if (value.length === 0) keys.push(EMPTY_ARRAY);
    else for (const element of value) keys.push(element);
  } else if (isDocument(value)) {
    gatherKeys(value.get(part), path, keys, depth + 1);
  } else if (!Array.isArray(value)) {
    keys.push(null);
  } else if (isPositionOf(value, part)) {
    gatherKeys(value[Number(part)], path, keys, depth + 1, true);
    for (const element of value)
      if (isDocument(element) && element.has(part)) gatherKeys(element, path, keys, depth);
  } else {
    for (const element of value) {
      if (isDocument(element)) gatherKeys(element, path, keys, depth);
      else keys.push(null);
    }
  }
}

function passesArray(document: Value, path: Path): boolean {
  let value: Value | undefined = document;
  for (const part of path) {
    if (!isDocument(value)) break;
    value = value.get(part);
    if (Array.isArray(value)) return true;
  }
  return false;
}
