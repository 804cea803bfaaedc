import { compareValues } from "../bson/compare.ts";
import { type Direction, EMPTY_ARRAY, type KeyValue } from "../bson/index-key.ts";
import { type Document, isDocument, isNumber, toNumber } from "../bson/values.ts";
import { CommandError, notSupported } from "../errors.ts";
import { keyValues, parsePath } from "./paths.ts";

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

/** Stable sort of items by their documents. An array sorts by its least element, descending by its greatest. */
export function sortBy<Item>(
  items: readonly Item[],
  sort: SortFields,
  documentOf: (item: Item) => Document,
): Item[] {
  const fields = sort.map(([path, direction]) => ({ path: parsePath(path), direction }));
  const keyed = items.map((item) => ({
    item,
    keys: fields.map(({ path, direction }) => extreme(keyValues(documentOf(item), path).values, direction)),
  }));
  keyed.sort((a, b) => {
    for (const [index, { direction }] of fields.entries()) {
      const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null);
      if (order !== 0) return order * direction;
    }
    return 0;
  });
  return keyed.map(({ item }) => item);
}

function extreme(values: readonly KeyValue[], direction: Direction): KeyValue {
  return values.reduce((best, value) => (compareKeys(value, best) * direction < 0 ? value : best));
}

function compareKeys(a: KeyValue, b: KeyValue): number {
  if (a === EMPTY_ARRAY || b === EMPTY_ARRAY) return Number(b === EMPTY_ARRAY) - Number(a === EMPTY_ARRAY);
  return compareValues(a, b);
}
