import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";
import { errorMessage, OperatorError, PRIVATE_FILE } from "../../core/index.ts";

export type Lmdb = RootDatabase<Buffer, Buffer>;

/** lmdb's names for its files in a folder. */
export const DATA_FILE = "data.mdb";
export const LOCK_FILE = "lock.mdb";

/** Each moment of the data that is being read at the same time takes one. */
const MAX_READERS = 1_024;

/** With an option that lmdb's types lack. */
type LmdbOptions = RootDatabaseOptionsWithPath & { permissionsMode: number };

/**
 * Opens the data of a folder, which exists.
 * @param isFlushed whether a write resolves only when it is on disk
 * @throws OperatorError when lmdb cannot open it
 */
export function openLmdb(folder: string, { isFlushed }: { isFlushed: boolean }): Lmdb {
  try {
    const options: LmdbOptions = {
      path: folder,
      encoding: "binary",
      keyEncoding: "binary",
      permissionsMode: PRIVATE_FILE,
      maxReaders: MAX_READERS,
      overlappingSync: false, // otherwise a write resolves at the commit, before it is flushed
      ...(isFlushed ? {} : { noSync: true }),
    };
    return open(options);
  } catch (error) {
    throw new OperatorError(`The data in ${folder} cannot be opened: ${errorMessage(error)}`, {
      code: "EMBEDDED_MONGO_FOLDER",
      cause: error,
    });
  }
}
