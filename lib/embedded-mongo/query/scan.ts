import type { Document } from "../bson/values.ts";
import { CommandError } from "../errors.ts";
import type { IndexRecord } from "../storage/catalog.ts";
import { type CollectionStorage, numberOfRecord, type StoredDocument } from "../storage/collection.ts";
import type { Flow } from "../turns/flow.ts";
import { compileQuery, type DocumentTest } from "./matcher.ts";
import { choosePlan, type Plan } from "./plan.ts";
import { compileSortKeys, parseSort, type SortFields, type SortKeys, sortFlow } from "./sort.ts";

export interface Selection {
  query: Document;
  sort?: Document;
  skip?: number;
  /** Absent: all. */
  limit?: number;
}

/** How much was read, without reads that were begun again, for tests of the use of indexes. */
export interface ScanCounters {
  documentsExamined: number;
}

/** Bytes of documents that a sort keeps; it reads the others again when their turn has come. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** The same in documents, for small ones: each is a Buffer (see `numberOfRecord`), and several sorts may keep some. */
const KEPT_DOCUMENTS = 500;

/**
 * The matching documents in the requested order; none if there is no collection. It pauses after each document that it has
 * looked at, so the collection has to be read from a snapshot, or all of them have to be taken before anything is written.
 * @throws CommandError at once for a wrong query or sort
 */
export function select(
  collection: CollectionStorage | undefined,
  { query, sort, skip = 0, limit = Number.POSITIVE_INFINITY }: Selection,
  counters: ScanCounters,
): Flow<StoredDocument> {
  const matcher = compileQuery(query);
  const order = sort ? parseSort(sort) : [];
  if (!collection || limit === 0) return [];
  const plan = choosePlan(collection.indexes, matcher, order);
  const matches = matching(collection, plan, matcher.matches, counters);
  if (order.length === 0 || plan?.sorted) return sliced(matches, skip, limit);
  return sliced(sorted(collection, matches, order, skip + limit), skip, limit);
}

function* matching(
  collection: CollectionStorage,
  plan: Plan | undefined,
  matches: DocumentTest,
  counters: ScanCounters,
): Flow<StoredDocument> {
  for (const stored of plan ? readPlan(collection, plan) : collection.readAll()) {
    if (stored) counters.documentsExamined += 1;
    yield stored && matches(stored.document) ? stored : undefined;
  }
}

function* readPlan(collection: CollectionStorage, { scans, repeats }: Plan): Flow<StoredDocument> {
  const seen = repeats ? new SeenRecords() : undefined;
  for (const { index, ranges, exact, reverse } of scans) {
    for (const range of ranges) {
      const entries = exact
        ? collection.lookUp(index, range.start)
        : collection.scanIndex(index, range, reverse);
      for (const { value: id } of entries) {
        yield seen?.isNew(id) === false ? undefined : readIndexed(collection, index, id);
      }
    }
  }
}

function readIndexed(collection: CollectionStorage, index: IndexRecord, id: Buffer): StoredDocument {
  const stored = collection.read(id);
  if (stored) return stored;
  throw new CommandError("InternalError", `index ${index.name} names a document that is not there`);
}

/** Record ids, of which there may be millions: a bit for each, since a Set is copied as a whole when it grows. */
class SeenRecords {
  private readonly pages = new Map<number, Uint32Array>();

  isNew(id: Buffer): boolean {
    const number = numberOfRecord(id);
    const page = Math.floor(number / PAGE_BITS);
    const bits = this.pages.get(page) ?? new Uint32Array(PAGE_BITS / 32);
    this.pages.set(page, bits);
    const bit = number % PAGE_BITS;
    const [word, mask] = [bit >>> 5, 1 << (bit & 31)];
    if (((bits[word] ?? 0) & mask) !== 0) return false;
    bits[word] = (bits[word] ?? 0) | mask;
    return true;
  }
}

const PAGE_BITS = 8_192;

function* sorted(
  collection: CollectionStorage,
  matches: Flow<StoredDocument>,
  order: SortFields,
  limit: number,
): Flow<StoredDocument> {
  for (const entry of sortFlow(withKeys(matches, order), order, limit)) {
    yield entry && (entry.stored ?? collection.readNumber(entry.recordNumber));
  }
}

interface SortEntry {
  keys: SortKeys;
  recordNumber: number;
  /** Absent where there are too many to be kept. */
  stored: StoredDocument | undefined;
}

function* withKeys(matches: Flow<StoredDocument>, order: SortFields): Flow<SortEntry> {
  const keysOf = compileSortKeys(order);
  let [bytes, documents] = [0, 0];
  for (const stored of matches) {
    if (!stored) {
      yield undefined;
      continue;
    }
    bytes += stored.bytes.length;
    documents += 1;
    yield {
      keys: keysOf(stored.document),
      recordNumber: numberOfRecord(stored.id),
      stored: bytes <= KEPT_BYTES && documents <= KEPT_DOCUMENTS ? stored : undefined,
    };
  }
}

function* sliced<Item>(items: Flow<Item>, skip: number, limit: number): Flow<Item> {
  let found = 0;
  for (const item of items) {
    if (item === undefined || found < skip) {
      if (item !== undefined) found += 1;
      yield undefined;
      continue;
    }
    found += 1;
    yield item;
    if (found >= skip + limit) return;
  }
}
