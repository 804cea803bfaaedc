import { type Clock, cautiousNow, errorMessage, type Logger } from "../../core/index.ts";
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
/** Telegram keeps undelivered updates for a day; another bot's updates that are older are abandoned. */
const FOREIGN_DAYS = 2;

/** Telegram delivers an update for a day; a send that was settled longer ago is repeated by unfinished work only. */
const SETTLED_DAYS = 2;

/** Deletes data older than the retention settings every hour, until stopped. Changed settings apply to all data. */
export function startRetention(deps: RetentionDeps): { stop(): Promise<void> } {
  const { botId, content, retention, clock, logger } = deps;
  const stopping = new AbortController();
  const now = cautiousNow(clock);

  const before = (days: number): Date => new Date(now() - days * DAY_MS);

  async function sweep(): Promise<void> {
    const { messagesDays, mediaDays, feedbackDays } = content.bot.retention;
    const limits = {
      messages: before(messagesDays),
      media: before(mediaDays),
      feedback: before(feedbackDays),
      settled: before(SETTLED_DAYS),
      foreign: before(FOREIGN_DAYS),
    };
    const swept = await retention.sweep(limits, botId);
    if (swept > 0) logger.info("Old data was deleted", { documents: swept });
  }

  const working = (async () => {
    for (;;) {
      await sweep().catch((error: unknown) =>
        logger.warn("Old data could not be deleted; it is retried", { error: errorMessage(error) }),
      );
      await clock.sleep(HOUR_MS, stopping.signal);
    }
  })().catch(() => {}); // the sleep rejects at the stop

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
