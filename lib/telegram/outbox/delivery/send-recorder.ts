import {
  backoffMs,
  type Clock,
  errorCode,
  errorMessage,
  HOME_LOST,
  type Logger,
} from "../../../core/index.ts";
import type { OutboxChange, OutboxRecord } from "../../../store/index.ts";
import { claimOf, type FailedSend, type SendStore, type SentSend } from "../sends.ts";

export interface SendRecorderOptions {
  store: Pick<SendStore, "update">;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Nothing more is recorded once this aborts. */
  abandoned: AbortSignal;
  /** Reacts to a message before it is recorded as sent, so that a crash repeats it; a rejection is retried. */
  onSent?(sent: SentSend): Promise<void>;
  /** Reacts to a failed send before the failure is recorded, so that a crash repeats it; a rejection is retried. */
  onFailed?(failed: FailedSend): Promise<void>;
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 };

/** Records what became of sends, in the store and in the record itself, for as long as it takes. */
export class SendRecorder {
  readonly #options: SendRecorderOptions;

  constructor(options: SendRecorderOptions) {
    this.#options = options;
  }

  /**
   * Repeats a store call until it succeeds: an outcome must be recorded before the chat goes on.
   * @throws the reason of `abandoned` when that aborts first, or HOME_LOST when another instance has taken over the chat
   */
  async persist<T>(work: () => Promise<T>): Promise<T> {
    const { abandoned, clock, logger, random } = this.#options;
    for (let failures = 0; ; failures += 1) {
      abandoned.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (errorCode(error) === HOME_LOST) throw error;
        logger.warn("A send could not be recorded; trying again", {
          code: errorCode(error),
          error: errorMessage(error),
        });
        await clock.sleep(backoffMs(failures, { ...BACKOFF, random }), abandoned);
      }
    }
  }

  async change(record: OutboxRecord, change: OutboxChange): Promise<void> {
    await this.persist(() => this.#options.store.update(record._id, change, claimOf(record)));
    Object.assign(record, change);
  }

  async sent(record: OutboxRecord, messageId: number | undefined): Promise<void> {
    const { attempts } = record;
    const { onSent } = this.#options;
    if (onSent && messageId !== undefined && !record.preview) {
      await this.persist(() => onSent({ send: record, messageId }));
    }
    const known = messageId === undefined ? {} : { messageId };
    await this.change(record, { state: "sent", attempts, ...known, settledAt: this.#now() });
  }

  /** Records that a send failed for good, once somebody has reacted to that. */
  async failed(record: OutboxRecord, code: string, isChatClosed: boolean): Promise<void> {
    const { onFailed } = this.#options;
    if (onFailed && !record.preview) await this.persist(() => onFailed({ send: record, code, isChatClosed }));
    await this.change(record, this.#failure(record, code));
  }

  /** Records that a send is not made, which nobody needs to react to. */
  async dropped(record: OutboxRecord, code: string): Promise<void> {
    await this.change(record, this.#failure(record, code));
  }

  #failure({ attempts }: OutboxRecord, code: string): OutboxChange {
    return { state: "failed", attempts, errorCode: code, settledAt: this.#now() };
  }

  #now(): Date {
    return new Date(this.#options.clock.now());
  }
}
