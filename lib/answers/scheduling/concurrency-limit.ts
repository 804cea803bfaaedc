/** Share of the limit that is left after a refusal. TCP halves too (Chiu and Jain 1989; RFC 5681). */
const DECREASE = 0.5;

/**
 * How many calls may be in flight: additive increase, multiplicative decrease. One more for every round of answered
 * calls, half after a refusal. Calls that began before the last decrease are ignored, so a burst of refusals counts
 * once.
 */
export class ConcurrencyLimit {
  readonly #maximum: number;
  readonly #now: () => number;
  #limit: number;
  #decreasedAt = Number.NEGATIVE_INFINITY;

  constructor(maximum: number, now: () => number) {
    this.#maximum = maximum;
    this.#now = now;
    this.#limit = maximum;
  }

  /** Whole calls, from 1 to the operator's maximum. */
  current(): number {
    return Math.floor(this.#limit);
  }

  /** A call was answered. */
  succeeded(): void {
    this.#limit = Math.min(this.#maximum, this.#limit + 1 / Math.floor(this.#limit));
  }

  /** The model refused a call that began at `startedAt` (monotonic milliseconds) because there were too many. */
  overloaded(startedAt: number): void {
    if (startedAt <= this.#decreasedAt) return;
    this.#decreasedAt = this.#now();
    this.#limit = Math.max(1, this.#limit * DECREASE);
  }
}
