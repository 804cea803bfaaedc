import { link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, PRIVATE_FOLDER } from "../../core/index.ts";
import { DATA_FILE, LOCK_FILE } from "./lmdb.ts";

const DRAFT_FOLDER = "rewrite";
/** The replaced data file until its bytes are overwritten. */
const RETIRED_FILE = "retired.mdb";

const CHUNK = Buffer.alloc(1024 * 1024);

/** Where the file that replaces the data file is written. */
export async function makeDraftFolder(folder: string): Promise<string> {
  const draft = join(folder, DRAFT_FOLDER);
  await mkdir(draft, { mode: PRIVATE_FOLDER });
  return draft;
}

/**
 * Puts the draft in the data file's place, with its lock file: that of the old one counts other transactions. Both stay
 * open to those who have them open. A complete data file is in place at every moment, so this may be interrupted.
 */
export async function exchangeFiles(folder: string): Promise<void> {
  await link(join(folder, DATA_FILE), join(folder, RETIRED_FILE));
  await flushFolder(folder);
  await rename(join(folder, DRAFT_FOLDER, LOCK_FILE), join(folder, LOCK_FILE));
  await rename(join(folder, DRAFT_FOLDER, DATA_FILE), join(folder, DATA_FILE));
  // What is written to the new file must not be lost with its name. A disk that fails here fails the next write too.
  await flushFolder(folder).catch(() => {});
}

/** Removes what a rewrite leaves: the draft of an interrupted one, and the replaced file, whose bytes are overwritten. */
export async function removeLeftovers(folder: string): Promise<void> {
  await flushFolder(folder); // the new file's name must be on disk before the old file is overwritten
  await rm(join(folder, DRAFT_FOLDER), { recursive: true, force: true });
  const retired = join(folder, RETIRED_FILE);
  try {
    // Two names: the rewrite ended before the new file was in place, so this is still the data.
    if ((await lstat(retired)).nlink === 1) await overwrite(retired);
    await rm(retired);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function overwrite(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const { size } = await file.stat();
    for (let at = 0; at < size; at += CHUNK.length) {
      await file.write(CHUNK, 0, Math.min(CHUNK.length, size - at), at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename durable. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // does not open folders
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
