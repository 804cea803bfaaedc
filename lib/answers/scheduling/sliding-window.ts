import type { Clock } from "../../core/index.ts";

/**
 * Length of the window in milliseconds: a minute, and a second more because calls take varying time to reach the
 * provider's counter. Quotas "per minute" are kept over every such span, not by the minutes of a clock. Written here
 * because rate-limiter libraries count fixed windows, and cannot say when there is room for a given amount.
 */
export const WINDOW_MS = 61_000;

interface Entry {
  /** Monotonic milliseconds. */
  at: number;
  amount: number;
}

/** What was used of a capacity within the last minute, and when there is room again. */
export class SlidingWindow {
  readonly #capacity: () => number;
  readonly #clock: Clock;
  #entries: Entry[] = [];
  #total = 0;

  /** @param capacity what may be used within a minute; a function where that changes */
  constructor(capacity: number | (() => number), clock: Clock) {
    this.#capacity = typeof capacity === "number" ? () => capacity : capacity;
    this.#clock = clock;
  }

  get capacity(): number {
    return this.#capacity();
  }

  used(): number {
    const since = this.#clock.monotonic() - WINDOW_MS;
    const first = this.#entries.findIndex(({ at }) => at > since);
    const expired = first < 0 ? this.#entries : this.#entries.slice(0, first);
    if (expired.length > 0) {
      this.#entries = this.#entries.slice(expired.length);
      for (const { amount } of expired) this.#total -= amount;
    }
    return this.#total;
  }

  /** Replaces what was used. @param entries the oldest first */
  replace(entries: readonly Entry[]): void {
    this.#entries = entries.map((entry) => ({ ...entry }));
    this.#total = entries.reduce((total, { amount }) => total + amount, 0);
  }

  /** Milliseconds until `amount` more fits; 0 when it does. An amount above the capacity takes several windows. */
  waitMs(amount: number): number {
    const windows = Math.max(0, Math.ceil(amount / this.capacity) - 1);
    let excess = this.used() + amount - (windows + 1) * this.capacity;
    let freeAt = this.#clock.monotonic();
    for (const entry of this.#entries) {
      if (excess <= 0) break;
      excess -= entry.amount;
      freeAt = entry.at + WINDOW_MS;
    }
    return windows * WINDOW_MS + freeAt - this.#clock.monotonic();
  }

  /**
   * Uses `amount` now, or at an earlier time that precedes all entries.
   * @returns a function that corrects the amount afterwards
   */
  take(amount: number, at = this.#clock.monotonic()): (corrected: number) => void {
    const entry = { at, amount };
    this.used();
    this.#entries.push(entry);
    this.#total += amount;
    return (corrected) => {
      this.used();
      if (this.#entries.includes(entry)) this.#total += corrected - entry.amount;
      entry.amount = corrected;
    };
  }
}
