import { AsyncResource } from "node:async_hooks";
import { errorCode, errorMessage, type Logger } from "../../../core/index.ts";
import type { OutboxRecord } from "../../../store/index.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { DeliveryEnd } from "../delivery/progress.ts";
import { isSettled, rankOf } from "../sends.ts";
import { SendOrder } from "./send-order.ts";

/** One send of a chat, from the moment it is recorded until its outcome is definite. */
export class Entry {
  readonly id: string;
  readonly chatKey: string;
  /** The record as it is stored; rejects when it could not be. */
  readonly stored: Promise<OutboxRecord>;
  /** When the send was recorded, in monotonic milliseconds; negative when that was before the clock began. */
  readonly queuedAt: number;
  readonly isPreview: boolean;
  /** The place of its urgency, 0 first, and the source with which it takes turns. */
  readonly rank: number;
  readonly source: number | undefined;
  /** The sends of one update stay together. */
  readonly seq: number;
  /** The callers that wait for the definite outcome. */
  readonly waiters: { resolve(record: OutboxRecord): void; reject(error: unknown): void }[] = [];
  /** The async context of the caller, so that a trace counts its own sends only. */
  readonly #context = new AsyncResource("OutboxSend");

  constructor(record: OutboxRecord, stored: Promise<OutboxRecord>, queuedAt: number) {
    const { _id, chatKey, preview = false, urgency, source, seq } = record;
    this.id = _id;
    this.chatKey = chatKey;
    this.isPreview = preview;
    this.rank = rankOf(urgency);
    this.source = source;
    this.seq = seq;
    this.stored = stored;
    this.queuedAt = queuedAt;
  }

  /** Runs `work` in the async context of the caller that recorded the send. */
  runInContext<T>(work: () => T): T {
    return this.#context.runInAsyncScope(work);
  }
}

export interface ChatQueueOptions {
  delivery: Pick<Delivery, "deliver" | "settleFailed">;
  logger: Logger;
  stopping: AbortSignal;
  /** The bot may not write to the chat any more; its waiting sends have failed. */
  onBlocked(chatId: number): void;
  /** An entry has left the queue with a definite outcome, or because it was never stored. */
  onDone(entry: Entry): void;
}

/**
 * The sends of one chat, delivered one at a time: the more urgent first, those of the same urgency in the order of
 * `SendOrder`. A more urgent send also interrupts a delivery that waits or is tried again.
 */
export class ChatQueue {
  readonly #options: ChatQueueOptions;
  readonly #waiting = new SendOrder();
  /** The send being delivered. */
  #current: { entry: Entry; interrupt: AbortController } | undefined;

  constructor(options: ChatQueueOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#current === undefined && this.#waiting.length === 0;
  }

  /** Adds a send; also while `run` is at work. */
  push(entry: Entry): void {
    this.#waiting.push(entry);
    const current = this.#current;
    if (current && entry.rank < current.entry.rank)
      current.interrupt.abort(new Error("A send is more urgent"));
  }

  /** Delivers until no entry is left or the outbox stops. */
  async run(): Promise<void> {
    const { logger, stopping, onBlocked } = this.#options;
    for (let entry = this.#waiting.shift(); entry && !stopping.aborted; entry = this.#waiting.shift()) {
      const delivered = await this.#deliver(entry);
      if (delivered?.end === "left") return;
      if (delivered?.end === "interrupted") {
        this.#waiting.putBack(entry);
        continue;
      }
      const behind = this.#waiting.list();
      this.#leave(entry, delivered?.record ?? null);
      if (delivered?.end !== "blocked") continue;
      await this.#fail(behind);
      try {
        onBlocked(delivered.record.chatId);
      } catch (error) {
        logger.error("A blocked chat could not be noted", {
          code: errorCode(error),
          error: errorMessage(error),
        });
      }
    }
  }

  /** Delivers an entry until its end or an interruption; null when it was never stored. */
  async #deliver(entry: Entry): Promise<{ record: OutboxRecord; end: DeliveryEnd } | null> {
    const interrupt = new AbortController();
    this.#current = { entry, interrupt };
    const record = await entry.stored.catch(() => null);
    if (!record) return null;
    if (isSettled(record)) return { record, end: "settled" };
    const { delivery, stopping } = this.#options;
    const stop = (): void => interrupt.abort(stopping.reason);
    if (stopping.aborted) stop();
    stopping.addEventListener("abort", stop, { once: true });
    const turn = { hasNext: () => this.#waiting.length > 0, interrupt: interrupt.signal };
    const end = await entry
      .runInContext(() => delivery.deliver(record, turn))
      .finally(() => stopping.removeEventListener("abort", stop));
    return { record, end };
  }

  /** Ends the turn of an entry and resolves its waiters. */
  #leave(entry: Entry, record: OutboxRecord | null): void {
    if (this.#current?.entry === entry) this.#current = undefined;
    if (record) for (const { resolve } of entry.waiters) resolve(record);
    this.#options.onDone(entry);
  }

  /** Fails entries that waited behind a send that the chat refused for good. */
  async #fail(entries: readonly Entry[]): Promise<void> {
    const { delivery } = this.#options;
    for (const entry of entries) {
      const record = await entry.stored.catch(() => null);
      if (record && !isSettled(record))
        await delivery.settleFailed(record, "CHAT_BLOCKED", { isChatClosed: true });
      this.#waiting.remove(entry);
      this.#leave(entry, record);
    }
  }
}
