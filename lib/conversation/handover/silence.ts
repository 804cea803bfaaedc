import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { HandoverStore } from "../../store/index.ts";
import type { Handover } from "./handover.ts";

export interface SilenceDeps {
  handovers: HandoverStore;
  handover: Pick<Handover, "tellSilence">;
  /** A place in the order of arrival. */
  nextSeq(): Promise<number>;
  clock: Clock;
  logger: Logger;
}

/**
 * A conversation in which nobody said anything for a day is over. What was sent to the operators is known for two
 * days, so every reply in an open one finds its way.
 */
const SILENCE_MS = 24 * 60 * 60_000;
const LOOK_MS = 10 * 60_000;

/** Ends conversations with the operators in which nobody says anything any more, until stopped. */
export function startSilenceWatch(deps: SilenceDeps): { stop(): Promise<void> } {
  const { handovers, handover, nextSeq, clock, logger } = deps;
  const stopping = new AbortController();

  async function endSilent(): Promise<void> {
    const at = new Date(clock.now());
    for (const silent of await handovers.silent(new Date(at.getTime() - SILENCE_MS))) {
      // One that ended without a word of it, because the process died between, keeps the seq it ended with.
      const seq = silent.endSeq ?? (await nextSeq());
      if (!(await handovers.end(silent._id, { by: "silence", seq, at }))) continue;
      await handover.tellSilence(silent, seq);
      await handovers.endTold(silent._id);
    }
  }

  const working = (async () => {
    for (;;) {
      await endSilent().catch((error: unknown) =>
        logger.warn("Silent conversations could not be ended; it is tried again", {
          error: errorMessage(error),
        }),
      );
      await clock.sleep(LOOK_MS, stopping.signal);
    }
  })().catch(() => {}); // woken to stop

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
