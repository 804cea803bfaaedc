import type { Db, Document, IndexDescription } from "mongodb";
import { MARK_COLLECTION } from "./transfer-mark.ts";

/**
 * In a copy that is not of one moment, updates come first and the counters last: an update that is handled meanwhile is
 * then handled again, which changes nothing twice, and no number is given out a second time.
 */
const FIRST = "updates";
const LAST = "counters";

/** The names of the collections that hold data, in the order in which they are to be copied. */
export async function dataCollections(db: Db): Promise<string[]> {
  const listed = await db.listCollections().toArray();
  const names = listed
    .filter(({ name, type }) => type !== "view" && !name.startsWith("system.") && name !== MARK_COLLECTION)
    .map(({ name }) => name)
    .toSorted();
  const middle = names.filter((name) => name !== FIRST && name !== LAST);
  return [FIRST, ...middle, LAST].filter((name) => names.includes(name));
}

/** A collection's indexes as `createIndexes` takes them, without that of `_id`. */
export async function indexesOf(db: Db, name: string): Promise<Document[]> {
  const indexes = await db.collection(name).indexes();
  return indexes.filter((index) => index.name !== "_id_").map(({ ns, ...index }) => index);
}

export async function createIndexes(db: Db, name: string, indexes: readonly Document[]): Promise<void> {
  if (indexes.length === 0) return;
  await db
    .collection(name)
    .createIndexes(indexes.map(({ v, ns, background, ...index }) => index as IndexDescription));
}
