import type { Transaction } from "lmdb";
import { CommandError } from "../errors.ts";
import type { Lmdb } from "./lmdb.ts";

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

/** Reads entries: of the present, or of a snapshot. */
export interface Reader {
  get(key: Buffer): Buffer | undefined;
  range(range: KeyRange, reverse?: boolean): Iterable<Entry>;
}

/**
 * The data of one moment, whatever is written later, until it is released. Meanwhile lmdb cannot use the room of what is
 * replaced or deleted again.
 */
export class Snapshot implements Reader {
  /** The file that is read; another one may have taken its place. */
  readonly database: Lmdb;
  /** lmdb's options for a read of this moment. */
  private readonly options: { transaction: Transaction };
  private readonly onRelease: (snapshot: Snapshot) => void;
  private readonly onRevoke: () => void;
  private isRevoked = false;
  private isReleased = false;

  constructor(database: Lmdb, onRelease: (snapshot: Snapshot) => void, onRevoke: () => void) {
    this.database = database;
    this.options = { transaction: database.useReadTransaction() };
    this.onRelease = onRelease;
    this.onRevoke = onRevoke;
  }

  /** @throws CommandError QueryPlanKilled when it was revoked */
  get(key: Buffer): Buffer | undefined {
    this.check();
    return this.database.get(key, this.options);
  }

  /** @throws CommandError QueryPlanKilled when it was revoked, also by the iteration */
  range(range: KeyRange, reverse = false): Iterable<Entry> {
    this.check();
    const entries = this.database.getRange({ ...rangeOf(range, reverse), ...this.options });
    return { [Symbol.iterator]: () => this.checked(entries[Symbol.iterator]()) };
  }

  /** Not a generator, whose turns cost more than lmdb's own work. */
  private checked(entries: Iterator<Entry>): Iterator<Entry> {
    return {
      next: () => {
        if (this.isRevoked) entries.return?.(); // nobody closes an iterator whose `next` throws
        this.check();
        return entries.next();
      },
      return: () => entries.return?.() ?? { done: true, value: undefined },
    };
  }

  /** May be called again. No iteration may be under way. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.options.transaction.done();
    this.onRelease(this);
  }

  /** Asks its holder to release it, because the file it reads is about to be closed. */
  revoke(): void {
    if (this.isRevoked) return;
    this.isRevoked = true;
    this.onRevoke();
  }

  private check(): void {
    if (this.isRevoked) throw new CommandError("QueryPlanKilled", "the data file that was read is closed");
  }
}

/** lmdb's options for a range. */
export function rangeOf({ start, end }: KeyRange, reverse: boolean) {
  return reverse
    ? { start: end, end: start, reverse: true, exclusiveStart: true, inclusiveEnd: true }
    : { start, end };
}
