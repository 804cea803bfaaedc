import type { Job, RunAlone } from "../cluster/index.ts";
import { type Clock, errorCode, type Logger } from "../core/index.ts";

export interface BackgroundWorkDeps {
  /** The other instances; without them, this one does everything. */
  instances?: { runAlone: RunAlone };
  clock: Clock;
  logger: Logger;
}

/** Work beside the updates, which one instance at a time does. */
export interface BackgroundWork {
  runAlone: RunAlone;
  /** Looks for work now, and with several instances from time to time, as another one may have stored some. */
  repeatedly(look: () => Promise<void>): Job;
  /** Goes on with what is unfinished: now, and with several instances whenever one has left something. */
  goOnWith(name: string, look: () => Promise<void>): Promise<Job>;
}

/** How often it is looked for, in milliseconds. */
const LOOK_MS = 5_000;

const DONE: Job = { stop: () => {} };

export function createBackgroundWork({ instances, clock, logger }: BackgroundWorkDeps): BackgroundWork {
  const runAlone: RunAlone = instances?.runAlone ?? ((_name, begin) => begin({ isHeld: () => true }));

  function repeatedly(look: () => Promise<void>): Job {
    const stopping = new AbortController();
    const working = (async () => {
      for (;;) {
        await look().catch((error: unknown) =>
          logger.warn("Unfinished work could not be read; tried again", { code: errorCode(error) }),
        );
        if (!instances) return;
        await clock.sleep(LOOK_MS, stopping.signal);
      }
    })().catch(() => {}); // the sleep rejects at the stop
    return {
      async stop() {
        stopping.abort();
        await working;
      },
    };
  }

  return {
    runAlone,
    repeatedly,
    async goOnWith(name, look) {
      if (instances) return runAlone(name, () => repeatedly(look));
      await look();
      return DONE;
    },
  };
}
