import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../errors.ts";
import type { Logger } from "../logger.ts";

/**
 * Keeps what takes seconds to learn from the content, such as the library's indexes, from one start to the next. Never
 * fails: what is not kept is learnt again.
 */
export interface LearntFiles {
  /** The files of a name, the likeliest first; each may be of other content, or damaged. */
  read(name: string): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Replaces the file of a name. */
  write(name: string, file: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** The end of the names of files that are being written. */
const UNFINISHED = ".new";
/** A file that is written for so long was abandoned, in milliseconds. */
const ABANDONED_MS = 10 * 60_000;

/**
 * Keeps them in a folder, which is made when the first one is written. Only the bot's own user can read them.
 * @param built a folder with what was learnt when the program was built
 */
export function openLearntFiles(folder: string, logger: Logger, built?: string): LearntFiles {
  return {
    async *read(name) {
      for (const parent of built === undefined ? [folder] : [folder, built]) {
        const file = await readWhole(pathIn(parent, name)).catch((error: unknown) => {
          if (errorCode(error) !== "ENOENT") logger.warn("A stored index cannot be read", { error });
          return null;
        });
        if (file) yield file;
      }
    },
    async write(name, file, signal) {
      const path = pathIn(folder, name);
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
          logger.warn("An index cannot be stored; the next start builds it again", { error });
      }
    },
  };
}

function pathIn(folder: string, name: string): string {
  return join(folder, `${name}.index`);
}

/** What `decode` makes of the first file of a name that it can use; null when there is none. */
export async function readLearnt<Learnt>(
  files: LearntFiles | undefined,
  name: string,
  decode: (file: Uint8Array<ArrayBuffer>) => Learnt | null,
): Promise<Learnt | null> {
  if (!files) return null;
  for await (const file of files.read(name)) {
    const learnt = decode(file);
    if (learnt) return learnt;
  }
  return null;
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
