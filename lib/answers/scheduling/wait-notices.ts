import type { Clock } from "../../core/index.ts";
import type { AnswerCallbacks, Wait } from "../answer.ts";

export interface WaitNotices extends Required<Pick<AnswerCallbacks, "onWaiting">> {
  clock: Clock;
  /** How long the wait is expected to be, now. */
  wait(): Wait;
  /** Called with what `onWaiting` throws; there are no more then. */
  onError(error: unknown): void;
}

/** A wait that is expected to be longer is told of, in milliseconds; until then it is looked at this often too. */
const WORTH_TELLING_MS = 5_000;
/** At most this often, in milliseconds. */
const AGAIN_MS = 10_000;
/** The least change worth telling, as a share of what was told. */
const NOTICEABLE = 0.2;

/** Tells someone who waits how long it will be, and again when that has changed noticeably. Answers what ends it. */
export function tellOfWait(notices: WaitNotices): () => void {
  const ending = new AbortController();
  follow(notices, ending.signal).catch((error: unknown) => {
    if (!ending.signal.aborted) notices.onError(error);
  });
  return () => ending.abort();
}

async function follow({ clock, wait, onWaiting }: WaitNotices, signal: AbortSignal): Promise<void> {
  let told: Wait | undefined;
  while (!signal.aborted) {
    const now = wait();
    if (told ? isNoticeable(told, now) : now.estimatedMs > WORTH_TELLING_MS) {
      onWaiting(now);
      told = now;
    }
    await clock.sleep(told ? AGAIN_MS : WORTH_TELLING_MS, signal);
  }
}

function isNoticeable(told: Wait, now: Wait): boolean {
  const changeMs = Math.abs(now.estimatedMs - told.estimatedMs);
  return changeMs >= Math.max(WORTH_TELLING_MS, told.estimatedMs * NOTICEABLE);
}
