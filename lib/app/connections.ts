import { join } from "node:path";
import { checkGemini, type GeminiCheck } from "../answers/index.ts";
import type { Config } from "../config/index.ts";
import { backoffMs, type Clock, errorMessage, type Logger } from "../core/index.ts";
import type { SandboxTelegram } from "../sandbox/index.ts";
import type { Store } from "../store/index.ts";
import { checkToken, TelegramApi, type User } from "../telegram/index.ts";

/** Telegram, which has told who the bot is, and the model. */
export interface Outside {
  api: TelegramApi;
  bot: User;
  gemini: GeminiCheck;
}

export interface OutsideDeps {
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** Ends the waiting for Telegram. */
  signal: AbortSignal;
}

/** A simulated Telegram, and where its Bot API is. */
export interface Sandbox {
  telegram: SandboxTelegram;
  apiRoot: string;
}

/** The simulated bot's id and its token, which opens nothing. */
const SANDBOX_TOKEN = "7000000001:sandbox";

/** Starts the Telegram that stands in where there is no token. */
export async function startSandbox(
  { folders }: Pick<Config, "folders">,
  store: Store,
  deps: Pick<OutsideDeps, "clock" | "logger">,
): Promise<Sandbox> {
  const { createSandboxTelegram } = await import("../sandbox/index.ts");
  const telegram = createSandboxTelegram({
    ...deps,
    token: SANDBOX_TOKEN,
    storage: store.sandbox,
    filesFolder: join(folders.data, "simulated-telegram"),
    callsKept: 100,
  });
  const { apiRoot } = await telegram.start();
  return { telegram, apiRoot };
}

/** The client of Telegram, or of the sandbox at `sandboxRoot`. */
export function openApi(
  { telegram }: Pick<Config, "telegram">,
  sandboxRoot: string | undefined,
): TelegramApi {
  const apiRoot = sandboxRoot ?? telegram.apiRoot;
  return new TelegramApi({
    token: telegram.token ?? SANDBOX_TOKEN,
    ...(apiRoot === undefined ? {} : { apiRoot }),
  });
}

/** What is known once Telegram and the model have answered. A failure counts where it is waited for. */
export function reachOutside(
  { gemini: settings }: Pick<Config, "gemini">,
  api: TelegramApi,
  deps: OutsideDeps,
): Promise<Outside> {
  const reached = Promise.all([reachTelegram(api, deps), checkGemini(settings, deps)]);
  const outside = reached.then(([bot, gemini]) => ({ api, bot, gemini }));
  outside.catch(() => undefined);
  return outside;
}

/** Waits until Telegram answers; a token it does not know ends the start. */
async function reachTelegram(
  api: TelegramApi,
  { clock, logger, random, signal }: OutsideDeps,
): Promise<User> {
  for (let attempt = 0; ; attempt += 1) {
    const check = await checkToken(api, signal);
    if (check.kind === "valid") return check.bot;
    logger.warn("Telegram cannot be reached; trying again", { reason: errorMessage(check.error) });
    await clock.sleep(backoffMs(attempt, { baseMs: 1_000, maxMs: 30_000, random }), signal);
  }
}
