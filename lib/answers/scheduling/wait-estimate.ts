/** How long calls have been taking, the latest counting most. */
export interface CallDurations {
  /** In milliseconds; a guess before the first call has ended. */
  meanMs(): number;
  add(ms: number): void;
}

/** What a short answer takes to its last word, before we know better (milliseconds). */
const FIRST_GUESS_MS = 4_000;
/** How much the latest call counts: an exponentially weighted mean of about the last twenty. */
const WEIGHT = 0.1;

export function createCallDurations(): CallDurations {
  let meanMs = FIRST_GUESS_MS;
  return {
    meanMs: () => meanMs,
    add(ms) {
      meanMs += (ms - meanMs) * WEIGHT;
    },
  };
}
