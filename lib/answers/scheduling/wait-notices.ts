import type { Clock } from "../../core/index.ts";
import type { Wait } from "../answer.ts";

export interface WaitNotices {
  clock: Clock;
  /** How long the wait is expected to be, now. */
  wait(): Wait;
  onWaiting(wait: Wait): void;
  /** Called with what `onWaiting` throws; no more notices follow. */
  onError(error: unknown): void;
}

/** Waits expected to be longer are announced (milliseconds); until then they are checked at this interval. */
const ANNOUNCED_FROM_MS = 5_000;
/** Interval of checks after the first notice, in milliseconds. */
const UPDATE_INTERVAL_MS = 10_000;
/** Smallest change that is announced, as a share of the wait announced before. */
const NOTICEABLE_CHANGE = 0.2;

/** Announces a long wait, and again when it has changed noticeably. @returns a function that ends the notices */
export function notifyOfWait(notices: WaitNotices): () => void {
  const ending = new AbortController();
  follow(notices, ending.signal).catch((error: unknown) => {
    if (!ending.signal.aborted) notices.onError(error);
  });
  return () => ending.abort();
}

async function follow({ clock, wait, onWaiting }: WaitNotices, signal: AbortSignal): Promise<void> {
  let announced: Wait | undefined;
  while (!signal.aborted) {
    const now = wait();
    if (announced ? isNoticeable(announced, now) : now.estimatedMs > ANNOUNCED_FROM_MS) {
      onWaiting(now);
      announced = now;
    }
    await clock.sleep(announced ? UPDATE_INTERVAL_MS : ANNOUNCED_FROM_MS, signal);
  }
}

function isNoticeable(announced: Wait, now: Wait): boolean {
  const changeMs = Math.abs(now.estimatedMs - announced.estimatedMs);
  return changeMs >= Math.max(ANNOUNCED_FROM_MS, announced.estimatedMs * NOTICEABLE_CHANGE);
}
