import { type ClientSession, type Db, type MongoClient, MongoServerError } from "mongodb";
import { OperatorError } from "../../core/index.ts";
import { connect } from "../client.ts";
import { type CollectionToArchive, writeArchive } from "./archive.ts";
import { dataCollections, indexesOf } from "./collections.ts";
import { refuseUnfinished } from "./transfer-mark.ts";
import { readTyped } from "./typed-documents.ts";

export interface BackupSource {
  uri: string;
  database: string;
}

/** A database that is read for a backup. */
export interface OpenBackup {
  /** The bytes of the archive; see `writeArchive`. */
  archive(): AsyncIterable<Uint8Array>;
  /** How many documents of each collection have been read. */
  counts: ReadonlyMap<string, number>;
  /** Whether the backup shows one moment: a single server without a replica set cannot. */
  isOneMoment: boolean;
  close(): Promise<void>;
}

/**
 * Opens a database for a backup while it is in use.
 * @throws OperatorError as `connect`, or when it is filled in part only
 */
export async function openBackup({ uri, database }: BackupSource): Promise<OpenBackup> {
  const { client } = await connect({ uri, maxPoolSize: 2, minPoolSize: 0 });
  try {
    const db = client.db(database);
    await refuseUnfinished(db);
    const isOneMoment = await hasSnapshots(client);
    const session = isOneMoment ? client.startSession({ snapshot: true }) : undefined;
    const counts = new Map<string, number>();
    const serverVersion = String((await db.admin().buildInfo()).version);
    return {
      counts,
      isOneMoment,
      async *archive() {
        const collections = await collectionsToArchive(db, session, counts);
        yield* withReasons(writeArchive(collections, { serverVersion, toolVersion: "helpline" }));
      },
      async close() {
        await session?.endSession();
        await client.close();
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Members of replica sets and routers of sharded clusters can read all collections as they were at one time. */
async function hasSnapshots(client: MongoClient): Promise<boolean> {
  const { setName, msg } = await client.db("admin").command({ hello: 1 });
  return setName !== undefined || msg === "isdbgrid";
}

async function collectionsToArchive(
  db: Db,
  session: ClientSession | undefined,
  counts: Map<string, number>,
): Promise<CollectionToArchive[]> {
  const collections: CollectionToArchive[] = [];
  for (const name of await dataCollections(db)) {
    collections.push({
      database: db.databaseName,
      name,
      indexes: await indexesOf(db, name),
      async *documents() {
        counts.set(name, 0);
        for await (const document of readTyped(db.collection(name), session ? { session } : {})) {
          counts.set(name, (counts.get(name) ?? 0) + 1);
          yield document;
        }
      },
    });
  }
  return collections;
}

async function* withReasons(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.codeName !== "SnapshotTooOld") throw error;
    throw new OperatorError(
      "MongoDB keeps a moment for 5 minutes only, which is too short for this database: raise minSnapshotHistoryWindowInSeconds, or use mongodump.",
      { code: "SNAPSHOT_TOO_OLD", cause: error },
    );
  }
}
