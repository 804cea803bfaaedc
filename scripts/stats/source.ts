import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, runningDatabaseUri } from "../../lib/app/index.ts";
import type { Config } from "../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { openStore, type Store } from "../../lib/store/index.ts";

/** Somebody waits at a terminal: shorter than the bot's own patience. */
const CONNECT_MS = 3_000;

/** Where the measurements are: a store to read, and how to end it. */
export interface Source {
  store: Store;
  close(): Promise<void>;
}

/** The database of the settings, that of a bot that runs, or else the data a stopped one left; null for none of them. */
export async function openSource(config: Config): Promise<Source | null> {
  if (config.mongodb.uri === undefined) {
    const running = await runningDatabaseUri(config)
      .then(async (uri) => uri && connectTo(config, uri))
      .catch(() => undefined);
    if (running) return { store: running, close: running.close };
    if (!existsSync(join(config.folders.data, "mongodb"))) return null;
  }
  const database = await openDatabase(config, { clock: systemClock, logger: silentLogger });
  try {
    const store = await connectTo(config, database.uri);
    return {
      store,
      async close() {
        await store.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function connectTo(config: Config, uri: string): Promise<Store> {
  return openStore({
    uri,
    database: config.mongodb.database,
    maxPoolSize: 2,
    minPoolSize: 0,
    connectMs: CONNECT_MS,
    clock: systemClock,
  });
}
