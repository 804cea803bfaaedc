import { AsyncResource } from "node:async_hooks";
import { errorCode, errorMessage, type Logger } from "../../core/index.ts";
import type { OutboxRecord } from "../../store/index.ts";
import type { Delivery, DeliveryEnd } from "./delivery.ts";
import { isSettled } from "./sends.ts";

/** One send of a chat, from the moment it is recorded until its outcome is definite. */
export class Entry {
  readonly id: string;
  readonly chatKey: string;
  /** The record as it is stored; rejects when it could not be. */
  readonly stored: Promise<OutboxRecord>;
  /** When the send was recorded, in monotonic milliseconds; negative when that was before the clock began. */
  readonly queuedAt: number;
  readonly isPreview: boolean;
  /** The callers that wait for the definite outcome. */
  readonly waiters: { resolve(record: OutboxRecord): void; reject(error: unknown): void }[] = [];
  /** The async context of the caller, so that a trace counts its own sends only. */
  readonly #context = new AsyncResource("OutboxSend");

  constructor({ _id, chatKey, preview }: OutboxRecord, stored: Promise<OutboxRecord>, queuedAt: number) {
    this.id = _id;
    this.chatKey = chatKey;
    this.isPreview = preview ?? false;
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

/** The sends of one chat, delivered strictly one after another. The first entry is the one being delivered. */
export class ChatQueue {
  readonly #options: ChatQueueOptions;
  readonly #entries: Entry[] = [];

  constructor(options: ChatQueueOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Adds a send at the end; also while `run` is at work. */
  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** Delivers until no entry is left or the outbox stops. */
  async run(): Promise<void> {
    const { logger, stopping, onBlocked } = this.#options;
    for (let entry = this.#entries[0]; entry && !stopping.aborted; entry = this.#entries[0]) {
      const delivered = await this.#deliver(entry);
      if (delivered?.end === "left") return;
      const waiting = this.#entries.length - 1;
      this.#leave(delivered?.record ?? null);
      if (delivered?.end !== "blocked") continue;
      await this.#failNext(waiting);
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

  /** Brings an entry to its end; null when it was never stored. */
  async #deliver(entry: Entry): Promise<{ record: OutboxRecord; end: DeliveryEnd } | null> {
    const record = await entry.stored.catch(() => null);
    if (!record) return null;
    if (isSettled(record)) return { record, end: "settled" };
    const { delivery } = this.#options;
    const end = await entry.runInContext(() => delivery.deliver(record, () => this.#entries.length > 1));
    return { record, end };
  }

  /** Removes the first entry and resolves its waiters. */
  #leave(record: OutboxRecord | null): void {
    const entry = this.#entries.shift();
    if (!entry) return;
    if (record) for (const { resolve } of entry.waiters) resolve(record);
    this.#options.onDone(entry);
  }

  /** Fails the next `count` entries, which waited behind a send that the chat refused for good. */
  async #failNext(count: number): Promise<void> {
    const { delivery } = this.#options;
    for (let left = count; left > 0; left -= 1) {
      const record = (await this.#entries[0]?.stored.catch(() => null)) ?? null;
      if (record && !isSettled(record))
        await delivery.settleFailed(record, "CHAT_BLOCKED", { isChatClosed: true });
      this.#leave(record);
    }
  }
}
