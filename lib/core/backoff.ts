export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. */
  baseMs: number;
  /** Upper bound of all delays, in milliseconds. */
  maxMs: number;
  /** A number in [0, 1); `Math.random` in production. */
  random: () => number;
}

/**
 * The delay before attempt `attempt + 1`, in milliseconds: exponential with equal jitter (half fixed, half random), so
 * that many waiters spread out but none retries immediately.
 */
export function backoffMs(attempt: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}
