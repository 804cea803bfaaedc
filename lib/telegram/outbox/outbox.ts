import { setMaxListeners } from "node:events";
import { AppError, type Clock, endsWithin, homeLost, type Logger, type Pseudonym } from "../../core/index.ts";
import type { ChatHome, OutboxRecord } from "../../store/index.ts";
import type { TelegramApi } from "../api.ts";
import { FILE_UNREADABLE } from "../failures.ts";
import { Delivery } from "./delivery/delivery.ts";
import { UnclearEdits } from "./delivery/unclear-edits.ts";
import type { FileSource } from "./delivery/uploads.ts";
import { movedSend } from "./moved-chat.ts";
import { Pace, type PaceStats } from "./pacing/pace.ts";
import { Entry } from "./queues/chat-queue.ts";
import { ChatQueues } from "./queues/chat-queues.ts";
import {
  claimOf,
  type FailedSend,
  isSettled,
  type NewSend,
  type OutboxHomes,
  outboxId,
  type SendStore,
  type SentSend,
} from "./sends.ts";

export interface OutboxOptions {
  api: Pick<TelegramApi, "call">;
  store: SendStore;
  botId: number;
  clock: Clock;
  logger: Logger;
  pseudonym: Pseudonym;
  /** A number in [0, 1). */
  random: () => number;
  /** The person blocked the bot, or the bot was removed from the chat. */
  onBlocked(chatId: number): void;
  /** A group became a supergroup; sends to its old id go to the new one. A rejection is retried. */
  onMoved?(fromChatId: number, toChatId: number): Promise<void>;
  /** The present id of a chat, which another one than `onMoved` may have changed. */
  chatIdOf?(chatId: number): number;
  /** Where there are several instances. */
  homes?: OutboxHomes;
  /** What to tell a chat instead of a message that Telegram takes in no form; null for nothing. */
  failureNotice?(record: OutboxRecord): Promise<string | null>;
  /** Reacts to a message before it is recorded as sent, so that a crash repeats it; a rejection is retried. */
  onSent?(sent: SentSend): Promise<void>;
  /** Reacts to a failed send before the failure is recorded, so that a crash repeats it; a rejection is retried. */
  onFailed?(failed: FailedSend): Promise<void>;
  /** Whether a group keeps places for urgent sends, as the operators' chat does. */
  hasReserve?(chatId: number): boolean;
  /** Opens files of the media folder; without it, none can be sent. */
  files?: FileSource;
}

export interface OutboxStats extends PaceStats {
  /** Sends without a definite outcome. */
  unsettled: number;
  /** Chats with such sends. */
  chats: number;
  /** The age of the oldest unsent message, in milliseconds; 0 without one. */
  oldestMs: number;
  /** Messages given up within the last ten minutes: Telegram took them in no form. */
  givenUp: number;
}

/** How often the outcome of a send is looked for that another instance delivers, in milliseconds. */
const LOOK_MS = 500;

const NO_FILES: FileSource = {
  async open(mediaPath) {
    throw new AppError(`There is no media folder for ${mediaPath}`, { code: FILE_UNREADABLE });
  },
};

/** Sends that survive a crash: recorded first, then delivered in the background, in order within each chat. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #chatIdOf: (chatId: number) => number;
  readonly #pace: Pace;
  readonly #unclearEdits: UnclearEdits;
  readonly #delivery: Delivery;
  readonly #stopping = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #queues: ChatQueues;

  constructor(options: OutboxOptions) {
    const { files = NO_FILES, onMoved = async () => {}, failureNotice = async () => null } = options;
    const stopping = this.#stopping.signal;
    const abandoned = this.#abandoned.signal;
    setMaxListeners(0, stopping, abandoned); // every chat's queue listens to them
    this.#options = options;
    this.#chatIdOf = options.chatIdOf ?? ((chatId) => chatId);
    this.#pace = new Pace(options);
    this.#unclearEdits = new UnclearEdits(options.clock);
    this.#delivery = new Delivery({
      ...options,
      files,
      onMoved,
      failureNotice,
      pace: this.#pace,
      unclearEdits: this.#unclearEdits,
      stopping,
      abandoned,
    });
    this.#queues = new ChatQueues({ ...options, delivery: this.#delivery, stopping, abandoned });
  }

  /** Resumes, in order, what an earlier run left unsettled. Call it once, before anything is recorded. */
  async recover(): Promise<void> {
    const { store, botId } = this.#options;
    const records = (await store.unsettled(botId)).filter(({ _id }) => !this.#queues.find(_id));
    await Promise.all(records.map((record) => this.#recoverRecord(record)));
    for (const record of records) {
      if (!isSettled(record)) this.#queues.add(this.#entryOf(record, Promise.resolve(record)));
    }
  }

  /** Resolves when the sends are durable. Repeating it changes nothing: a known send keeps its place and outcome. */
  async record(sends: readonly NewSend[]): Promise<void> {
    const unknown = sends
      .map((send) => this.#follow(send))
      .filter((send) => !this.#queues.find(outboxId(send)));
    const { homes } = this.#options;
    const own = homes ? unknown.filter(({ chatKey }) => this.#isHere(homes, chatKey)) : unknown;
    const elsewhere = unknown.filter((send) => !own.includes(send));
    const byId = new Map(own.map((send) => [outboxId(send), send]));
    if (byId.size > 0) this.#addNew([...byId.values()]);
    await Promise.all([
      ...sends.flatMap((send) => this.#queues.find(outboxId(send))?.stored ?? []),
      elsewhere.length > 0 ? this.#recordElsewhere(elsewhere) : undefined,
    ]);
  }

  /**
   * Takes over what is unsettled of a chat that this instance has become the home of; with `look` what others record for
   * it later. Call it before anything is recorded for the chat.
   */
  async open(home: ChatHome): Promise<void> {
    this.#queues.remember(home.chatKey);
    await this.look(home);
  }

  /** Takes in new sends of a chat that this instance is the home of. */
  async look({ chatKey, claim }: ChatHome): Promise<void> {
    const { store, botId } = this.#options;
    const records = await store.claim(botId, chatKey, claim);
    const isNew = ({ _id }: OutboxRecord): boolean => this.#queues.isNew(chatKey, _id);
    const added = records.filter(isNew);
    await Promise.all(added.map((record) => this.#recoverRecord(record)));
    for (const record of added.filter(isNew)) {
      if (!isSettled(record)) this.#queues.add(this.#entryOf(record, Promise.resolve(record)));
    }
  }

  /** Whether a message to the chat is being delivered, or waits for that. */
  isDelivering(chatKey: string): boolean {
    return this.#queues.isDelivering(chatKey);
  }

  /** Drops a chat that this instance is not the home of any more. */
  close(chatKey: string): void {
    for (const entry of this.#queues.drop(chatKey)) {
      this.#delivery.forget(entry.id);
      for (const { reject } of entry.waiters) reject(homeLost());
    }
  }

  /**
   * Waits for the definite outcome of a send.
   * @throws AppError when it was never recorded, or the outbox stopped first.
   */
  async settled(id: string): Promise<OutboxRecord> {
    const entry = this.#queues.find(id);
    if (entry && !this.#abandoned.signal.aborted) {
      return new Promise<OutboxRecord>((resolve, reject) => entry.waiters.push({ resolve, reject }));
    }
    for (;;) {
      const record = await this.#options.store.find(id);
      if (record && isSettled(record)) return record;
      if (!record || !this.#options.homes) break;
      await this.#options.clock.sleep(LOOK_MS, this.#abandoned.signal); // another instance delivers it
    }
    throw new AppError("No such send is in progress", { code: "OUTBOX_NOT_UNDER_WAY" });
  }

  /** Whether the chat has no send without a definite outcome. */
  idle(chatKey: string): boolean {
    return this.#queues.isIdle(chatKey);
  }

  /** Counts one preview sent outside the outbox; false when the chat is paused or its budget is for answers. */
  takeSpare({ chatId, chatKey }: Pick<NewSend, "chatId" | "chatKey">): boolean {
    if (!this.#isHeld(chatKey) || !this.#pace.hasSpare(chatId)) return false;
    this.#pace.count(chatId);
    return true;
  }

  /** An edit outside the outbox had no outcome: the next one of the message is made twice, since it may still come. */
  noteUnclearEdit(chatId: number, messageId: number): void {
    this.#unclearEdits.note(chatId, messageId);
  }

  /** Counts one `sendChatAction`, which uses up no group's minute; false when it should be left out. */
  takeChatAction({ chatId, chatKey }: Pick<NewSend, "chatId" | "chatKey">): boolean {
    return this.#isHeld(chatKey) && this.#pace.takeChatAction(chatId);
  }

  stats(): OutboxStats {
    const now = this.#options.clock.monotonic();
    const entries = this.#queues.entries();
    const unsent = entries.filter(({ isPreview }) => !isPreview);
    const oldestAt = unsent.reduce((oldest, { queuedAt }) => Math.min(oldest, queuedAt), now);
    return {
      unsettled: entries.length,
      chats: this.#queues.size,
      oldestMs: now - oldestAt,
      givenUp: this.#delivery.recentlyGivenUp(),
      ...this.#pace.stats(),
    };
  }

  /** Starts no more calls and lets those in flight finish for at most `deadlineMs`; the rest waits for the next start. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    await endsWithin(this.#queues.idle(), deadlineMs, this.#options.clock);
    this.#abandoned.abort();
    const stopped = new AppError("The outbox has stopped", { code: "STOPPED", retryable: true });
    for (const { waiters } of this.#queues.entries()) for (const { reject } of waiters) reject(stopped);
  }

  async #recoverRecord(record: OutboxRecord): Promise<void> {
    const { chatId, chatKey, params } = this.#follow(record);
    if (chatId !== record.chatId) {
      await this.#options.store.update(
        record._id,
        { state: record.state, chatId, chatKey, params },
        claimOf(record),
      );
      Object.assign(record, { chatId, chatKey, params });
    }
    if (record.preview) {
      // The answer it belongs to is made again, or was sent already.
      await this.#delivery.settleFailed(record, "PREVIEW_DROPPED");
    } else if (record.state === "sending") {
      await this.#options.store.update(record._id, { state: "unknown" }, claimOf(record));
      record.state = "unknown";
    }
  }

  /** Stores new sends and queues them in one step, so that their order is that of the calls. */
  #addNew(sends: readonly NewSend[]): void {
    const started = new Set<string>();
    const records = sends.map((send) => {
      const isIdle = this.idle(send.chatKey) && !started.has(send.chatKey);
      started.add(send.chatKey);
      const goesNow =
        isIdle && !this.#stopping.signal.aborted && this.#pace.waitMs(send.chatId, send.urgency) === 0;
      return this.#newRecord(send, goesNow);
    });
    const { store, homes } = this.#options;
    const inserting = homes
      ? store.insert(records).then((stored) => this.#claimKnown(stored, homes))
      : store.insert(records);
    for (const [index, record] of records.entries()) {
      const stored = inserting.then((list) => list[index] ?? record);
      const entry = this.#entryOf(record, stored);
      stored.catch((error: unknown) => {
        // Forgotten at once, so that recording it again starts afresh; the queue skips it.
        this.#queues.forget(entry);
        for (const { reject } of entry.waiters) reject(error);
      });
      this.#queues.add(entry);
    }
  }

  /** A send to a group that moved goes to its new id. */
  #follow<Send extends NewSend>(send: Send): Send {
    return movedSend(send, this.#chatIdOf(send.chatId));
  }

  #entryOf(record: OutboxRecord, stored: Promise<OutboxRecord>): Entry {
    const { clock } = this.#options;
    const ageMs = Math.max(0, clock.now() - record.createdAt.getTime());
    return new Entry(record, stored, clock.monotonic() - ageMs);
  }

  #newRecord(send: NewSend, goesNow: boolean): OutboxRecord {
    // A send that goes at once is stored as `sending`, which saves a write.
    const progress = goesNow
      ? { state: "sending" as const, attempts: 1 }
      : { state: "pending" as const, attempts: 0 };
    const { botId, clock, homes } = this.#options;
    const fence = homes?.homeOf(send.chatKey)?.claim.fence;
    const createdAt = new Date(clock.now());
    return {
      _id: outboxId(send),
      botId,
      ...send,
      ...progress,
      createdAt,
      ...(fence === undefined ? {} : { fence }),
    };
  }

  /** @throws AppError HOME_LOST when the chat was here, but is not any more */
  #isHere({ homeOf }: OutboxHomes, chatKey: string): boolean {
    const home = homeOf(chatKey);
    if (home?.lost.aborted) throw homeLost();
    return home !== undefined;
  }

  #isHeld(chatKey: string): boolean {
    const { homes } = this.#options;
    return !homes || homes.homeOf(chatKey)?.isHeld() === true;
  }

  async #recordElsewhere(sends: readonly NewSend[]): Promise<void> {
    await this.#options.store.insert(sends.map((send) => this.#newRecord(send, false)));
    this.#options.homes?.wake([...new Set(sends.map(({ chatKey }) => chatKey))]);
  }

  /** Claims what an earlier home of the chat had recorded already, perhaps after this one took over. */
  async #claimKnown(stored: readonly OutboxRecord[], homes: OutboxHomes): Promise<OutboxRecord[]> {
    const { store, botId } = this.#options;
    return await Promise.all(
      stored.map(async (record) => {
        const claim = homes.homeOf(record.chatKey)?.claim;
        if (isSettled(record) || record.fence === claim?.fence) return record;
        const claimed = claim ? await store.claim(botId, record.chatKey, claim) : [];
        const own = claimed.find(({ _id }) => _id === record._id);
        if (!own) throw homeLost();
        await this.#recoverRecord(own);
        return own;
      }),
    );
  }
}
