import type { Clock, Logger } from "../core/index.ts";
import type { TelegramApi } from "./api.ts";
import { classifyFailure } from "./failures.ts";

/** Pauses before the next attempts, in milliseconds; a press is to be acknowledged within seconds. */
const RETRY_MS = [200, 1_000, 3_000];

/**
 * Ends the progress indicator on a pressed button, with a short notice if there is a text. Best effort: it is tried
 * again after a broken connection, a 429 or a 5xx, which may show the notice twice. Never rejects.
 */
export async function acknowledgePress(
  api: Pick<TelegramApi, "answerCallbackQuery">,
  press: { callback_query_id: string; text?: string },
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<void> {
  for (const pauseMs of [...RETRY_MS, null]) {
    try {
      await api.answerCallbackQuery(press);
      return;
    } catch (error) {
      const { kind } = classifyFailure(error);
      const canRetry = kind === "unknown" || kind === "not-sent" || kind === "too-many-requests";
      if (pauseMs === null || !canRetry) return logger.debug("A press was not acknowledged", { error });
      await clock.sleep(pauseMs);
    }
  }
}
