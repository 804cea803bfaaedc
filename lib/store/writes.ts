import {
  type AnyBulkWriteOperation,
  type Collection,
  type Document,
  MongoBulkWriteError,
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
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    for (const failure of failures) {
      if (failure.code !== DUPLICATE_KEY) throw error;
      isNew[failure.index] = false;
    }
    if (failures.length === 0) throw error;
  }
  return isNew;
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
      await collection.bulkWrite(operations, { ordered: true });
      return [];
    },
    { maxSize: MAX_BATCH },
  );
}
