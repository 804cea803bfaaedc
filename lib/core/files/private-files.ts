import { chmod, lstat, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** Modes that only the owner can use. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

/** The mode bits of the group and of all others. */
const FOR_OTHERS = 0o077;

export interface PrivateFolderOptions {
  /** Whether the contents are closed to other users too; symbolic links are not followed. */
  isDeep: boolean;
  logger: Logger;
}

/**
 * Creates a folder that only this user can open, whatever the umask. An existing one is closed to other users, which is
 * logged, as is a failure to do so: the folder may belong to somebody else.
 */
export async function makePrivateFolder(folder: string, options: PrivateFolderOptions): Promise<void> {
  const { isDeep, logger } = options;
  const isNew = (await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })) !== undefined;
  if (process.platform === "win32") return; // has no modes; access is inherited from the profile's folder
  const closed = { files: 0, refused: 0 };
  await close(folder, isDeep, closed);
  if (closed.refused > 0) {
    logger.error(
      "Other users of this machine may be able to read the data: its files belong to somebody else",
      {
        folder,
        files: closed.refused,
      },
    );
  } else if (closed.files > 0 && !isNew) {
    logger.warn("Other users of this machine could read the data; it is closed to them now", {
      folder,
      files: closed.files,
    });
  }
}

async function close(
  path: string,
  isDeep: boolean,
  closed: { files: number; refused: number },
): Promise<void> {
  const found = await lstat(path).catch(ifGone);
  if (!found || found.isSymbolicLink()) return;
  const isFolder = found.isDirectory();
  if ((found.mode & FOR_OTHERS) !== 0) {
    try {
      await chmod(path, isFolder ? PRIVATE_FOLDER : PRIVATE_FILE);
      closed.files += 1;
    } catch (error) {
      if (errorCode(error) !== "ENOENT") closed.refused += 1;
    }
  }
  if (!isFolder || !isDeep) return;
  for (const name of (await readdir(path).catch(ifGone)) ?? []) await close(join(path, name), isDeep, closed);
}

/** Another process may delete a file meanwhile. */
function ifGone(error: unknown): undefined {
  if (errorCode(error) !== "ENOENT") throw error;
}
