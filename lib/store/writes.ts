import {
  type AnyBulkWriteOperation,
  type Collection,
  type Document,
  MongoBulkWriteError,
  MongoError,
  type OptionalUnlessRequiredId,
} from "mongodb";
import { createBatcher } from "../core/index.ts";

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
  return createBatcher<Record, boolean>((records) => insertNew(collection, records), { maxSize: MAX_BATCH });
}

/** Writes (updates and upserts) of many callers, in order; those of one moment share a round trip. */
export function createGroupedWrites<Record extends Document>(
  collection: Collection<Record>,
): (operation: AnyBulkWriteOperation<Record>) => Promise<void> {
  return createBatcher<AnyBulkWriteOperation<Record>, void>(
    async (operations) => {
      try {
        await collection.bulkWrite(operations, { ordered: true });
        return [];
      } catch (error) {
        throw originOf(error);
      }
    },
    { maxSize: MAX_BATCH },
  );
}
