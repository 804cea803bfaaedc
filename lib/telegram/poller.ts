import {
  AppError,
  backoffMs,
  type Clock,
  errorCode,
  errorMessage,
  type Logger,
  type OperatorError,
  withDeadline,
} from "../core/index.ts";
import { ALLOWED_UPDATES } from "./allowed-updates.ts";
import type { TelegramApi } from "./api.ts";
import { classifyFailure, type Failure, type Refused, refusalOf } from "./failures.ts";
import type { Update } from "./types.ts";
import { confirmWrongToken } from "./wrong-token.ts";

export interface PollerOptions {
  api: Pick<TelegramApi, "getUpdates" | "getMe" | "deleteWebhook">;
  /** Makes a batch durable. When it rejects, the batch is not confirmed and comes again. */
  accept(updates: Update[]): Promise<void>;
  /** With several instances, whether this one is still the one that polls; always, if left out. */
  mayPoll?(): boolean;
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** How long Telegram holds a poll while nothing happens, in seconds. */
  longPollSeconds?: number;
  /** Called once when polling cannot go on; the poller has stopped then. */
  onFatal(error: OperatorError): void;
}

/** The most updates Telegram hands out at once (Bot API, getUpdates). */
const BATCH_SIZE = 100;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** Two pollers end each other's polls, so a conflict is retried slowly. */
const CONFLICT_BACKOFF = { baseMs: 20_000, maxMs: 60_000 };
/** The longest wait after a 429, in milliseconds, whatever Telegram asks: while it lasts, nobody is answered. */
const MAX_FLOOD_WAIT_MS = 60_000;
/** Pause of an instance that may not poll any more, in milliseconds. */
const LOST_MS = 1_000;
/** How long the last confirmation may take, in milliseconds. */
const CONFIRM_MS = 3_000;

/**
 * Fetches updates, hands them to `accept`, and confirms them by the next fetch, so none is confirmed before it is
 * durable. Every failure is retried, except a token that Telegram refuses again and again.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastPolledAt: number | undefined;
  /**
   * The first update not yet accepted; undefined when Telegram has confirmed all that were. It is not kept longer,
   * because after a quiet week ids may restart lower.
   */
  #offset: number | undefined;
  /** Failed polls since the last that succeeded, and the code of the last one. */
  #failures = 0;
  #lastCode = "";

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** When Telegram last answered a poll, in monotonic milliseconds. */
  get lastPolledAt(): number | undefined {
    return this.#lastPolledAt;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the poll, lets an accept in progress finish, and confirms what was accepted. */
  async stop({ confirms = true } = {}): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (confirms) await this.#confirm();
    this.#offset = undefined;
  }

  async #run(): Promise<void> {
    const { logger } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#pollOnce();
        if (this.#failures > 0) logger.info("Polling works again", { after: this.#failures });
        this.#failures = 0;
        this.#lastCode = "";
      } catch (error) {
        if (!this.#stopping.signal.aborted) await this.#recover(error);
      }
    }
  }

  /** One fetch and its accept. */
  async #pollOnce(): Promise<void> {
    const { api, clock, logger, longPollSeconds = 50, mayPoll = () => true } = this.#options;
    if (!mayPoll()) return await clock.sleep(LOST_MS, this.#stopping.signal); // about to be stopped
    const answer: unknown = await api.getUpdates(
      {
        ...(this.#offset === undefined ? {} : { offset: this.#offset }),
        limit: BATCH_SIZE,
        timeout: longPollSeconds,
        allowed_updates: ALLOWED_UPDATES,
      },
      this.#stopping.signal,
    );
    this.#lastPolledAt = clock.monotonic();
    const updates = wellFormed(answer, logger);
    if (updates.length > 0) await this.#accept(updates);
    this.#offset = updates.length > 0 ? Math.max(...updates.map(({ update_id: id }) => id)) + 1 : undefined;
  }

  async #accept(updates: Update[]): Promise<void> {
    try {
      await this.#options.accept(updates);
    } catch (error) {
      const message = "updates could not be stored, so they stay with Telegram";
      throw new AppError(message, { code: errorCode(error), cause: error, retryable: true });
    }
  }

  /** Waits before the next poll, or ends polling when the token is not accepted. */
  async #recover(reason: unknown): Promise<void> {
    const { clock, logger, random, onFatal } = this.#options;
    const failure = classifyFailure(reason);
    if (isWebhookSet(failure) && (await this.#deleteWebhook())) return;
    if (failure.kind === "unauthorized") {
      const { api } = this.#options;
      const wrongToken = await confirmWrongToken(api, clock, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      if (wrongToken) {
        this.#stopping.abort();
        onFatal(wrongToken);
        return;
      }
    }
    const waitMs = waitAfter(failure, this.#failures, random);
    const code = errorCode(reason);
    this.#failures += 1;
    // One warning per kind of failure; the rest of an outage is logged for debugging only.
    logger[code === this.#lastCode ? "debug" : "warn"](explain(failure, reason), {
      code,
      failures: this.#failures,
      waitMs: Math.round(waitMs),
    });
    this.#lastCode = code;
    await clock.sleep(waitMs, this.#stopping.signal).catch(() => {});
  }

  /** The operator chose polling, so a webhook of earlier settings goes; updates that wait are kept. */
  async #deleteWebhook(): Promise<boolean> {
    const { api, logger } = this.#options;
    try {
      await api.deleteWebhook({ drop_pending_updates: false }, this.#stopping.signal);
      logger.info("Removed the webhook that was set for this bot, because WEBHOOK_URL is not set");
      return true;
    } catch (error) {
      logger.debug("The webhook could not be removed", { code: errorCode(error) });
      return false;
    }
  }

  /** Tells Telegram what was accepted. If it fails, those updates come again and are recognised. */
  async #confirm(): Promise<void> {
    const { api, clock, logger } = this.#options;
    const offset = this.#offset;
    if (offset === undefined) return;
    try {
      await withDeadline(clock, CONFIRM_MS, undefined, (signal) =>
        api.getUpdates({ offset, limit: 1, timeout: 0 }, signal),
      );
    } catch (error) {
      logger.debug("The last updates could not be confirmed; they will come again", {
        code: errorCode(error),
      });
    }
  }
}

/** The updates of an answer that have an id; one without could never be confirmed. */
function wellFormed(answer: unknown, logger: Logger): Update[] {
  if (!Array.isArray(answer)) throw badAnswer("getUpdates: the result is not a list");
  const updates = answer.filter(hasId);
  if (updates.length < answer.length) {
    logger.warn("Skipped updates without an id", { count: answer.length - updates.length });
    if (updates.length === 0) throw badAnswer("getUpdates: no update has an id");
  }
  return updates;
}

function hasId(update: unknown): update is Update {
  return Number.isSafeInteger((update as { update_id?: unknown } | null)?.update_id);
}

function badAnswer(message: string): AppError {
  return new AppError(message, { code: "TELEGRAM_BAD_ANSWER", retryable: true });
}

function waitAfter(failure: Failure, failures: number, random: () => number): number {
  const waitMs = backoffMs(failures, { ...(isConflict(failure) ? CONFLICT_BACKOFF : BACKOFF), random });
  if (failure.kind !== "too-many-requests") return waitMs;
  return Math.min(Math.max(failure.retryAfterMs, waitMs), MAX_FLOOD_WAIT_MS);
}

/** Whether Telegram refuses to be polled: another poller, or a webhook. */
function isConflict(failure: Failure): failure is Refused {
  return failure.kind === "refused" && failure.errorCode === 409;
}

function isWebhookSet(failure: Failure): boolean {
  return isConflict(failure) && refusalOf(failure) === "webhook-set";
}

function explain(failure: Failure, error: unknown): string {
  if (!isConflict(failure)) return `Polling failed: ${errorMessage(error)}`;
  return isWebhookSet(failure)
    ? "A webhook is set for this bot, so Telegram refuses polling, and it could not be removed; trying again."
    : "Another program is polling with this bot's token. Stop it; polling is retried slowly.";
}
