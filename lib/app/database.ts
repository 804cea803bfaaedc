import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Config } from "../config/index.ts";
import {
  type Clock,
  errorCode,
  type Logger,
  makePrivateFolder,
  OperatorError,
  PRIVATE_FILE,
} from "../core/index.ts";
import { canReplaceOpenFiles, startEmbeddedMongo } from "../embedded-mongo/index.ts";

/** The MongoDB to connect to. */
export interface Database {
  uri: string;
  /** The data folder of an embedded server. */
  folder?: string;
  /** Rewrites an embedded server's file without what was deleted. */
  rewrite?(): Promise<void>;
  /** Stops an embedded server. */
  close(): Promise<void>;
}

export interface DatabaseDeps {
  clock: Clock;
  logger: Logger;
}

const addressSchema = z.object({ uri: z.string(), pid: z.number() });

/**
 * The configured database, or an embedded one in `DATA_DIR`.
 * @throws OperatorError when `DATA_DIR` cannot be created, or as `startEmbeddedMongo`
 */
export async function openDatabase(config: Config, { clock, logger }: DatabaseDeps): Promise<Database> {
  const { uri } = config.mongodb;
  if (uri !== undefined) return { uri, close: async () => {} };
  const folder = config.folders.data;
  try {
    await makePrivateFolder(folder, { isDeep: false, logger });
  } catch (error) {
    throw new OperatorError(
      `DATA_DIR (${folder}) cannot be created: choose a folder that can be written to.`,
      {
        code: "DATA_DIR",
        cause: error,
      },
    );
  }
  await removeOldCopies(folder);
  if (!canReplaceOpenFiles()) {
    logger.warn(
      "On Windows, text that was deleted stays readable in the data file until its space is used again",
    );
  }
  const embedded = await startEmbeddedMongo({ path: join(folder, "mongodb"), clock, logger });
  await writeAddress(folder, embedded.uri);
  return {
    uri: embedded.uri,
    folder,
    rewrite: () => embedded.rewrite(),
    async close() {
      await rm(addressFile(folder), { force: true });
      await embedded.close();
    },
  };
}

/**
 * The address of the embedded database of a bot that is running in `DATA_DIR`, or undefined. A killed bot leaves its
 * address file behind, so the file counts only while its process exists.
 */
export async function runningDatabaseUri(config: Config): Promise<string | undefined> {
  try {
    const file = await readFile(addressFile(config.folders.data), "utf8");
    const { uri, pid } = addressSchema.parse(JSON.parse(file));
    process.kill(pid, 0); // signal 0 only checks whether the process exists
    return uri;
  } catch {
    return undefined; // no file, not a valid one, or no such process
  }
}

/** Copies of the data that a backup left when it was killed; they have what was erased since. */
async function removeOldCopies(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^backup-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0); // signal 0 only checks whether the process exists
  } catch (error) {
    return errorCode(error) === "EPERM"; // somebody else's
  }
}

function addressFile(folder: string): string {
  return join(folder, "embedded-mongo.json");
}

/**
 * The address contains the password, so only this user may read it. Written to another file and renamed, so that a
 * reader never finds half of it.
 */
async function writeAddress(folder: string, uri: string): Promise<void> {
  const file = addressFile(folder);
  const draft = `${file}.new`;
  await rm(draft, { force: true }); // the mode applies to a new file only
  await writeFile(draft, `${JSON.stringify({ uri, pid: process.pid })}\n`, { mode: PRIVATE_FILE });
  await rename(draft, file);
}
