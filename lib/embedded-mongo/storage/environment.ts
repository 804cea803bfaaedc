import { randomUUID } from "node:crypto";
import { mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as otherWork, setTimeout as pause } from "node:timers/promises";
import { Semaphore } from "async-mutex";
import { OperatorError, PRIVATE_FOLDER } from "../../core/index.ts";
import { CommandError } from "../errors.ts";
import { findDamage } from "./data-file.ts";
import { exchangeFiles, makeDraftFolder, removeLeftovers } from "./file-exchange.ts";
import { LiveCopy } from "./live-copy.ts";
import { DATA_FILE, type Lmdb, openLmdb } from "./lmdb.ts";
import { type Entry, type KeyRange, type Reader, rangeOf, Snapshot } from "./snapshot.ts";

/** The longest key, in bytes (lmdb with its standard page size). */
export const MAX_KEY_BYTES = 1978;

/** The size of a counter's value; a JavaScript number holds it. */
const COUNTER_BYTES = 6;

/** What lmdb tells of its tree of pages. */
interface TreeStatistics {
  pageSize: number;
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

/**
 * How many writes may be under way; all of them together keep every write out. Each release counts through the free
 * places, so more of them cost CPU at every write (a million: a millisecond).
 */
const ALL_WRITES = 1_000;

/** How long a replaced file is kept for another process that reads it, and how often that is looked at, in milliseconds. */
const READ_BY_OTHERS_MS = 10 * 60_000;
const LOOK_MS = 100;
/** How long cursors and commands of this process may go on reading a replaced file, in milliseconds. */
const READ_BY_US_MS = 30_000;
/** Smaller files are not worth rewriting for their free room, in bytes. */
const MIN_SHRUNK_BYTES = 16 * 1024 * 1024;

/**
 * Opens the folder; by default a temporary one that is not flushed to disk and is deleted on close.
 * @throws OperatorError when its data is damaged, or lmdb cannot open it
 */
export async function openEnvironment(path: string | undefined): Promise<Environment> {
  const folder = path ?? join(tmpdir(), `embedded-mongo-${randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  await removeLeftovers(folder);
  const damage = await findDamage(join(folder, DATA_FILE));
  if (damage !== undefined) throw damaged(folder, damage);
  return new Environment(folder, path === undefined);
}

/**
 * Ordered keys and values. Reads see committed data, in one snapshot until control returns to the event loop; inside
 * `write` they see its own changes.
 */
export class Environment implements Reader {
  private readonly folder: string;
  private readonly isTemporary: boolean;
  private database: Lmdb;
  /** A write takes one place; the exchange of the data file takes them all. */
  private readonly writes = new Semaphore(ALL_WRITES);
  /** The copy in progress, if any. */
  private copy: LiveCopy | undefined;
  private readonly snapshots = new Set<Snapshot>();
  /** What the write under way adds to the counters. */
  private readonly additions = new Map<string, { key: Buffer; amount: number }>();
  /** Whether the file may contain what is no longer stored: true at first, since an earlier process may have left it. */
  private isStale = true;
  /** Resolves after the rewrites asked for, which are done one after the other. */
  private rewriting: Promise<void> = Promise.resolve();
  /** The one that has not begun, if any. */
  private nextRewrite: Promise<void> | undefined;
  private isClosing = false;

  constructor(folder: string, isTemporary: boolean) {
    this.folder = folder;
    this.isTemporary = isTemporary;
    this.database = openLmdb(folder, { isFlushed: !isTemporary });
  }

  get(key: Buffer): Buffer | undefined {
    return this.database.get(key);
  }

  range(range: KeyRange, reverse = false): Iterable<Entry> {
    return this.database.getRange(rangeOf(range, reverse));
  }

  /** The first keys of a range. */
  keys(range: KeyRange, limit: number): Buffer[] {
    return [...this.database.getKeys({ ...rangeOf(range, false), limit })];
  }

  /** The data as it is now, to be read in slices of time. `onRevoke` is called when it must be released soon. */
  snapshot(onRevoke: () => void = () => {}): Snapshot {
    const snapshot = new Snapshot(this.database, (released) => this.snapshots.delete(released), onRevoke);
    this.snapshots.add(snapshot);
    return snapshot;
  }

  /** The value of a counter, or undefined if it was never begun. */
  counter(key: Buffer, reader: Reader = this): number | undefined {
    return reader.get(key)?.readUIntBE(0, COUNTER_BYTES);
  }

  /** Only inside `write`. */
  beginCounter(key: Buffer): void {
    this.put(key, Buffer.alloc(COUNTER_BYTES));
  }

  /** Adds to a counter, at the end of the write, if it was begun. Only inside `write`. */
  addToCounter(key: Buffer, amount: number): void {
    const name = key.toString("latin1");
    const added = this.additions.get(name);
    if (added) added.amount += amount;
    else this.additions.set(name, { key, amount });
  }

  /** Only inside `write`. */
  put(key: Buffer, value: Buffer): void {
    this.noteChange(key);
    void this.database.put(key, value);
  }

  /** Only inside `write`. */
  remove(key: Buffer): void {
    this.noteChange(key);
    void this.database.remove(key);
  }

  /**
   * Runs `action`, which must be synchronous, in a child of a shared transaction, and resolves once that is flushed to
   * disk (in a temporary environment, once it is committed). If `action` throws, its changes are rolled back.
   * @throws CommandError OutOfDiskSpace when the transaction could not be written; a later one may succeed.
   * InterruptedAtShutdown when the environment is being closed.
   */
  async write<Result>(action: () => Result): Promise<Result> {
    const [, leave] = await this.writes.acquire();
    try {
      if (this.isClosing) throw new CommandError("InterruptedAtShutdown", "the database is being closed");
      return await this.database.childTransaction(() => {
        this.additions.clear();
        const result = action();
        this.saveCounters();
        return result;
      });
    } catch (failure) {
      throw refusalOf(failure);
    } finally {
      leave();
    }
  }

  /**
   * Rewrites the data file, so that nothing is left in it of what was deleted or replaced before the call, and overwrites
   * the old one. Reads and writes go on meanwhile, except for writes during the exchange of the files.
   * Does nothing on Windows.
   * @throws when the disk is full or fails; the old file then stays in use
   */
  rewrite(): Promise<void> {
    // One that has not begun serves everybody who asks meanwhile.
    this.nextRewrite ??= this.rewriting.then(() => {
      this.nextRewrite = undefined;
      return this.rewriteNow();
    });
    this.rewriting = this.nextRewrite.catch(() => {});
    return this.nextRewrite;
  }

  /** Whether most of the file is free room, and there is much of it. */
  async isMostlyFree(): Promise<boolean> {
    const { size } = await stat(join(this.folder, DATA_FILE));
    if (size < MIN_SHRUNK_BYTES) return false;
    const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } =
      this.database.getStats() as TreeStatistics;
    return (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize < size / 2;
  }

  /** Resolves when every write is on disk, after the rewrites that were asked for. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.rewriting;
    await this.releasedByUs(this.database);
    await this.database.close();
    if (this.isTemporary) await rm(this.folder, { recursive: true, force: true });
  }

  private saveCounters(): void {
    for (const { key, amount } of this.additions.values()) {
      const before = this.counter(key);
      if (before === undefined || amount === 0) continue;
      const value = Buffer.alloc(COUNTER_BYTES);
      value.writeUIntBE(before + amount, 0, COUNTER_BYTES);
      this.put(key, value);
    }
  }

  private noteChange(key: Buffer): void {
    this.isStale = true;
    this.copy?.noteChange(key);
  }

  private async rewriteNow(): Promise<void> {
    if (!this.isStale || !canReplaceOpenFiles()) return;
    this.isStale = false; // a change from here on makes it stale again
    try {
      await removeLeftovers(this.folder);
      const draft = await makeDraftFolder(this.folder);
      // No write may be half done when the copy begins to note the changes, or it would be missed.
      const copy = await this.alone(() => {
        this.copy = new LiveCopy(this.database, draft);
        return this.copy;
      });
      try {
        await copy.copyAll();
        await copy.update(await this.alone(() => copy.takeChanges()));
        await copy.flush();
        const old = this.database;
        await this.alone(async () => {
          await copy.update(copy.takeChanges());
          this.database = await this.exchange(copy, draft);
        });
        await this.releasedByUs(old);
        const isUnread = await this.unreadByOthers(old);
        await old.close();
        if (isUnread) await removeLeftovers(this.folder); // else before the next rewrite, or at the next start
      } finally {
        this.copy = undefined;
        await copy.close();
      }
    } catch (error) {
      this.isStale = true;
      throw refusalOf(error);
    }
  }

  /** Waits until no snapshot of a file is left; those that last too long, or keep the environment open, are revoked. */
  private async releasedByUs(database: Lmdb): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      const snapshots = [...this.snapshots].filter((snapshot) => snapshot.database === database);
      if (waitedMs >= READ_BY_US_MS || this.isClosing) for (const snapshot of snapshots) snapshot.revoke();
      if (![...this.snapshots].some((snapshot) => snapshot.database === database)) return;
      await (this.isClosing ? otherWork() : pause(LOOK_MS));
    }
  }

  /**
   * Waits for other processes that read the replaced file, as a backup does: they would read what overwrites it.
   * @returns whether none does
   */
  private async unreadByOthers(old: Lmdb): Promise<boolean> {
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      old.readerCheck(); // forgets those that died
      if (!isReadByOthers(old.readerList())) return true;
      if (waitedMs >= READ_BY_OTHERS_MS || this.isClosing) return false;
      await pause(LOOK_MS);
    }
  }

  /** Runs while no write is under way. */
  private alone<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    return this.writes.runExclusive(action, ALL_WRITES);
  }

  /** Puts the copy in the place of the data file. Opened before, so that nothing can fail after. */
  private async exchange(copy: LiveCopy, draft: string): Promise<Lmdb> {
    await copy.close();
    await copy.flush();
    const database = openLmdb(draft, { isFlushed: !this.isTemporary });
    try {
      await exchangeFiles(this.folder);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }
}

/** Windows does not put a file in the place of one that is open. */
export function canReplaceOpenFiles(): boolean {
  return process.platform !== "win32";
}

/** Reads lmdb's table of readers: process id, thread, and a transaction, or `-` for none. */
function isReadByOthers(readers: string): boolean {
  const rows = readers.split("\n").map((row) => /^\s*(\d+)\s+\S+\s+(\d+)\s*$/.exec(row));
  return rows.some((row) => row !== null && Number(row[1]) !== process.pid);
}

/** lmdb reports a failed commit by an error whose `commitError` rejects with the reason, which it also prints. */
function refusalOf(failure: unknown): unknown {
  if (!(failure instanceof Error && "commitError" in failure)) return failure;
  void Promise.allSettled([failure.commitError]);
  return new CommandError("OutOfDiskSpace", "The disk is full or failing: nothing was written");
}

function damaged(folder: string, why: string): OperatorError {
  const problem = `The data file ${join(folder, DATA_FILE)} is damaged: ${why}.`;
  const advice = `Restore ${folder} from a backup, or move it away to start without data.`;
  return new OperatorError(`${problem} ${advice}`, { code: "EMBEDDED_MONGO_DAMAGED" });
}
