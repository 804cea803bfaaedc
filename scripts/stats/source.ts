import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, runningDatabaseUri } from "../../lib/app/index.ts";
import type { Config } from "../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { openStore, type Store } from "../../lib/store/index.ts";

/** Shorter than the bot's own timeout, because somebody waits at a terminal. */
const CONNECT_MS = 3_000;

/** The store to read the measurements from. */
export interface Source {
  store: Store;
  close(): Promise<void>;
}

/**
 * The configured database, else that of a running bot, else the embedded data of a stopped one.
 * @returns null when there is none of them
 */
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
