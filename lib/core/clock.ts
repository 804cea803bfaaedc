import { setTimeout as delay } from "node:timers/promises";

/** Time and timers, passed in so that tests can control them. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump: durations are measured with `monotonic`. */
  now(): number;
  /** Milliseconds since some moment of the past, by a clock that nobody sets. */
  monotonic(): number;
  /**
   * Waits `ms` milliseconds.
   * @throws the signal's reason when it aborts first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest timer of Node, in milliseconds; it fires a longer one at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The system's clocks and timers. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      let leftMs = ms;
      do {
        await delay(Math.min(leftMs, MAX_TIMER_MS), undefined, signal ? { signal } : {});
        leftMs -= MAX_TIMER_MS;
      } while (leftMs > 0);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/**
 * The wall clock for what ends or deletes something for its age: a clock that is set ahead while the process runs is not
 * believed, so that nothing ends before its time. What depends on a clock set back only comes later.
 */
export function cautiousNow(clock: Clock): () => number {
  const startedAt = clock.now();
  const since = clock.monotonic();
  return () => Math.min(clock.now(), startedAt + clock.monotonic() - since);
}
