import { compareValues } from "../bson/compare.ts";
import { type Direction, EMPTY_ARRAY, type KeyValue } from "../bson/index-key.ts";
import { type Document, isDocument, isNumber, toNumber } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import type { Flow } from "../turns/flow.ts";
import { keyValues, parsePath } from "./paths.ts";

/** Items that are sorted in one go. */
const RUN = 256;
/** Items that are merged in one go. */
const STEP = 64;

export type SortFields = readonly (readonly [path: string, direction: Direction])[];

/** Parses a sort. @throws CommandError for directions other than 1 and -1 */
export function parseSort(sort: Document): SortFields {
  return Array.from(sort, ([path, direction]) => {
    if (isDocument(direction) && direction.has("$meta")) throw notSupported("the sort by $meta");
    if (isDocument(direction))
      throw new CommandError("Location17312", "$meta is the only expression supported by $sort right now");
    if (path === "$natural") throw notSupported("the sort $natural");
    const number = isNumber(direction) ? toNumber(direction) : 0;
    if (path.startsWith("$") || (number !== 1 && number !== -1)) {
      throw new CommandError(
        "Location15975",
        "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
      );
    }
    return [path, number] as const;
  });
}

/** What an item is sorted by: one key for each field. */
export type SortKeys = readonly KeyValue[];

/** Computes the keys of a document. An array sorts by its least element, descending by its greatest. */
export function compileSortKeys(sort: SortFields): (document: Document) => SortKeys {
  const fields = sort.map(([path, direction]) => ({ path: parsePath(path), direction }));
  return (document) =>
    fields.map(({ path, direction }) => extreme(keyValues(document, path).values, direction));
}

interface Sortable {
  keys: SortKeys;
}

/** Stable sort in small steps; the first `limit` items at most. */
export function* sortFlow<Item extends Sortable>(
  items: Flow<Item>,
  sort: SortFields,
  limit = Number.POSITIVE_INFINITY,
): Flow<Item> {
  const compare = (a: Item, b: Item): number => {
    for (const [index, [, direction]] of sort.entries()) {
      const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null);
      if (order !== 0) return order * direction;
    }
    return 0;
  };
  let all: Item[] = [];
  for (const item of items) {
    if (item) all.push(item);
    if (limit <= RUN && all.length >= 2 * RUN) all = all.toSorted(compare).slice(0, limit);
    yield undefined;
  }
  const sorted = yield* mergeSort(all, compare);
  for (const [index, item] of sorted.entries()) {
    if (index >= limit) return;
    yield item;
  }
}

/** Sorts runs, then merges them, and pauses after every few items. */
function* mergeSort<Item>(
  items: Item[],
  compare: (a: Item, b: Item) => number,
): Generator<undefined, Item[], undefined> {
  let from = items;
  for (let start = 0; start < from.length; start += RUN) {
    const run = from.slice(start, start + RUN).toSorted(compare);
    for (const [index, item] of run.entries()) from[start + index] = item;
    yield undefined;
  }
  for (let width = RUN; width < from.length; width *= 2) {
    const to: Item[] = [];
    for (let start = 0; start < from.length; start += 2 * width) {
      const [middle, end] = [Math.min(start + width, from.length), Math.min(start + 2 * width, from.length)];
      let [left, right] = [start, middle];
      while (left < middle || right < end) {
        const [a, b] = [from[left] as Item, from[right] as Item];
        const takesLeft = right >= end || (left < middle && compare(a, b) <= 0);
        to.push(takesLeft ? a : b);
        if (takesLeft) left += 1;
        else right += 1;
        if (to.length % STEP === 0) yield undefined;
      }
    }
    from = to;
  }
  return from;
}

function extreme(values: readonly KeyValue[], direction: Direction): KeyValue {
  return values.reduce((best, value) => (compareKeys(value, best) * direction < 0 ? value : best));
}

function compareKeys(a: KeyValue, b: KeyValue): number {
  if (a === EMPTY_ARRAY || b === EMPTY_ARRAY) return Number(b === EMPTY_ARRAY) - Number(a === EMPTY_ARRAY);
  return compareValues(a, b);
}
