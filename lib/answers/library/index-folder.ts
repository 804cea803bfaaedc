import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, type Logger } from "../../core/index.ts";

/** Keeps the indexes of the library from one start to the next. Never fails: what is not kept is built again. */
export interface IndexFiles {
  /** The file of a language's index; null when there is none. */
  read(language: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Replaces the file of a language's index. */
  write(language: string, file: Uint8Array, signal?: AbortSignal): Promise<void>;
}

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
        // An index that was cut short or written by two at a time is found by its checksum.
        await writeFile(`${path}.new`, file, { mode: 0o600, ...(signal ? { signal } : {}) });
        await rename(`${path}.new`, path);
      } catch (error) {
        if (!signal?.aborted)
          logger.warn("The library's index cannot be stored; the next start builds it again", { error });
      }
    },
  };
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
