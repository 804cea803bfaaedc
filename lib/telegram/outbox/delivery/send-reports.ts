import { type Clock, errorCode, errorMessage, type Logger, type Pseudonym } from "../../../core/index.ts";
import { performanceMonitor } from "../../../performance/index.ts";
import type { OutboxRecord } from "../../../store/index.ts";
import type { PauseStart } from "../pacing/pace.ts";
import type { TelegramCall } from "../sends.ts";

/** How long a send that was given up counts as recent, in milliseconds. */
const RECENT_MS = 10 * 60_000;

export interface SendReportsOptions {
  clock: Clock;
  logger: Logger;
  pseudonym: Pseudonym;
}

/** What operators learn of sends that have trouble: the log, counters, and how many were given up. */
export class SendReports {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pseudonym: Pseudonym;
  /** When sends were given up lately, in monotonic milliseconds. */
  #givenUpAt: number[] = [];

  constructor({ clock, logger, pseudonym }: SendReportsOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#pseudonym = pseudonym;
  }

  refused(record: OutboxRecord, { method }: TelegramCall, error: unknown): void {
    this.#logger.warn("Telegram refused a send", { ...this.#named(record), method, ...described(error) });
  }

  simplified(record: OutboxRecord, { method }: TelegramCall, error: unknown): void {
    const fields = { ...this.#named(record), method, ...described(error) };
    this.#logger.warn("A send fails again and again; trying a simpler form", fields);
  }

  unreadableFile(record: OutboxRecord, error: unknown): void {
    this.#logger.error("A file to send cannot be read", {
      ...this.#named(record),
      error: errorMessage(error),
    });
  }

  givenUp(record: OutboxRecord, error: unknown): void {
    this.#givenUpAt.push(this.#clock.monotonic());
    this.#logger.error("A send was given up", { ...this.#named(record), ...described(error) });
  }

  /** A pause has become longer than a minute. */
  longPause(record: OutboxRecord | undefined, retryAfterMs: number, { waitMs }: PauseStart): void {
    performanceMonitor.count("outbox.long_pauses", 1);
    this.#logger.warn("Telegram refuses sends for more than a minute (429)", {
      ...(record ? this.#named(record) : {}),
      retryAfterSeconds: Math.round(retryAfterMs / 1000),
      nextTrySeconds: Math.round(waitMs / 1000),
    });
  }

  /** How many sends were given up within the last ten minutes. */
  recentlyGivenUp(): number {
    const since = this.#clock.monotonic() - RECENT_MS;
    this.#givenUpAt = this.#givenUpAt.filter((at) => at > since);
    return this.#givenUpAt.length;
  }

  /** A send as a log names it: not by its step, which is a person's id in a broadcast. */
  #named({ seq, chatKey }: OutboxRecord): { seq: number; chat: string } {
    return { seq, chat: this.#pseudonym(chatKey) };
  }
}

function described(error: unknown): { code: string; error: string } {
  return { code: errorCode(error), error: errorMessage(error) };
}
