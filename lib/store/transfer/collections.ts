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

/** Written into an index by old servers; new ones refuse them. */
const OBSOLETE_FIELDS: readonly string[] = ["v", "ns", "background"];

/** A collection's indexes, without that of `_id`. */
export async function indexesOf(db: Db, name: string): Promise<Document[]> {
  const indexes = await db.collection(name).indexes();
  return indexes.filter((index) => index.name !== "_id_");
}

export async function createIndexes(db: Db, name: string, indexes: readonly Document[]): Promise<void> {
  if (indexes.length === 0) return;
  const descriptions = indexes.map((index) => {
    const kept = Object.entries(index).filter(([field]) => !OBSOLETE_FIELDS.includes(field));
    return Object.fromEntries(kept) as unknown as IndexDescription;
  });
  await db.collection(name).createIndexes(descriptions);
}
