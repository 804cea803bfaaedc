import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import type { RetentionStore } from "../../store/index.ts";

export interface RetentionDeps {
  botId: number;
  content: { bot: { retention: { messagesDays: number; mediaDays: number; feedbackDays: number } } };
  retention: RetentionStore;
  clock: Clock;
  logger: Logger;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Telegram keeps an update for a day; what a bot left for longer than two, it has given up. */
const FOREIGN_DAYS = 2;

/**
 * Takes out every hour what is older than the operator wants it kept, until stopped. The days of the present settings
 * apply to what was stored earlier, too.
 */
export function startRetention(deps: RetentionDeps): { stop(): Promise<void> } {
  const { botId, content, retention, clock, logger } = deps;
  const stopping = new AbortController();

  const before = (days: number): Date => new Date(clock.now() - days * DAY_MS);

  async function sweep(): Promise<void> {
    const { messagesDays, mediaDays, feedbackDays } = content.bot.retention;
    const limits = {
      messages: before(messagesDays),
      media: before(mediaDays),
      feedback: before(feedbackDays),
      foreign: before(FOREIGN_DAYS),
    };
    const swept = await retention.sweep(limits, botId);
    if (swept > 0) logger.info("What was old enough was erased", { documents: swept });
  }

  const working = (async () => {
    for (;;) {
      await sweep().catch((error: unknown) =>
        logger.warn("Old data could not be erased; it is tried again", { error: errorMessage(error) }),
      );
      await clock.sleep(HOUR_MS, stopping.signal);
    }
  })().catch(() => {}); // woken to stop

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
