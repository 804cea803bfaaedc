import type { Db, Document } from "mongodb";
import { OperatorError } from "../../core/index.ts";
import { connect } from "../client.ts";
import { type ArchivedCollection, type ArchivePart, damaged, readArchive } from "./archive.ts";
import { createIndexes } from "./collections.ts";
import { fillStateOf, markFinished, markUnfinished } from "./transfer-mark.ts";
import { batchesOf, fromBson } from "./typed-documents.ts";

export interface RestoreOptions {
  uri: string;
  database: string;
  /** Deletes what the database holds first. */
  replaces: boolean;
}

/**
 * Fills a database from an archive. Until all is there, the database is marked, so that no bot starts with a part.
 * @returns the number of documents of each collection
 * @throws OperatorError BACKUP_DAMAGED, or DATABASE_NOT_EMPTY
 */
export async function restoreArchive(
  chunks: AsyncIterable<Uint8Array>,
  { uri, database, replaces }: RestoreOptions,
): Promise<ReadonlyMap<string, number>> {
  const { client } = await connect({ uri, maxPoolSize: 2, minPoolSize: 0 });
  try {
    const db = client.db(database);
    const parts = readArchive(chunks);
    const first = await parts.next(); // before anything is deleted
    if (first.done) throw damaged("it holds nothing");
    await makeRoom(db, replaces);
    await markUnfinished(db, "backup");
    const counts = await fill(db, first.value, parts);
    await markFinished(db);
    return counts;
  } finally {
    await client.close();
  }
}

async function makeRoom(db: Db, replaces: boolean): Promise<void> {
  if (replaces) {
    await db.dropDatabase();
    return;
  }
  const { kind } = await fillStateOf(db);
  if (kind === "empty") return;
  const what = kind === "filled" ? "has data already" : "holds a part of an earlier restore or move";
  throw new OperatorError(
    `The database ${db.databaseName} ${what}. Restore into another one (MONGODB_DB), or add --replace to delete what is there.`,
    { code: "DATABASE_NOT_EMPTY" },
  );
}

async function fill(
  db: Db,
  first: ArchivePart,
  parts: AsyncGenerator<ArchivePart>,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let database: string | undefined;
  let next: ArchivePart | undefined = first;
  while (next) {
    const { collection, kind } = next;
    if (kind === "collection") {
      database ??= collection.database;
      if (database !== collection.database) throw severalDatabases(database, collection.database);
      counts.set(collection.name, 0);
      next = (await parts.next()).value as ArchivePart | undefined;
    } else if (kind === "end") {
      await createIndexes(db, collection.name, collection.indexes);
      next = (await parts.next()).value as ArchivePart | undefined;
    } else {
      next = await insertRun(db, next, parts, counts);
    }
  }
  return counts;
}

/** Inserts documents up to the first part that is none of the same collection. @returns that part */
async function insertRun(
  db: Db,
  first: Extract<ArchivePart, { kind: "document" }>,
  parts: AsyncGenerator<ArchivePart>,
  counts: Map<string, number>,
): Promise<ArchivePart | undefined> {
  const { collection } = first;
  let after: ArchivePart | undefined;
  async function* documents(): AsyncGenerator<Document> {
    let part: ArchivePart | undefined = first;
    while (part?.kind === "document" && isSame(part.collection, collection)) {
      yield fromBson(part.document);
      part = (await parts.next()).value as ArchivePart | undefined;
    }
    after = part;
  }
  for await (const batch of batchesOf(documents())) {
    await db.collection(collection.name).insertMany(batch);
    counts.set(collection.name, (counts.get(collection.name) ?? 0) + batch.length);
  }
  return after;
}

function isSame(a: ArchivedCollection, b: ArchivedCollection): boolean {
  return a.database === b.database && a.name === b.name;
}

function severalDatabases(one: string, other: string): OperatorError {
  return damaged(`it has several databases (${one}, ${other}). Make it of one, with mongodump --db`);
}
