import { type Direction, EMPTY_ARRAY, encodeJoinedKey, encodeKey, type KeyValue } from "../bson/index-key.ts";
import type { Document, Value } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import { compileQuery, type DocumentTest } from "../query/matcher.ts";
import { keyValues, type Path, parsePath } from "../query/paths.ts";
import type { IndexRecord } from "./catalog.ts";

/** The keys of a document in an index, without the index's prefix. */
export interface IndexKeys {
  keys: Buffer[];
  throughArray: boolean;
}

/** Computes the keys of an index. */
export interface Keyer {
  /** The document's keys; none when a partial index excludes it. */
  keysOf(document: Document): IndexKeys;
  /** Whether two documents may have different keys; cheaper than computing them. */
  mayDiffer(before: Document, after: Document): boolean;
}

const NO_KEYS: IndexKeys = { keys: [], throughArray: false };
const keyers = new WeakMap<IndexRecord, Keyer>();

/** The keyer of an index, cached by record. */
export function keyerOf(index: IndexRecord): Keyer {
  const known = keyers.get(index);
  if (known) return known;
  const keyer = createKeyer(index);
  keyers.set(index, keyer);
  return keyer;
}

function createKeyer({ fields, partialFilter }: IndexRecord): Keyer {
  const paths = fields.map(([path]) => parsePath(path));
  const directions = fields.map(([, direction]) => direction);
  const includes: DocumentTest = partialFilter ? compileQuery(partialFilter).matches : () => true;
  const tops = paths.map(([top = ""]) => top);
  return {
    keysOf: (document) => (includes(document) ? documentKeys(document, paths, directions) : NO_KEYS),
    mayDiffer: (before, after) =>
      partialFilter !== undefined || tops.some((top) => before.get(top) !== after.get(top)),
  };
}

function documentKeys(
  document: Document,
  paths: readonly Path[],
  directions: readonly Direction[],
): IndexKeys {
  /** The values of each key, by field. */
  let rows: KeyValue[][] = [[]];
  let throughArray = false;
  for (const path of paths) {
    const found = keyValues(document, path);
    if (found.throughArray && throughArray) {
      throw new CommandError("CannotIndexParallelArrays", "cannot index parallel arrays");
    }
    throughArray ||= found.throughArray;
    const [only = null] = found.values;
    if (found.values.length === 1) for (const row of rows) row.push(only);
    else rows = rows.flatMap((row) => found.values.map((value) => [...row, value]));
  }
  const keys = rows.map((row) => encodeJoinedKey(row, directions));
  return { keys: throughArray ? distinct(keys) : keys, throughArray };
}

function distinct(keys: readonly Buffer[]): Buffer[] {
  return [...new Map(keys.map((key) => [key.toString("latin1"), key])).values()];
}

/** The values from which one of a document's keys was computed, for the `keyValue` of a duplicate. */
export function valuesOfKey(index: IndexRecord, document: Document, key: Buffer): Map<string, Value> {
  let rest = key;
  return new Map(
    index.fields.map(([path, direction]) => {
      for (const value of keyValues(document, parsePath(path)).values) {
        const part = encodeKey(value, direction);
        if (!rest.subarray(0, part.length).equals(part)) continue; // no key is a prefix of another
        rest = rest.subarray(part.length);
        return [path, value === EMPTY_ARRAY ? [] : value];
      }
      throw new Error(`a key of ${index.name} is not the document's own`);
    }),
  );
}
