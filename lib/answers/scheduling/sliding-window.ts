import type { Clock } from "../../core/index.ts";

/**
 * Quotas "per minute" are kept over every span of this length, in milliseconds, not by the minutes of a clock: a minute,
 * and a second more because calls take more or less time to where they are counted.
 */
const WINDOW_MS = 61_000;

/** How much was used within the last minute, and when there is room again. */
export interface SlidingWindow {
  readonly capacity: number;
  used(): number;
  /** How long until `amount` more fits, in milliseconds; 0 when it does. More than fits at once takes whole minutes. */
  waitMs(amount: number): number;
  /** Uses `amount` now, or did at a time no earlier than all others; what this answers corrects it afterwards. */
  take(amount: number, at?: number): (amount: number) => void;
}

export function createSlidingWindow(capacity: number, clock: Clock): SlidingWindow {
  let entries: { at: number; amount: number }[] = [];
  let total = 0;

  function used(): number {
    const since = clock.now() - WINDOW_MS;
    const first = entries.findIndex(({ at }) => at > since);
    const gone = first < 0 ? entries : entries.slice(0, first);
    if (gone.length > 0) {
      entries = entries.slice(gone.length);
      for (const { amount } of gone) total -= amount;
    }
    return total;
  }

  return {
    capacity,
    used,
    waitMs(amount) {
      const minutes = Math.max(0, Math.ceil(amount / capacity) - 1);
      let excess = used() + amount - (minutes + 1) * capacity;
      let freeAt = clock.now();
      for (const entry of entries) {
        if (excess <= 0) break;
        excess -= entry.amount;
        freeAt = entry.at + WINDOW_MS;
      }
      return minutes * WINDOW_MS + freeAt - clock.now();
    },
    take(amount, at = clock.now()) {
      const entry = { at, amount };
      used();
      entries.push(entry);
      total += amount;
      return (corrected) => {
        used();
        if (entries.includes(entry)) total += corrected - entry.amount;
        entry.amount = corrected;
      };
    },
  };
}
