/** How many calls may be in flight: fewer when the model says it is too many, slowly more while all goes well. */
export interface ConcurrencyLimit {
  /** Whole calls; from 1 to the operator's maximum. */
  current(): number;
  /** A call was answered. */
  succeeded(): void;
  /** The model refused a call that began at `startedAt` (epoch milliseconds) because there were too many. */
  overloaded(startedAt: number): void;
}

/** What is left of the limit after a refusal. Halving is what TCP does (Chiu and Jain 1989; RFC 5681). */
const DECREASE = 0.5;

/**
 * Additive increase, multiplicative decrease: one more for every round of answered calls, half after a refusal.
 * Calls that began before the last decrease say nothing new: a burst of refusals counts once.
 */
export function createConcurrencyLimit(maximum: number, now: () => number): ConcurrencyLimit {
  let limit = maximum;
  let decreasedAt = Number.NEGATIVE_INFINITY;
  return {
    current: () => Math.floor(limit),
    succeeded() {
      limit = Math.min(maximum, limit + 1 / Math.floor(limit));
    },
    overloaded(startedAt) {
      if (startedAt <= decreasedAt) return;
      decreasedAt = now();
      limit = Math.max(1, limit * DECREASE);
    },
  };
}
