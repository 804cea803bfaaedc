import {
  type AnyBulkWriteOperation,
  type Collection,
  type Document,
  type Filter,
  MongoBulkWriteError,
  MongoError,
  type OptionalUnlessRequiredId,
  type UpdateFilter,
} from "mongodb";
import { createBatcher } from "../../core/index.ts";
import { forCallers } from "./command-group.ts";

/** MongoDB's code for a key that exists already. */
const DUPLICATE_KEY = 11000;

/** A batch this size is a few hundred kilobytes: one round trip, far below MongoDB's 48 MB a message. */
const MAX_BATCH = 500;

/**
 * Inserts the documents whose `_id` is new and leaves the others as they stand, so that a repetition changes nothing.
 * @returns for each document whether it was new.
 */
export async function insertNew<Record extends Document & { _id: unknown }>(
  collection: Collection<Record>,
  records: readonly Record[],
): Promise<boolean[]> {
  const isNew = records.map(() => true);
  if (records.length === 0) return isNew;
  try {
    await collection.insertMany(records as unknown as OptionalUnlessRequiredId<Record>[], { ordered: false });
  } catch (error) {
    const failures = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
    const areDuplicates = failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY);
    if (!areDuplicates) throw originOf(error);
    for (const { index } of failures) isNew[index] = false;
  }
  return isNew;
}

/** The driver wraps whatever happens to a bulk write, a broken connection too; what happened says whether it may pass. */
function originOf(error: unknown): unknown {
  const origin = error instanceof MongoBulkWriteError ? error.errorResponse : undefined;
  return origin instanceof MongoError ? origin : error;
}

/** `insertNew` for many callers at once: those of one moment share a round trip. Answers whether each was new. */
export function createGroupedInsert<Record extends Document & { _id: unknown }>(
  collection: Collection<Record>,
): (record: Record) => Promise<boolean> {
  return createBatcher<Record, boolean>(
    (records, inCallers) => forCallers(inCallers, () => insertNew(collection, records)),
    { maxSize: MAX_BATCH },
  );
}

/** What is to change about one document. */
export interface Change<Record extends Document> {
  id: Record["_id"];
  update: UpdateFilter<Record>;
  /** What must hold of the document; otherwise it stays as it is. */
  where?: Filter<Record>;
  /** Whether it is made where there is none. */
  upsert?: boolean;
}

/**
 * Changes of many callers, each document's in order; those of one moment share a round trip, and equal ones a statement.
 * The driver repeats no such statement after a broken connection: whoever asked must be able to ask again.
 */
export function createGroupedChanges<Record extends Document & { _id: string | number }>(
  collection: Collection<Record>,
): (change: Change<Record>) => Promise<void> {
  return createBatcher<Change<Record>, void>(
    async (changes, inCallers) => {
      try {
        const statements = statementsOf(changes);
        await forCallers(inCallers, () => collection.bulkWrite(statements, { ordered: true }));
        return [];
      } catch (error) {
        throw originOf(error);
      }
    },
    { maxSize: MAX_BATCH },
  );
}

/** Statements that together do what the changes do one after the other. */
function statementsOf<Record extends Document & { _id: string | number }>(
  changes: readonly Change<Record>[],
): AnyBulkWriteOperation<Record>[] {
  const statements: (Omit<Change<Record>, "id"> & { ids: Record["_id"][] })[] = [];
  /** The statements, by what they change, that others may still join; no document is in two of them. */
  const open = new Map<string, Record["_id"][]>();
  const inOpen = new Set<Record["_id"]>();
  for (const { id, ...change } of changes) {
    if (inOpen.has(id)) {
      open.clear(); // what comes to a document later stands in a later statement
      inOpen.clear();
    }
    inOpen.add(id);
    const what = JSON.stringify(change);
    const joined = change.upsert ? undefined : open.get(what); // a statement makes one document at most
    if (joined) {
      joined.push(id);
      continue;
    }
    const ids = [id];
    open.set(what, ids);
    statements.push({ ids, ...change });
  }
  return statements.map(({ ids, where, update, upsert = false }) => {
    const [only] = ids;
    return ids.length === 1
      ? { updateOne: { filter: { _id: only, ...where } as Filter<Record>, update, upsert } }
      : { updateMany: { filter: { _id: { $in: ids }, ...where } as Filter<Record>, update } };
  });
}
