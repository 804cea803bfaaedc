import { childOf } from "./child-signal.ts";
import type { Clock } from "./clock.ts";

/**
 * Runs `work` with a signal that aborts with the caller's reason, or with a `TimeoutError` after `ms` milliseconds.
 * It waits for the work even then, so the work must heed the signal; no timer or listener outlives it.
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
 * Waits for work that cannot be aborted, for at most `ms` milliseconds; says whether it ended in them.
 * @throws what the work throws in that time.
 */
export async function endsWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => false,
    () => false, // the work ended first, and has said so
  );
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    done.abort();
  }
}
