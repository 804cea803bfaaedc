import type { Db } from "mongodb";
import { OperatorError } from "../../core/index.ts";

/** Where a database notes that it is being filled. Not copied, and gone once all is there. */
export const MARK_COLLECTION = "transfer";

/** What is filling a database. */
export interface TransferMark {
  _id: "transfer";
  /** What it is filled from: the same one may go on. */
  source: string;
}

/** Whether a database is empty, being filled, or in use. */
export type FillState = { kind: "empty" } | { kind: "unfinished"; source: string } | { kind: "filled" };

export async function fillStateOf(db: Db): Promise<FillState> {
  const mark = await marksOf(db).findOne({ _id: "transfer" });
  if (mark) return { kind: "unfinished", source: mark.source };
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  for (const { name } of collections) {
    if (name !== MARK_COLLECTION && (await db.collection(name).findOne()) !== null) return { kind: "filled" };
  }
  return { kind: "empty" };
}

export async function markUnfinished(db: Db, source: string): Promise<void> {
  await marksOf(db).updateOne({ _id: "transfer" }, { $set: { source } }, { upsert: true });
}

export async function markFinished(db: Db): Promise<void> {
  await marksOf(db).drop();
}

/** @throws OperatorError DATABASE_UNFINISHED when a restore or a move into the database did not end */
export async function refuseUnfinished(db: Db): Promise<void> {
  if ((await marksOf(db).findOne({ _id: "transfer" })) === null) return;
  throw new OperatorError(
    `The database ${db.databaseName} is filled in part only: a restore or a move into it did not end. Repeat the command.`,
    { code: "DATABASE_UNFINISHED" },
  );
}

function marksOf(db: Db) {
  return db.collection<TransferMark>(MARK_COLLECTION);
}
