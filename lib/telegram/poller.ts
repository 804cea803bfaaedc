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
import { type TelegramApi, wrongToken } from "./api.ts";
import { classifyFailure, type Failure } from "./failures.ts";
import type { Update } from "./types.ts";

export interface PollerOptions {
  api: Pick<TelegramApi, "getUpdates">;
  /** Makes a batch durable. When it rejects, the batch is not confirmed and comes again. */
  accept(updates: Update[]): Promise<void>;
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** How long Telegram holds a poll while nothing happens, in seconds. */
  longPollSeconds?: number;
  /** Called once when polling cannot go on; the poller has stopped then. */
  onFatal(error: OperatorError): void;
}

export interface Poller {
  start(): void;
  /** Ends the poll, lets an accept under way finish, and confirms what was accepted. */
  stop(): Promise<void>;
  /** When Telegram last answered a poll, in milliseconds since the epoch. */
  readonly lastPolledAt: number | undefined;
}

/** The kinds of update the bot has a use for; all kinds are taken if they come. */
const ALLOWED_UPDATES = [
  "message",
  "edited_message",
  "callback_query",
  "my_chat_member",
  "message_reaction",
  "poll_answer",
  "stopped_message_generation",
];

/** The most updates Telegram hands out at once. */
const BATCH_SIZE = 100;
const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** Two pollers end each other's polls, so the wait is long. */
const CONFLICT_BACKOFF = { baseMs: 20_000, maxMs: 60_000 };
/** The time the last confirmation may take, in milliseconds. */
const CONFIRM_MS = 3_000;

/**
 * Fetches updates, hands them to `accept`, and confirms them by the next fetch: none is confirmed before it is
 * durable. Every failure is waited out, except a token that Telegram does not know.
 */
export function createPoller(options: PollerOptions): Poller {
  const { api, accept, clock, logger, random, longPollSeconds = 50, onFatal } = options;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let lastPolledAt: number | undefined;
  /**
   * The first update not yet accepted; undefined when Telegram has confirmed all that were. It is not kept longer,
   * because after a quiet week ids may restart lower.
   */
  let offset: number | undefined;

  /** One fetch and its accept. */
  async function pollOnce(): Promise<void> {
    const answer: unknown = await api.getUpdates(
      {
        ...(offset === undefined ? {} : { offset }),
        limit: BATCH_SIZE,
        timeout: longPollSeconds,
        allowed_updates: ALLOWED_UPDATES,
      },
      stopping.signal,
    );
    lastPolledAt = clock.now();
    const updates = wellFormed(answer, logger);
    if (updates.length > 0) await acceptBatch(updates);
    offset = updates.length > 0 ? Math.max(...updates.map((update) => update.update_id)) + 1 : undefined;
  }

  async function acceptBatch(updates: Update[]): Promise<void> {
    try {
      await accept(updates);
    } catch (error) {
      const message = "updates could not be stored, so they stay with Telegram";
      throw new AppError(message, { code: errorCode(error), cause: error, retryable: true });
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    let lastCode = "";
    while (!stopping.signal.aborted) {
      try {
        await pollOnce();
        if (failures > 0) logger.info("Polling goes on", { after: failures });
        failures = 0;
        lastCode = "";
      } catch (error) {
        if (stopping.signal.aborted) return;
        const failure = classifyFailure(error);
        if (failure.kind === "unauthorized") {
          stopping.abort();
          onFatal(wrongToken(error));
          return;
        }
        const waitMs = waitAfter(failure, failures, random);
        const code = errorCode(error);
        const note = explain(failure, error);
        // One line per kind of trouble; the rest of an outage is for debugging.
        logger[code === lastCode ? "debug" : "warn"](note, {
          code,
          failures: failures + 1,
          waitMs: Math.round(waitMs),
        });
        failures += 1;
        lastCode = code;
        await clock.sleep(waitMs, stopping.signal).catch(() => {});
      }
    }
  }

  /** Tells Telegram what was accepted, so that it does not come again; a failure only means that it does. */
  async function confirm(): Promise<void> {
    const confirmed = offset;
    if (confirmed === undefined) return;
    try {
      await withDeadline(clock, CONFIRM_MS, undefined, (signal) =>
        api.getUpdates({ offset: confirmed, limit: 1, timeout: 0 }, signal),
      );
    } catch (error) {
      logger.debug("The last updates were not confirmed; they come again and are known then", {
        code: errorCode(error),
      });
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      await confirm();
      offset = undefined;
    },
    get lastPolledAt() {
      return lastPolledAt;
    },
  };
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
  if (failure.kind === "too-many-requests") return failure.retryAfterMs;
  return backoffMs(failures, { ...(isConflict(failure) ? CONFLICT_BACKOFF : BACKOFF), random });
}

function isConflict(failure: Failure): failure is Extract<Failure, { kind: "refused" }> {
  return failure.kind === "refused" && failure.errorCode === 409;
}

function explain(failure: Failure, error: unknown): string {
  if (!isConflict(failure)) return `Polling failed: ${errorMessage(error)}`;
  return failure.description.includes("webhook")
    ? "A webhook is set for this bot, so Telegram refuses polling. Remove it by opening <api root>/bot<token>/deleteWebhook once; polling goes on then."
    : "Another program is polling with this bot's token. Stop it; polling is tried again slowly.";
}
