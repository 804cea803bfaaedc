import type { Clock } from "../core/index.ts";

/** Runs `work` with a signal that aborts with the caller's, or after `ms` milliseconds. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  caller: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const finished = new AbortController();
  const deadline = new AbortController();
  const forward = (): void => deadline.abort(caller?.reason);
  if (caller?.aborted) forward();
  caller?.addEventListener("abort", forward, { once: true });
  const timer = clock.sleep(ms, finished.signal).then(
    () => deadline.abort(new DOMException(`Not done in ${ms} ms`, "TimeoutError")),
    () => {},
  );
  try {
    return await work(deadline.signal);
  } finally {
    finished.abort();
    caller?.removeEventListener("abort", forward);
    await timer;
  }
}
