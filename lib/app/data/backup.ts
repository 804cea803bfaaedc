import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../config/index.ts";
import { OperatorError, silentLogger, systemClock } from "../../core/index.ts";
import { copyEmbeddedData, startEmbeddedMongo } from "../../embedded-mongo/index.ts";
import { openBackup, readArchive } from "../../store/index.ts";
import { readBackupFile, writeBackupFile } from "./backup-file.ts";

/** A backup that was written and read again. */
export interface BackedUp {
  /** The number of documents of each collection. */
  counts: ReadonlyMap<string, number>;
  /** See `OpenBackup`. */
  isOneMoment: boolean;
}

/**
 * Writes the database of the settings to a file, while a bot may be using it, and reads the file once to check it.
 * @throws OperatorError when there is no database, or as `openBackup` and `writeBackupFile`
 */
export async function backUp(config: Config, file: string, passphrase?: string): Promise<BackedUp> {
  const source = await openSource(config);
  try {
    const backup = await openBackup({ uri: source.uri, database: config.mongodb.database });
    try {
      await writeBackupFile(file, backup.archive(), passphrase === undefined ? undefined : { passphrase });
      await checkBackup(file, passphrase);
      return { counts: backup.counts, isOneMoment: source.isCopy || backup.isOneMoment };
    } finally {
      await backup.close();
    }
  } finally {
    await source.close();
  }
}

/**
 * Reads a backup to its end.
 * @throws OperatorError as `readBackupFile` and `readArchive`
 */
export async function checkBackup(file: string, passphrase?: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const { kind, collection } of readArchive(readBackupFile(file, passphrase))) {
    counts.set(collection.name, (counts.get(collection.name) ?? 0) + (kind === "document" ? 1 : 0));
  }
  return counts;
}

interface Source {
  uri: string;
  isCopy: boolean;
  close(): Promise<void>;
}

/** A MongoDB as it is; of an embedded one a copy, which shows one moment and which no bot uses. */
async function openSource({ mongodb, folders }: Config): Promise<Source> {
  if (mongodb.uri !== undefined) return { uri: mongodb.uri, isCopy: false, close: async () => {} };
  const data = join(folders.data, "mongodb");
  if (!existsSync(join(data, "data.mdb"))) {
    throw new OperatorError(`There is no database in ${folders.data}: nothing has been stored yet.`, {
      code: "NO_DATABASE",
    });
  }
  const copy = join(folders.data, `backup-${process.pid}`);
  const remove = (): Promise<void> => rm(copy, { recursive: true, force: true });
  try {
    await copyEmbeddedData(data, copy);
    const server = await startEmbeddedMongo({ path: copy, clock: systemClock, logger: silentLogger });
    return {
      uri: server.uri,
      isCopy: true,
      async close() {
        await server.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
