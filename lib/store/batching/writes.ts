import {
  type AnyBulkWriteOperation,
  type Collection,
  type Document,
  type Filter,
  MongoBulkWriteError,
  MongoError,
  MongoServerError,
  type OptionalUnlessRequiredId,
  type UpdateFilter,
} from "mongodb";
import { AppError, createBatcher, ItemFailure } from "../../core/index.ts";
import { isMistake } from "../outage.ts";
import { forCallers } from "./command-group.ts";

/** MongoDB's code for a key that exists already. */
const DUPLICATE_KEY = 11000;

/** A batch of this size is a few hundred kilobytes: one round trip, far below MongoDB's 48 MB a message. */
const MAX_BATCH = 500;

/**
 * Inserts the documents whose `_id` is new and leaves existing ones as they are, so repeating it changes nothing. All
 * that can be inserted are, even if one fails.
 * @returns for each document whether it was new
 */
export async function insertNew<Record extends Document & { _id: unknown }>(
  collection: Collection<Record>,
  records: readonly Record[],
): Promise<boolean[]> {
  const outcomes = await insertEach(collection, records);
  const failure = outcomes.find((outcome) => outcome instanceof ItemFailure);
  if (failure) throw failure.error;
  return outcomes.map((outcome) => outcome === true);
}

/** `insertNew` that tells of each document that cannot be stored. */
async function insertEach<Record extends Document & { _id: unknown }>(
  collection: Collection<Record>,
  records: readonly Record[],
): Promise<(boolean | ItemFailure)[]> {
  const outcomes: (boolean | ItemFailure)[] = records.map(() => true);
  if (records.length === 0) return outcomes;
  try {
    await collection.insertMany(records as unknown as OptionalUnlessRequiredId<Record>[], { ordered: false });
  } catch (error) {
    const failures = ownFailures(error);
    if (failures.length === 0) throw originOf(error);
    for (const { index, failure } of failures) {
      outcomes[index] = failure.code === DUPLICATE_KEY ? false : new ItemFailure(failure);
    }
  }
  return outcomes;
}

/** The failures of single statements, if the error consists of such: none if any of it may be an outage. */
function ownFailures(error: unknown): { index: number; failure: MongoServerError }[] {
  if (!(error instanceof MongoBulkWriteError) || !isMistake(error)) return [];
  return [error.writeErrors].flat().map(({ index, code, errmsg }) => ({
    index,
    failure: new MongoServerError({ code, message: errmsg ?? "a write failed" }),
  }));
}

/** The driver wraps every failure of a bulk write, a broken connection too; the original says whether to retry. */
function originOf(error: unknown): unknown {
  const origin = error instanceof MongoBulkWriteError ? error.errorResponse : undefined;
  return origin instanceof MongoError ? origin : error;
}

/**
 * `insertNew` for many callers; concurrent calls share a round trip, but not each other's failures. The result says
 * whether the document was new.
 */
export function createGroupedInsert<Record extends Document & { _id: unknown }>(
  collection: Collection<Record>,
): (record: Record) => Promise<boolean> {
  return createBatcher<Record, boolean>(
    (records, inCallers) => forCallers(inCallers, () => insertEach(collection, records)),
    { maxSize: MAX_BATCH, mayBeOneItems: isMistake },
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
 * share a statement. Not retried by the driver after a broken connection, and repeated when one of them fails by itself,
 * which fails no other; callers must be idempotent.
 * @throws AppError UNMATCHED for a change that must match and did not
 */
export function createGroupedChanges<Record extends Document & { _id: string | number }>(
  collection: Collection<Record>,
): (change: Change<Record>) => Promise<void> {
  const apply = createBatcher<Change<Record>, boolean>(
    async (changes, inCallers) => {
      try {
        const { applied, failed } = await forCallers(inCallers, () => applyInOrder(collection, changes));
        const isSure = applied === changes.length;
        const mayMiss = isSure ? [] : changes.filter((change) => change.mustMatch && !failed.has(change));
        const missed = new Set(mayMiss.length > 0 ? await findMissed(collection, mayMiss) : []);
        return changes.map((change) => failed.get(change) ?? !missed.has(change));
      } catch (error) {
        throw originOf(error);
      }
    },
    { maxSize: MAX_BATCH, mayBeOneItems: isMistake },
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

/** Applies the changes; one that fails by itself is left out, and those after it are applied. */
async function applyInOrder<Record extends Document & { _id: string | number }>(
  collection: Collection<Record>,
  changes: readonly Change<Record>[],
): Promise<{ applied: number; failed: Map<Change<Record>, ItemFailure> }> {
  const failed = new Map<Change<Record>, ItemFailure>();
  let applied = 0;
  for (let rest = groupsOf(changes); rest.length > 0; ) {
    try {
      const result = await collection.bulkWrite(rest.map(statementOf), { ordered: true });
      applied += result.matchedCount + result.upsertedCount;
      break;
    } catch (error) {
      const [first] = ownFailures(error); // of an ordered bulk write there is one, at which it stopped
      const group = first && rest[first.index];
      if (!group) throw error;
      const [only] = group;
      if (group.length === 1 && only) failed.set(only, new ItemFailure(first.failure));
      const apart = group.length === 1 ? [] : group.map((change) => [change]);
      rest = [...apart, ...rest.slice(first.index + 1)];
    }
  }
  return { applied, failed };
}

/** The fewest groups of equal changes with the same result as the changes one after the other. */
function groupsOf<Record extends Document & { _id: string | number }>(
  changes: readonly Change<Record>[],
): Change<Record>[][] {
  const groups: Change<Record>[][] = [];
  /** Groups that more documents can join, by the change; no document is in two of them. */
  const open = new Map<string, Change<Record>[]>();
  const idsInOpen = new Set<Record["_id"]>();
  for (const change of changes) {
    const { id, ...rest } = change;
    if (idsInOpen.has(id)) {
      open.clear(); // a second change of a document must not move before its first
      idsInOpen.clear();
    }
    idsInOpen.add(id);
    const key = JSON.stringify(rest);
    const joined = change.upsert ? undefined : open.get(key); // one statement creates at most one document
    if (joined) {
      joined.push(change);
      continue;
    }
    const group = [change];
    open.set(key, group);
    groups.push(group);
  }
  return groups;
}

function statementOf<Record extends Document & { _id: string | number }>(
  group: readonly Change<Record>[],
): AnyBulkWriteOperation<Record> {
  const ids = group.map(({ id }) => id);
  const [{ where, update, upsert = false }] = group as [Change<Record>];
  return ids.length === 1
    ? { updateOne: { filter: { _id: ids[0], ...where } as Filter<Record>, update, upsert } }
    : { updateMany: { filter: { _id: { $in: ids }, ...where } as Filter<Record>, update } };
}
