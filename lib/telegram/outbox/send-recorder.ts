import { backoffMs, type Clock, errorCode, errorMessage, type Logger } from "../../core/index.ts";
import type { OutboxChange, OutboxRecord } from "../../store/index.ts";
import type { SendStore } from "./sends.ts";

export interface SendRecorderOptions {
  store: Pick<SendStore, "update">;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Nothing more is recorded once this aborts. */
  abandoned: AbortSignal;
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
   * @throws the reason of `abandoned` when that aborts first.
   */
  async persist<T>(work: () => Promise<T>): Promise<T> {
    const { abandoned, clock, logger, random } = this.#options;
    for (let failures = 0; ; failures += 1) {
      abandoned.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        logger.warn("A send could not be recorded; trying again", {
          code: errorCode(error),
          error: errorMessage(error),
        });
        await clock.sleep(backoffMs(failures, { ...BACKOFF, random }), abandoned);
      }
    }
  }

  async change(record: OutboxRecord, change: OutboxChange): Promise<void> {
    await this.persist(() => this.#options.store.update(record._id, change));
    Object.assign(record, change);
  }

  async sent(record: OutboxRecord, messageId: number | undefined): Promise<void> {
    const { attempts } = record;
    const known = messageId === undefined ? {} : { messageId };
    await this.change(record, { state: "sent", attempts, ...known, settledAt: this.#now() });
  }

  async failed(record: OutboxRecord, code: string): Promise<void> {
    const { attempts } = record;
    await this.change(record, { state: "failed", attempts, errorCode: code, settledAt: this.#now() });
  }

  #now(): Date {
    return new Date(this.#options.clock.now());
  }
}
