import type { Config } from "../../config/index.ts";
import { silentLogger, systemClock } from "../../core/index.ts";
import { restoreArchive } from "../../store/index.ts";
import { openDatabase } from "../database.ts";
import { readBackupFile } from "./backup-file.ts";

export interface RestoreRequest {
  file: string;
  passphrase?: string;
  /** Deletes what the database holds first. */
  replaces: boolean;
}

/**
 * Fills the database of the settings from a backup.
 * @returns the number of documents of each collection
 * @throws OperatorError as `openDatabase`, such as when a bot is using the embedded one, and as `restoreArchive`
 */
export async function restore(
  config: Config,
  { file, passphrase, replaces }: RestoreRequest,
): Promise<ReadonlyMap<string, number>> {
  const database = await openDatabase(config, { clock: systemClock, logger: silentLogger });
  try {
    const { database: name } = config.mongodb;
    return await restoreArchive(readBackupFile(file, passphrase), {
      uri: database.uri,
      database: name,
      replaces,
    });
  } finally {
    await database.close();
  }
}
