import { type Clock, errorCode, type Logger } from "../core/index.ts";
import type { Holding, Job } from "./lease.ts";

export interface SweeperOptions {
  /** The chats with work that could be done now, by the database. */
  openChats(): Promise<Set<string>>;
  /** Wakes those that are neither worked on nor woken. */
  wake(chatKeys: readonly string[]): Promise<void>;
  /** Calls back when Redis is back. */
  onBack(callback: () => void): void;
  clock: Clock;
  logger: Logger;
}

const SWEEP_MS = 5_000;
/** Wake-ups that are sent together. */
const BATCH_SIZE = 200;

/**
 * Wakes every chat with work that nobody works on: its wake-up was lost with Redis, its pause is over, or its instance
 * ended between storing and waking. One instance does this at a time.
 */
export function startSweeper(
  { openChats, wake, onBack, clock, logger }: SweeperOptions,
  { isHeld }: Holding,
): Job {
  let isStopping = false;
  let pause = new AbortController();
  onBack(() => pause.abort());

  async function sweep(): Promise<void> {
    const chatKeys = [...(await openChats())];
    for (let first = 0; first < chatKeys.length && isHeld(); first += BATCH_SIZE) {
      await wake(chatKeys.slice(first, first + BATCH_SIZE));
    }
  }

  const working = (async () => {
    while (!isStopping) {
      await sweep().catch((error: unknown) =>
        logger.debug("Waiting chats could not be woken; tried again", { code: errorCode(error) }),
      );
      if (isStopping) break;
      pause = new AbortController();
      await clock.sleep(SWEEP_MS, pause.signal).catch(() => {});
    }
  })();

  return {
    async stop() {
      isStopping = true;
      pause.abort();
      await working;
    },
  };
}
