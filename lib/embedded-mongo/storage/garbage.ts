import type { Turns } from "../turns/turns.ts";
import type { Environment } from "./environment.ts";

/** In the catalog's space, before the prefix of what is to be deleted. */
const GARBAGE_PREFIX = Buffer.from([0, 0, 0, 0, 2]);
const MARK = Buffer.of(1);
/** Sorts after every key with the same prefix. */
const ABOVE = Buffer.of(255);
/** Entries that are deleted between two looks at the clock. */
const STEP = 50;

/**
 * Entries nobody can see any more: of dropped collections and indexes, and of indexes that were never finished. They are
 * deleted in slices of time, after a crash by the next process.
 */
export class Garbage {
  private readonly environment: Environment;
  private readonly turns: Turns;
  /** Prefixes that an index is being built under. */
  private readonly kept = new Set<string>();
  private sweeping: Promise<void> | undefined;
  private isStopped = false;

  constructor(environment: Environment, turns: Turns) {
    this.environment = environment;
    this.turns = turns;
  }

  /** Everything under this prefix is to be deleted. Only inside `write`. */
  add(prefix: Buffer): void {
    this.environment.put(Buffer.concat([GARBAGE_PREFIX, prefix]), MARK);
  }

  /** Whether something under this prefix is to be deleted. */
  has(prefix: Buffer): boolean {
    return this.environment.get(Buffer.concat([GARBAGE_PREFIX, prefix])) !== undefined;
  }

  /** It is in use after all. Only inside `write`. */
  withdraw(prefix: Buffer): void {
    this.environment.remove(Buffer.concat([GARBAGE_PREFIX, prefix]));
  }

  /** Leaves it alone for now, as long as the process lives, until `release`. */
  keep(prefix: Buffer): void {
    this.kept.add(prefix.toString("hex"));
  }

  release(prefix: Buffer): void {
    this.kept.delete(prefix.toString("hex"));
  }

  /** Deletes all there is, and what comes meanwhile. */
  sweep(): Promise<void> {
    this.sweeping ??= this.sweepAll().finally(() => {
      this.sweeping = undefined;
    });
    return this.sweeping;
  }

  /** Resolves when nothing is being deleted; the next process goes on. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.sweeping?.catch(() => {});
  }

  private async sweepAll(): Promise<void> {
    for (let prefix = this.next(); prefix && !this.isStopped; prefix = this.next()) {
      const found = prefix;
      await this.environment.write(() => this.deleteSome(found));
      await this.turns.next();
    }
  }

  private next(): Buffer | undefined {
    const keys = this.environment.keys(rangeUnder(GARBAGE_PREFIX), this.kept.size + 1);
    return keys
      .map((key) => key.subarray(GARBAGE_PREFIX.length))
      .find((prefix) => !this.kept.has(prefix.toString("hex")));
  }

  private deleteSome(prefix: Buffer): void {
    const slice = this.turns.slice();
    do {
      const keys = this.environment.keys(rangeUnder(prefix), STEP);
      for (const key of keys) this.environment.remove(key);
      if (keys.length < STEP) {
        this.withdraw(prefix);
        return;
      }
    } while (!slice.isOver());
  }
}

function rangeUnder(prefix: Buffer): { start: Buffer; end: Buffer } {
  return { start: prefix, end: Buffer.concat([prefix, ABOVE]) };
}
