import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, type Logger } from "../../core/index.ts";

/** Keeps the indexes of the library from one start to the next. Never fails: what is not kept is built again. */
export interface IndexFiles {
  /** The file of a language's index; null when there is none. */
  read(language: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Replaces the file of a language's index. */
  write(language: string, file: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** The end of the names of files that are being written. */
const UNFINISHED = ".new";
/** A file that is written for so long was abandoned, in milliseconds. */
const ABANDONED_MS = 10 * 60_000;

/** Keeps them in a folder, which is made when the first one is written. Only the bot's own user can read them. */
export function openIndexFolder(folder: string, logger: Logger): IndexFiles {
  const pathOf = (language: string): string => join(folder, `${language}.index`);
  return {
    async read(language) {
      try {
        return await readWhole(pathOf(language));
      } catch (error) {
        if (errorCode(error) !== "ENOENT")
          logger.warn("The library's stored index cannot be read", { error });
        return null;
      }
    },
    async write(language, file, signal) {
      const path = pathOf(language);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        // Of a name of its own: several instances may share the folder.
        const unfinished = `${path}.${randomUUID()}${UNFINISHED}`;
        await writeFile(unfinished, file, { mode: 0o600, ...(signal ? { signal } : {}) });
        const { mtimeMs } = await stat(unfinished);
        await rename(unfinished, path);
        await removeAbandoned(folder, mtimeMs - ABANDONED_MS);
      } catch (error) {
        if (!signal?.aborted)
          logger.warn("The library's index cannot be stored; the next start builds it again", { error });
      }
    },
  };
}

/** Removes what instances left that were killed while they wrote. @param before epoch milliseconds */
async function removeAbandoned(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(UNFINISHED)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY })); // finished meanwhile
    if (mtimeMs < before) await rm(path, { force: true });
  }
}

/** In one piece, at the beginning of its own memory, so that its arrays can be used as they are. */
async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file = new Uint8Array(size);
    const { bytesRead } = await handle.read(file, 0, size, 0);
    return file.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
