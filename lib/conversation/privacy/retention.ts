import { type Clock, cautiousNow, errorMessage, type Logger } from "../../core/index.ts";
import type { RetentionStore } from "../../store/index.ts";

export interface RetentionDeps {
  botId: number;
  content: { bot: { retention: { messagesDays: number; mediaDays: number; feedbackDays: number } } };
  retention: RetentionStore;
  /** Makes what was deleted unreadable on the disk. */
  purgeDeleted(): Promise<void>;
  clock: Clock;
  logger: Logger;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Telegram keeps undelivered updates for a day; another bot's updates that are older are abandoned. */
const FOREIGN_DAYS = 2;

/** Telegram delivers an update for a day; a send that was settled longer ago is repeated by unfinished work only. */
const SETTLED_DAYS = 2;

/**
 * Deletes data older than the retention settings every hour, until stopped, and then what is left of deleted data on the
 * disk. Changed settings apply to all data.
 */
export function startRetention(deps: RetentionDeps): { stop(): Promise<void> } {
  const { botId, content, retention, purgeDeleted, clock, logger } = deps;
  const stopping = new AbortController();
  const now = cautiousNow(clock);

  const before = (days: number): Date => new Date(now() - days * DAY_MS);

  /** @returns the number of deleted documents */
  async function sweep(): Promise<number> {
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
    return swept;
  }

  /** The first round purges only what it deleted itself: a rewrite of everything would slow down the start. */
  async function round(isFirst: boolean): Promise<void> {
    const swept = await sweep();
    if (swept > 0 || !isFirst) await purgeDeleted();
  }

  const working = (async () => {
    for (let isFirst = true; ; isFirst = false) {
      await round(isFirst).catch((error: unknown) =>
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
