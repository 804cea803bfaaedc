import { randomUUID } from "node:crypto";
import { type Db, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";

/** A database for one suite. */
export interface TestDatabase {
  client: MongoClient;
  db: Db;
  /** Drops the database and disconnects. */
  close(): Promise<void>;
}

/** The embedded server that all suites share, started when first needed. */
let shared: Promise<EmbeddedMongo> | undefined;

export async function closeSharedDatabase(): Promise<void> {
  const closing = shared;
  shared = undefined;
  await (await closing)?.close();
}

/** The server the tests run against: that of `MONGODB_URI`, else the shared embedded one. */
export async function testDatabaseUri(): Promise<string> {
  const { MONGODB_URI } = process.env;
  if (MONGODB_URI !== undefined && MONGODB_URI !== "") return MONGODB_URI;
  shared ??= startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
  return (await shared).uri;
}

/** A fresh, empty database with a name of its own. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const client = new MongoClient(await testDatabaseUri(), {
    maxPoolSize: 50,
    serverSelectionTimeoutMS: 5_000,
    ignoreUndefined: true,
  });
  await client.connect();
  const db = client.db(`test-${randomUUID()}`);
  return {
    client,
    db,
    async close() {
      await db.dropDatabase();
      await client.close();
    },
  };
}
