import { EMPTY_ARRAY, type KeyValue } from "../bson/index-key.ts";
import { isDocument, type Value } from "../bson/values.ts";

/** A dotted path, taken apart. */
export type Path = readonly string[];

export function parsePath(path: string): Path {
  return path.split(".");
}

/** Whether a path's part can be an array's index. */
export function isArrayIndex(part: string): boolean {
  return /^(0|[1-9]\d*)$/.test(part);
}

/**
 * Visits what a query's path leads to, walking through arrays of documents as MongoDB does; `undefined` for each
 * place where the path ends too early. An array in the middle that holds no document is not visited at all.
 * Stops and answers true as soon as `visit` does.
 */
export function somePlace(
  value: Value | undefined,
  path: Path,
  visit: (found: Value | undefined) => boolean,
  depth = 0,
): boolean {
  const part = path[depth];
  if (part === undefined) return visit(value);
  if (isDocument(value)) return somePlace(value.get(part), path, visit, depth + 1);
  if (!Array.isArray(value)) return visit(undefined);
  if (isArrayIndex(part) && Number(part) < value.length) {
    if (somePlace(value[Number(part)], path, visit, depth + 1)) return true;
  }
  return value.some((element) => isDocument(element) && somePlace(element, path, visit, depth));
}

/** As `somePlace`; where an array is found, each of its elements is visited too. */
export function someValue(
  value: Value | undefined,
  path: Path,
  visit: (found: Value | undefined) => boolean,
): boolean {
  return somePlace(value, path, (found) =>
    Array.isArray(found) ? found.some((element) => visit(element)) || visit(found) : visit(found),
  );
}

/**
 * What a document is indexed and sorted by at a path: every value a query could compare there, with the elements of
 * an array in the array's place. Never empty; a missing field counts as null.
 */
export function keyValues(document: Value, path: Path): { values: KeyValue[]; throughArray: boolean } {
  const values: KeyValue[] = [];
  somePlace(document, path, (place) => {
    if (!Array.isArray(place)) values.push(place ?? null);
    else if (place.length === 0) values.push(EMPTY_ARRAY);
    else values.push(...place);
    return false;
  });
  return { values: values.length === 0 ? [null] : values, throughArray: passesArray(document, path) };
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
