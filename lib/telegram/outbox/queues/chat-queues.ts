import { errorCode, type Logger } from "../../../core/index.ts";
import type { OutboxHomes } from "../sends.ts";
import { ChatQueue, type ChatQueueOptions, type Entry } from "./chat-queue.ts";

export interface ChatQueuesOptions extends Pick<ChatQueueOptions, "delivery" | "stopping" | "onBlocked"> {
  logger: Logger;
  /** The calls in flight are given up once this aborts. */
  abandoned: AbortSignal;
  homes?: OutboxHomes;
}

/** The sends that are not settled: one queue for each chat that has any. */
export class ChatQueues {
  readonly #options: ChatQueuesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #queues = new Map<string, ChatQueue>();
  readonly #running = new Set<Promise<void>>();
  /** The same by chat. */
  readonly #runs = new Map<string, Promise<void>>();
  /** By chat that is remembered: the sends that have left its queue. */
  readonly #left = new Map<string, Set<string>>();

  constructor(options: ChatQueuesOptions) {
    this.#options = options;
  }

  /** How many chats have sends. */
  get size(): number {
    return this.#queues.size;
  }

  entries(): Entry[] {
    return [...this.#entries.values()];
  }

  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  isIdle(chatKey: string): boolean {
    return !this.#queues.has(chatKey);
  }

  /** Whether a message to the chat is being delivered, or waits for that. */
  isDelivering(chatKey: string): boolean {
    return this.#runs.has(chatKey);
  }

  /** Puts a send at the end of its chat's queue, which starts if there was none. */
  add(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    const queue = this.#queues.get(entry.chatKey);
    if (queue) queue.push(entry);
    else this.#startQueue(entry);
  }

  forget(entry: Entry): void {
    if (this.#entries.get(entry.id) !== entry) return;
    this.#entries.delete(entry.id);
    this.#left.get(entry.chatKey)?.add(entry.id);
  }

  /** From now on the sends that leave the chat's queue are known, until the chat is dropped. */
  remember(chatKey: string): void {
    this.#left.set(chatKey, new Set());
  }

  /** Whether a send of a remembered chat was never in its queue. */
  isNew(chatKey: string, id: string): boolean {
    return !this.#entries.has(id) && this.#left.get(chatKey)?.has(id) === false;
  }

  /** Forgets a chat and its sends, which it returns. */
  drop(chatKey: string): Entry[] {
    this.#left.delete(chatKey);
    this.#queues.delete(chatKey);
    const dropped = this.entries().filter((entry) => entry.chatKey === chatKey);
    for (const { id } of dropped) this.#entries.delete(id);
    return dropped;
  }

  /** Resolves when the queues that are at work now have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #startQueue(first: Entry): void {
    const { chatKey } = first;
    const queue = new ChatQueue({
      ...this.#options,
      onDone: (entry) => {
        this.forget(entry);
        if (queue.isEmpty && this.#queues.get(chatKey) === queue) this.#queues.delete(chatKey);
      },
    });
    queue.push(first);
    this.#queues.set(chatKey, queue);
    const run = this.#run(queue).finally(() => {
      this.#running.delete(run);
      if (this.#runs.get(chatKey) !== run) return;
      this.#runs.delete(chatKey);
      this.#options.homes?.onDelivered(chatKey);
    });
    this.#running.add(run);
    this.#runs.set(chatKey, run);
  }

  async #run(queue: ChatQueue): Promise<void> {
    const { logger, abandoned } = this.#options;
    try {
      await queue.run();
    } catch (error) {
      if (!abandoned.aborted) logger.error("The sends of a chat stopped", { code: errorCode(error) });
    }
  }
}
