import { open } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as otherWork } from "node:timers/promises";
import { DATA_FILE, type Lmdb, openLmdb } from "./lmdb.ts";

/** How long a slice of the copy keeps the event loop, in milliseconds; its commit takes about as long again. */
const SLICE_MS = 4;

/**
 * A copy of the entries of a database that is written to meanwhile. lmdb never overwrites in place, so its file keeps what
 * was deleted or replaced in free pages, and in the free space of pages that its own compacting copy takes over. Here each
 * entry is written anew, so that nothing comes along that is not in use.
 */
export class LiveCopy {
  private readonly source: Lmdb;
  private readonly folder: string;
  private readonly copy: Lmdb;
  /** Keys that were written to since the copy began, by their bytes. */
  private readonly changed = new Map<string, Buffer>();
  private isClosed = false;

  constructor(source: Lmdb, folder: string) {
    this.source = source;
    this.folder = folder;
    this.copy = openLmdb(folder, { isFlushed: false });
  }

  /** Must be called for each key that is written to or removed. */
  noteChange(key: Buffer): void {
    this.changed.set(key.toString("latin1"), Buffer.from(key));
  }

  /** Copies what there is, in slices; what changes meanwhile may be missed. */
  async copyAll(): Promise<void> {
    let last: Buffer | undefined;
    do {
      last = this.copyAfter(last);
      await otherWork();
    } while (last);
  }

  /** The keys noted so far; noting begins anew. While no write is under way, all of them are committed. */
  takeChanges(): Buffer[] {
    const keys = [...this.changed.values()];
    this.changed.clear();
    return keys;
  }

  /** Copies these keys again, in slices. */
  async update(keys: readonly Buffer[]): Promise<void> {
    for (let at = 0; at < keys.length; ) {
      await otherWork(); // lmdb reads what was committed before this turn of the event loop
      at = this.copyKeys(keys, at);
    }
  }

  /** Writes the copy to disk. */
  async flush(): Promise<void> {
    const file = await open(join(this.folder, DATA_FILE), "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** May be called again. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.copy.close();
  }

  /** @returns the last key copied, or undefined at the end */
  private copyAfter(last: Buffer | undefined): Buffer | undefined {
    const until = performance.now() + SLICE_MS;
    return this.copy.transactionSync(() => {
      const range = last ? { start: last, exclusiveStart: true } : {};
      for (const { key, value } of this.source.getRange(range)) {
        this.copy.putSync(key, value, { append: true });
        if (performance.now() > until) return Buffer.from(key);
      }
      return undefined;
    });
  }

  /** @returns the index of the first key that is left */
  private copyKeys(keys: readonly Buffer[], from: number): number {
    const until = performance.now() + SLICE_MS;
    return this.copy.transactionSync(() => {
      for (let at = from; at < keys.length; at += 1) {
        if (performance.now() > until) return at;
        const key = keys[at] ?? Buffer.alloc(0);
        const value = this.source.get(key);
        if (value) this.copy.putSync(key, value);
        else this.copy.removeSync(key);
      }
      return keys.length;
    });
  }
}
