import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";
import { errorMessage, OperatorError, PRIVATE_FILE, PRIVATE_FOLDER } from "../../core/index.ts";
import { CommandError } from "../errors.ts";
import { findDamage } from "./data-file.ts";

/** A key and a value as lmdb stores them, sorted by the keys' bytes. */
export interface Entry {
  key: Buffer;
  value: Buffer;
}

export interface KeyRange {
  /** Inclusive. */
  start: Buffer;
  /** Exclusive. */
  end: Buffer;
}

/**
 * Ordered keys and values. Reads see committed data, in one snapshot until control returns to the event loop; inside
 * `write` they see its own changes.
 */
export interface Environment {
  get(key: Buffer): Buffer | undefined;
  range(range: KeyRange, reverse?: boolean): Iterable<Entry>;
  /** Only inside `write`. */
  put(key: Buffer, value: Buffer): void;
  /** Only inside `write`. */
  remove(key: Buffer): void;
  /**
   * Runs `action`, which must be synchronous, in a child of a shared transaction, and resolves once that is flushed to
   * disk (in a temporary environment, once it is committed). If `action` throws, its changes are rolled back.
   * @throws CommandError OutOfDiskSpace when the transaction could not be written; a later one may succeed
   */
  write<Result>(action: () => Result): Promise<Result>;
  close(): Promise<void>;
}

/** The longest key, in bytes (lmdb with its standard page size). */
export const MAX_KEY_BYTES = 1978;

/** lmdb reports a failed commit by an error whose `commitError` rejects with the reason, which it also prints. */
function refusalOf(failure: unknown): unknown {
  if (!(failure instanceof Error && "commitError" in failure)) return failure;
  void Promise.allSettled([failure.commitError]);
  return new CommandError("OutOfDiskSpace", "The disk is full or failing: nothing was written");
}

/**
 * Opens the folder; by default a temporary one that is not flushed to disk and is deleted on close.
 * @throws OperatorError when its data is damaged, or lmdb cannot open it
 */
export async function openEnvironment(path: string | undefined): Promise<Environment> {
  const folder = path ?? join(tmpdir(), `embedded-mongo-${randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const damage = await findDamage(join(folder, "data.mdb"));
  if (damage !== undefined) throw damaged(folder, damage);
  const database = openDatabase(folder, { isTemporary: path === undefined });
  return {
    get: (key) => database.get(key),
    range: ({ start, end }, reverse = false) =>
      reverse
        ? database.getRange({ start: end, end: start, reverse, exclusiveStart: true, inclusiveEnd: true })
        : database.getRange({ start, end }),
    put: (key, value) => void database.put(key, value),
    remove: (key) => void database.remove(key),
    async write(action) {
      try {
        return await database.childTransaction(action);
      } catch (failure) {
        throw refusalOf(failure);
      }
    },
    async close() {
      await database.close();
      if (path === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** With an option that lmdb's types lack. */
type LmdbOptions = RootDatabaseOptionsWithPath & { permissionsMode: number };

function openDatabase(
  folder: string,
  { isTemporary }: { isTemporary: boolean },
): RootDatabase<Buffer, Buffer> {
  try {
    const options: LmdbOptions = {
      path: folder,
      encoding: "binary",
      keyEncoding: "binary",
      permissionsMode: PRIVATE_FILE,
      overlappingSync: false, // otherwise a write resolves at the commit, before it is flushed
      ...(isTemporary ? { noSync: true } : {}),
    };
    return open(options);
  } catch (error) {
    throw new OperatorError(`The data in ${folder} cannot be opened: ${errorMessage(error)}`, {
      code: "EMBEDDED_MONGO_FOLDER",
      cause: error,
    });
  }
}

function damaged(folder: string, why: string): OperatorError {
  const problem = `The data file ${join(folder, "data.mdb")} is damaged: ${why}.`;
  const advice = `Restore ${folder} from a backup, or move it away to start without data.`;
  return new OperatorError(`${problem} ${advice}`, { code: "EMBEDDED_MONGO_DAMAGED" });
}
