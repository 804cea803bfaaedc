/** Typical time to the last word of a short answer, used before the first call has ended (milliseconds). */
const INITIAL_MEAN_MS = 4_000;
/** Weight of the latest call: an exponentially weighted mean over about the last twenty. */
const WEIGHT = 0.1;

/** How long recent calls took. */
export class CallDurations {
  #meanMs = INITIAL_MEAN_MS;

  meanMs(): number {
    return this.#meanMs;
  }

  add(ms: number): void {
    this.#meanMs += (ms - this.#meanMs) * WEIGHT;
  }
}
