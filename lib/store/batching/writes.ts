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
import { AppError, createBatcher } from "../../core/index.ts";
import { forCallers } from "./command-group.ts";

/** MongoDB's code for a key that exists already. */
const DUPLICATE_KEY = 11000;

/** A batch of this size is a few hundred kilobytes: one round trip, far below MongoDB's 48 MB a message. */
const MAX_BATCH = 500;

/**
 * Inserts the documents whose `_id` is new and leaves existing ones as they are, so repeating it changes nothing.
 * @returns for each document whether it was new
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

/** The driver wraps every failure of a bulk write, a broken connection too; the original says whether to retry. */
function originOf(error: unknown): unknown {
  const origin = error instanceof MongoBulkWriteError ? error.errorResponse : undefined;
  return origin instanceof MongoError ? origin : error;
}

/** `insertNew` for many callers; concurrent calls share a round trip. The result says whether the document was new. */
export function createGroupedInsert<Record extends Document & { _id: unknown }>(
  collection: Collection<Record>,
): (record: Record) => Promise<boolean> {
  return createBatcher<Record, boolean>(
    (records, inCallers) => forCallers(inCallers, () => insertNew(collection, records)),
    { maxSize: MAX_BATCH },
  );
}

/** A change of one document. */
export interface Change<Record extends Document> {
  id: Record["_id"];
  update: UpdateFilter<Record>;
  /** A further condition; a document that does not meet it is left unchanged. */
  where?: Filter<Record>;
  /** Whether the caller must know that the document does not meet the condition: then the change is rejected. */
  mustMatch?: boolean;
  /** Whether to create a missing document. */
  upsert?: boolean;
}

/**
 * Applies changes of many callers, those of one document in order. Concurrent calls share a round trip, and equal changes
 * share a statement. Not retried by the driver after a broken connection; callers must be idempotent.
 * @throws AppError UNMATCHED for a change that must match and did not
 */
export function createGroupedChanges<Record extends Document & { _id: string | number }>(
  collection: Collection<Record>,
): (change: Change<Record>) => Promise<void> {
  const apply = createBatcher<Change<Record>, boolean>(
    async (changes, inCallers) => {
      try {
        const statements = statementsOf(changes);
        const result = await forCallers(inCallers, () => collection.bulkWrite(statements, { ordered: true }));
        const isSure = result.matchedCount + result.upsertedCount === changes.length;
        const mayMiss = isSure ? [] : changes.filter(({ mustMatch }) => mustMatch);
        const missed = new Set(mayMiss.length > 0 ? await findMissed(collection, mayMiss) : []);
        return changes.map((change) => !missed.has(change));
      } catch (error) {
        throw originOf(error);
      }
    },
    { maxSize: MAX_BATCH },
  );
  return async (change) => {
    if (!(await apply(change)))
      throw new AppError("The document was changed by somebody else", { code: UNMATCHED });
  };
}

/** The code of the error of a change that must match and did not. */
export const UNMATCHED = "UNMATCHED";

/** The changes whose document does not meet their condition now. One that met it and no longer does counts, too. */
async function findMissed<Record extends Document & { _id: string | number }>(
  collection: Collection<Record>,
  changes: readonly Change<Record>[],
): Promise<Change<Record>[]> {
  const isMissed = await Promise.all(
    changes.map(async ({ id, where }) => {
      const filter = { _id: id, ...where } as Filter<Record>;
      return (await collection.findOne(filter, { projection: { _id: 1 } })) === null;
    }),
  );
  return changes.filter((_, index) => isMissed[index]);
}

/** The fewest statements with the same result as the changes one after the other. */
function statementsOf<Record extends Document & { _id: string | number }>(
  changes: readonly Change<Record>[],
): AnyBulkWriteOperation<Record>[] {
  const statements: (Omit<Change<Record>, "id"> & { ids: Record["_id"][] })[] = [];
  /** Ids of the statements that more documents can join, by the change; no document is in two of them. */
  const open = new Map<string, Record["_id"][]>();
  const idsInOpen = new Set<Record["_id"]>();
  for (const { id, ...change } of changes) {
    if (idsInOpen.has(id)) {
      open.clear(); // a second change of a document must not move before its first
      idsInOpen.clear();
    }
    idsInOpen.add(id);
    const key = JSON.stringify(change);
    const joined = change.upsert ? undefined : open.get(key); // one statement creates at most one document
    if (joined) {
      joined.push(id);
      continue;
    }
    const ids = [id];
    open.set(key, ids);
    statements.push({ ids, ...change });
  }
  return statements.map(({ ids, where, update, upsert = false }) => {
    const [only] = ids;
    return ids.length === 1
      ? { updateOne: { filter: { _id: only, ...where } as Filter<Record>, update, upsert } }
      : { updateMany: { filter: { _id: { $in: ids }, ...where } as Filter<Record>, update } };
  });
}
