import {
  backoffMs,
  type Clock,
  errorCode,
  errorMessage,
  type Logger,
  type OperatorError,
} from "../core/index.ts";
import { ALLOWED_UPDATES } from "./allowed-updates.ts";
import type { TelegramApi } from "./api.ts";
import { classifyFailure } from "./failures.ts";
import { confirmWrongToken } from "./wrong-token.ts";

export interface WebhookOptions {
  api: Pick<TelegramApi, "setWebhook" | "getWebhookInfo" | "getMe">;
  /** The address that Telegram calls, and the secret it sends along. */
  url: string;
  secret: string;
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** Called once when the token is refused; the webhook is not looked after any more then. */
  onFatal(error: OperatorError): void;
}

/** How often Telegram is asked whether it still calls this address, in milliseconds. */
const CHECK_MS = 30_000;
/** A failed delivery this long ago says nothing about now, in milliseconds. */
const RECENT_MS = 2 * 60_000;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** The most that Telegram allows: calls at the same time, so that one slow update holds up nobody. */
const MAX_CONNECTIONS = 100;

/** Has Telegram call the bot's address, and keeps it so while the bot runs. Updates that wait at Telegram are kept. */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastAnsweredAt: number | undefined;
  #problem: string | null = null;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** When Telegram last said that it calls this address, in monotonic milliseconds. */
  get lastAnsweredAt(): number | undefined {
    return this.#lastAnsweredAt;
  }

  /** Why Telegram does not deliver updates, in its own words; null when all is well. */
  get problem(): string | null {
    return this.#problem;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Stops looking after the webhook. It stays set: Telegram keeps updates until the bot answers again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger, random } = this.#options;
    const { signal } = this.#stopping;
    let isSet = false;
    for (let failures = 0; !signal.aborted; ) {
      try {
        // Telegram does not tell which secret it sends, so each start sets it anew.
        isSet = isSet && (await this.#check());
        if (!isSet) await this.#set();
        isSet = true;
        failures = 0;
        await clock.sleep(CHECK_MS, signal).catch(() => {});
      } catch (error) {
        if (signal.aborted || (await this.#isFatal(error))) return;
        failures += 1;
        const message = `The webhook could not be set: ${errorMessage(error)}`;
        logger[failures === 1 ? "warn" : "debug"](message, { code: errorCode(error) });
        await clock.sleep(backoffMs(failures - 1, { ...BACKOFF, random }), signal).catch(() => {});
      }
    }
  }

  async #set(): Promise<void> {
    const { api, clock, url, secret } = this.#options;
    await api.setWebhook(
      {
        url,
        secret_token: secret,
        allowed_updates: ALLOWED_UPDATES,
        max_connections: MAX_CONNECTIONS,
        drop_pending_updates: false,
      },
      this.#stopping.signal,
    );
    this.#lastAnsweredAt = clock.monotonic();
  }

  /** Whether Telegram still calls this address; notes why deliveries fail. */
  async #check(): Promise<boolean> {
    const { api, clock, logger, url } = this.#options;
    const info = await api.getWebhookInfo(this.#stopping.signal);
    if (info.url !== url) {
      logger.warn("Another program with this bot's token has changed its webhook; setting it again");
      return false;
    }
    this.#lastAnsweredAt = clock.monotonic();
    const failedAgoMs = clock.now() - (info.last_error_date ?? 0) * 1000;
    const isFailing = info.pending_update_count > 0 && failedAgoMs < RECENT_MS;
    const problem = isFailing ? `Telegram cannot deliver updates: ${info.last_error_message}` : null;
    if (problem !== null && this.#problem === null)
      logger.warn(problem, { waiting: info.pending_update_count });
    this.#problem = problem;
    return true;
  }

  async #isFatal(error: unknown): Promise<boolean> {
    if (classifyFailure(error).kind !== "unauthorized") return false;
    const { api, clock, onFatal } = this.#options;
    const wrongToken = await confirmWrongToken(api, clock, this.#stopping.signal);
    if (wrongToken && !this.#stopping.signal.aborted) onFatal(wrongToken);
    return wrongToken !== null;
  }
}
