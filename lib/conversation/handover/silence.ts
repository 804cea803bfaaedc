import { type Clock, cautiousNow, errorMessage, type Logger } from "../../core/index.ts";
import type { HandoverStore } from "../../store/index.ts";
import type { Handover } from "./handover.ts";

export interface SilenceDeps {
  handovers: HandoverStore;
  handover: Pick<Handover, "tellSilence">;
  /** Allocates the next sequence number. */
  nextSeq(): Promise<number>;
  clock: Clock;
  logger: Logger;
}

/** A hand-over without a message for a day ends. */
const SILENCE_MS = 24 * 60 * 60_000;
const CHECK_INTERVAL_MS = 10 * 60_000;

/** Ends silent hand-overs, until stopped. */
export function startSilenceWatch(deps: SilenceDeps): { stop(): Promise<void> } {
  const { handovers, handover, nextSeq, clock, logger } = deps;
  const stopping = new AbortController();
  const now = cautiousNow(clock);

  /** @param isFirst right after the start, when messages that came while the bot was away are still to be handled */
  async function endSilent(isFirst: boolean): Promise<void> {
    const at = new Date(now());
    for (const silent of await handovers.silent(new Date(at.getTime() - SILENCE_MS))) {
      if (isFirst && silent.isOpen) continue;
      // A crash may have come between the end and the messages about it: the seq is reused.
      const seq = silent.endSeq ?? (await nextSeq());
      if (!(await handovers.end(silent._id, { by: "silence", seq, at }))) continue;
      await handover.tellSilence(silent, seq);
      await handovers.endTold(silent._id);
    }
  }

  const working = (async () => {
    for (let isFirst = true; ; isFirst = false) {
      await endSilent(isFirst).catch((error: unknown) =>
        logger.warn("Silent hand-overs could not be ended; it is retried", {
          error: errorMessage(error),
        }),
      );
      await clock.sleep(CHECK_INTERVAL_MS, stopping.signal);
    }
  })().catch(() => {}); // the sleep rejects at the stop

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
