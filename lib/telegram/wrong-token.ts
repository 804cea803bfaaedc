import { type Clock, OperatorError } from "../core/index.ts";
import { checkToken, type TelegramApi } from "./api.ts";

/** When a token that was refused is checked, in milliseconds after the refusal or the check before. */
const CHECKS_MS = [1_000, 2_000, 4_000];

/** Asks who the bot is a few times, since a single 401 may be Telegram's mistake; null unless it is refused each time. */
export async function confirmWrongToken(
  api: Pick<TelegramApi, "getMe">,
  clock: Clock,
  signal: AbortSignal,
): Promise<OperatorError | null> {
  let wrongToken: OperatorError | null = null;
  for (const waitMs of CHECKS_MS) {
    try {
      await clock.sleep(waitMs, signal);
      await checkToken(api, signal);
      return null; // accepted, or Telegram could not be asked
    } catch (error) {
      if (!(error instanceof OperatorError)) return null;
      wrongToken = error;
    }
  }
  return wrongToken;
}
