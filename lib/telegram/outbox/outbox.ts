import { setMaxListeners } from "node:events";
import {
  AppError,
  type Clock,
  endsWithin,
  errorCode,
  type Logger,
  type Measure,
  unmeasured,
} from "../../core/index.ts";
import type { OutboxRecord } from "../../store/index.ts";
import type { TelegramApi } from "../api.ts";
import { FILE_UNREADABLE } from "../failures.ts";
import { createEntry, type Entry, runLane } from "./chat-queue.ts";
import { createDelivery } from "./delivery.ts";
import { createPace } from "./pace.ts";
import { isSettled, type NewSend, outboxId, type SendStore } from "./sends.ts";
import type { FileSource } from "./uploads.ts";

export interface OutboxOptions {
  api: Pick<TelegramApi, "call">;
  store: SendStore;
  botId: number;
  clock: Clock;
  logger: Logger;
  /** A number in [0, 1). */
  random: () => number;
  /** The person blocked the bot, or the bot was removed from the chat. */
  onBlocked(chatId: number): void;
  /** A group became a supergroup; sends to its old id go to the new one. */
  onMoved?(fromChatId: number, toChatId: number): void;
  /** The files of the media folder; without it, none can be sent. */
  files?: FileSource;
  /** Records how long sends wait for their chat's turn. */
  measure?: Measure;
}

/** Sends that survive a crash: recorded first, then delivered in the background, in order within each chat. */
export interface Outbox {
  /** Takes up, in order, what an earlier run left unsettled. Call it once, before anything is recorded. */
  recover(): Promise<void>;
  /** Resolves when the sends are durable. Repeating it changes nothing: what is known keeps its place and outcome. */
  record(sends: readonly NewSend[]): Promise<void>;
  /**
   * Waits for the definite outcome of a send.
   * @throws AppError when it was never recorded, or the outbox stopped first.
   */
  settled(id: string): Promise<OutboxRecord>;
  /** Whether nothing of this chat is waiting or under way. */
  idle(chatKey: string): boolean;
  /** Takes room for one preview outside the outbox; false when the chat is paused or its budget is for answers. */
  takeSpare(chatId: number): boolean;
  /** Takes room for one `sendChatAction`, which uses up no group's minute; false when it is to be left out. */
  takeChatAction(chatId: number): boolean;
  stats(): OutboxStats;
  /** Starts nothing more, lets calls under way finish for at most `deadlineMs`; the rest waits for the next start. */
  stop(deadlineMs: number): Promise<void>;
}

export interface OutboxStats {
  /** Sends without a definite outcome. */
  unsettled: number;
  /** Chats with such sends. */
  chats: number;
  /** Chats that wait for a 429 to pass, and whether the whole bot does. */
  pausedChats: number;
  pausedBot: boolean;
}

const NO_FILES: FileSource = {
  async open(mediaPath) {
    throw new AppError(`There is no media folder for ${mediaPath}`, { code: FILE_UNREADABLE });
  },
};

export function createOutbox(options: OutboxOptions): Outbox {
  const { api, store, botId, clock, logger, random, onBlocked, measure = unmeasured } = options;
  const { files = NO_FILES, onMoved = () => {} } = options;
  const stopping = new AbortController();
  const abandoned = new AbortController();
  // Every lane listens to these two.
  setMaxListeners(0, stopping.signal, abandoned.signal);
  const pace = createPace({ clock, random });
  const signals = { stopping: stopping.signal, abandoned: abandoned.signal };
  const delivery = createDelivery({
    api,
    store,
    pace,
    files,
    onMoved,
    clock,
    logger,
    random,
    measure,
    ...signals,
  });
  /** Everything not settled, by id; and the same by chat, in order. A chat without such sends has no lane. */
  const entries = new Map<string, Entry>();
  const lanes = new Map<string, Entry[]>();
  const running = new Set<Promise<void>>();

  function leaveLane(entry: Entry): void {
    if (entries.get(entry.id) === entry) entries.delete(entry.id);
    if (lanes.get(entry.chatKey)?.length === 0) lanes.delete(entry.chatKey);
  }

  /** Puts a send at the end of its chat's lane, which starts if it was not there. */
  function enqueue(entry: Entry): void {
    entries.set(entry.id, entry);
    const lane = lanes.get(entry.chatKey);
    if (lane) {
      lane.push(entry);
      return;
    }
    const queue = [entry];
    lanes.set(entry.chatKey, queue);
    const run = runLane(queue, { delivery, logger, stopping: stopping.signal, onBlocked, onDone: leaveLane })
      .catch((error: unknown) => {
        if (!abandoned.signal.aborted) logger.error("A chat's sends stopped", { code: errorCode(error) });
      })
      .finally(() => running.delete(run));
    running.add(run);
  }

  function newRecord(send: NewSend, goesNow: boolean): OutboxRecord {
    // What goes at once is stored as under way, which saves a write.
    const progress = goesNow
      ? { state: "sending" as const, attempts: 1 }
      : { state: "pending" as const, attempts: 0 };
    return { _id: outboxId(send), botId, ...send, ...progress, createdAt: new Date(clock.now()) };
  }

  /** Stores sends not known yet and gives them their place, in one step, so that the order is that of the calls. */
  function addNew(sends: readonly NewSend[]): void {
    const begun = new Set<string>();
    const records = sends.map((send) => {
      const isIdle = !lanes.has(send.chatKey) && !begun.has(send.chatKey);
      begun.add(send.chatKey);
      const goesNow = isIdle && !stopping.signal.aborted && pace.waitMs(send.chatId) === 0;
      return newRecord(send, goesNow);
    });
    const inserting = store.insert(records);
    for (const [index, record] of records.entries()) {
      const stored = inserting.then((list) => list[index] ?? record);
      const entry = createEntry(record._id, record.chatKey, stored);
      stored.catch((error: unknown) => {
        // Forgotten at once, so that recording it again starts afresh; its place in the lane is skipped.
        if (entries.get(entry.id) === entry) entries.delete(entry.id);
        for (const { reject } of entry.waiters) reject(error);
      });
      enqueue(entry);
    }
  }

  async function takeUp(record: OutboxRecord): Promise<void> {
    if (record.preview) {
      // What it announced is answered anew, or was answered already.
      await delivery.settleFailed(record, "PREVIEW_DROPPED");
    } else if (record.state === "sending") {
      await store.update(record._id, { state: "unknown" });
      record.state = "unknown";
    }
  }

  return {
    async recover() {
      const records = (await store.unsettled(botId)).filter(({ _id }) => !entries.has(_id));
      await Promise.all(records.map(takeUp));
      for (const record of records) {
        if (isSettled(record)) continue;
        enqueue(createEntry(record._id, record.chatKey, Promise.resolve(record)));
      }
    },

    async record(sends) {
      const byId = new Map(sends.map((send) => [outboxId(send), send]));
      for (const id of byId.keys()) if (entries.has(id)) byId.delete(id);
      if (byId.size > 0) addNew([...byId.values()]);
      await Promise.all(sends.flatMap((send) => entries.get(outboxId(send))?.stored ?? []));
    },

    async settled(id) {
      const entry = entries.get(id);
      if (entry && !abandoned.signal.aborted) {
        return new Promise<OutboxRecord>((resolve, reject) => entry.waiters.push({ resolve, reject }));
      }
      const record = await store.find(id);
      if (record && isSettled(record)) return record;
      throw new AppError("No such send is under way", { code: "OUTBOX_NOT_UNDER_WAY" });
    },

    idle: (chatKey) => !lanes.has(chatKey),
    takeSpare(chatId) {
      if (!pace.hasSpare(chatId)) return false;
      pace.count(chatId);
      return true;
    },
    takeChatAction: pace.takeChatAction,
    stats: () => ({ unsettled: entries.size, chats: lanes.size, ...pace.stats() }),

    async stop(deadlineMs) {
      stopping.abort();
      await endsWithin(Promise.all(running), deadlineMs, clock);
      abandoned.abort();
      const stopped = new AppError("The outbox has stopped", { code: "STOPPED", retryable: true });
      for (const { waiters } of entries.values()) for (const { reject } of waiters) reject(stopped);
    },
  };
}
