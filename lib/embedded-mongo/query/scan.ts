import type { Document } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { CollectionStorage, StoredDocument } from "../storage/collection.ts";
import { compileQuery } from "./matcher.ts";
import { choosePlan, type IndexPlan } from "./plan.ts";
import { parseSort, type SortFields, sortBy } from "./sort.ts";

export interface Selection {
  query: Document;
  sort?: Document;
  skip?: number;
  /** Absent: all. */
  limit?: number;
}

/** How much was read, for tests of the use of indexes. */
export interface ScanCounters {
  documentsExamined: number;
}

/** The matching documents in the requested order; none if there is no collection. */
export function select(
  collection: CollectionStorage | undefined,
  { query, sort, skip = 0, limit }: Selection,
  counters: ScanCounters,
): StoredDocument[] {
  const { matches, conditions } = compileQuery(query);
  const order = sort ? parseSort(sort) : [];
  if (!collection) return [];
  const plan = choosePlan(collection.indexes, conditions, order);
  const inOrder = order.length === 0 || plan?.sorted === true;
  const enough = inOrder && limit !== undefined ? skip + limit : Number.POSITIVE_INFINITY;

  const found: StoredDocument[] = [];
  if (enough > 0) {
    for (const stored of plan ? readIndex(collection, plan) : collection.readAll()) {
      counters.documentsExamined += 1;
      if (!matches(stored.document)) continue;
      found.push(stored);
      if (found.length >= enough) break;
    }
  }
  return slice(inOrder ? found : sorted(found, order), skip, limit);
}

function* readIndex(
  collection: CollectionStorage,
  { index, ranges, exact, reverse }: IndexPlan,
): Iterable<StoredDocument> {
  const seen = new Set<number>();
  for (const range of ranges) {
    for (const id of exact
      ? collection.lookUp(index, range.start)
      : collection.scanIndex(index, range, reverse)) {
      if (index.multikey) {
        const number = id.readUIntBE(0, id.length);
        if (seen.has(number)) continue;
        seen.add(number);
      }
      const stored = collection.read(id);
      if (!stored)
        throw new CommandError("InternalError", `index ${index.name} names a document that is not there`);
      yield stored;
    }
  }
}

function sorted(found: readonly StoredDocument[], order: SortFields): StoredDocument[] {
  return sortBy(found, order, ({ document }) => document);
}

function slice(found: StoredDocument[], skip: number, limit: number | undefined): StoredDocument[] {
  return skip === 0 && (limit === undefined || found.length <= limit)
    ? found
    : found.slice(skip, limit === undefined ? undefined : skip + limit);
}
