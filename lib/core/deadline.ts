import { childOf } from "./child-signal.ts";
import type { Clock } from "./clock.ts";

/**
 * Runs `work` with a signal that aborts with the caller's reason, or with a `TimeoutError` after `ms` milliseconds.
 * It still waits for the work then, so the work must observe the signal. No timer or listener outlives the call.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const call = childOf(caller);
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => call.abort(new DOMException(`Not done within ${ms / 1000} s`, "TimeoutError")),
    () => {}, // the work ended first
  );
  try {
    return await work(call.signal);
  } finally {
    done.abort();
    call.release();
  }
}

/**
 * Waits at most `ms` milliseconds, and until the signal aborts, for work that cannot be aborted; returns whether it ended
 * in that time.
 * @throws what the work throws in that time.
 */
export async function endsWithin(
  work: Promise<unknown>,
  ms: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<boolean> {
  const done = childOf(signal);
  const late = clock.sleep(ms, done.signal).then(
    () => false,
    () => false, // aborted, or the work ended first and has decided the race
  );
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    done.abort();
    done.release();
  }
}
