import { randomUUID } from "node:crypto";
import { type Db, MongoClient } from "mongodb";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { FakeClock } from "./fake-clock.ts";

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
  // Without its sweep: tests write dates of long ago.
  const clock = { ...systemClock, sleep: new FakeClock().sleep };
  shared ??= startEmbeddedMongo({ clock, logger: silentLogger });
  return (await shared).uri;
}

/** Of each database that was opened, the collections that may have got documents from its client since the last look. */
const filled = new WeakMap<Db, Set<string>>();

/** The collections that may have got documents from a database's client since the last call. */
export function takeFilled(db: Db): ReadonlySet<string> {
  const names = filled.get(db) ?? new Set();
  filled.set(db, new Set());
  return names;
}

/** Commands on a collection that add no documents to it. */
const ADD_NOTHING: ReadonlySet<string> = new Set(["aggregate", "count", "delete", "distinct", "find"]);

/** A fresh, empty database with a name of its own. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const client = new MongoClient(await testDatabaseUri(), {
    maxPoolSize: 50,
    serverSelectionTimeoutMS: 5_000,
    ignoreUndefined: true,
    monitorCommands: true,
  });
  await client.connect();
  const db = client.db(`test-${randomUUID()}`);
  client.on("commandStarted", ({ commandName, command }) => {
    const name: unknown = command[commandName];
    if (typeof name === "string" && !ADD_NOTHING.has(commandName)) filled.get(db)?.add(name);
  });
  return {
    client,
    db,
    async close() {
      await db.dropDatabase();
      await client.close();
    },
  };
}
