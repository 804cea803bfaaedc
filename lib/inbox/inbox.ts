import { setMaxListeners } from "node:events";
import { Mutex } from "async-mutex";
import { backoffMs, type Clock, errorCode, hashed, type Logger } from "../core/index.ts";
import type { UpdateRecord, UpdateStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { chatKeyOf } from "./chat-key.ts";
import { createDispatch, type Place } from "./dispatch.ts";
import { Mailboxes, type WaitingUpdate } from "./mailboxes.ts";

/** An update is tried this often before it is given up. */
export const MAX_ATTEMPTS = 5;

/** An update that was being worked on at this many unclean stops is tried alone. */
const SUSPECT_ATTEMPTS = 2;

/** With this many updates waiting, no more are taken in; Telegram keeps them (for 24 hours). */
const MAX_WAITING = 10_000;

/** How long an aborted update has to put itself back at a stop. */
const PUT_BACK_MS = 3_000;

/** An update whose turn it is. */
export interface CurrentUpdate {
  seq: number;
  chatKey: string;
  update: Update;
  /** Which try this is, from 1. */
  attempt: number;
  receivedAt: Date;
}

/** What the handler of an update may ask of the inbox. */
export interface Turn {
  /** Aborts when the program stops and the handler's time is over. */
  signal: AbortSignal;
  /**
   * Runs `wait`, which waits for the model, without holding a dispatch place. While the question only queues, the
   * attempt is given back too, so that a process that dies meanwhile leaves no mark on it.
   */
  whileWaiting<T>(
    wait: (queue: { onQueued(): Promise<void>; onStarted(): Promise<void> }) => Promise<T>,
  ): Promise<T>;
}

export interface InboxOptions {
  botId: number;
  maxConcurrentChats: number;
  store: UpdateStore;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Handles an update; may be called again for the same one, so its effects must be repeatable. */
  handle(current: CurrentUpdate, turn: Turn): Promise<void>;
  /** Called once an update is stored, before its turn: what may act at once does (a button press is acknowledged). */
  arrived(update: Update): void;
  /** Tells the person that the update could not be handled. */
  giveUp(current: CurrentUpdate): Promise<void>;
  /** Whether the error means that something Helpline needs is away, which costs no attempt. */
  isOutage(error: unknown): boolean;
}

export interface InboxStats {
  /** Updates that are not settled. */
  waiting: number;
  /** Age of the oldest of them, in milliseconds. */
  oldestMs: number;
  activeChats: number;
}

/** Durable updates: each is stored, handled in its chat's order, and settled. */
export interface Inbox {
  /** Takes up what earlier runs left, in order. Resolves when it is known; the work goes on. */
  start(): Promise<void>;
  /** Stores a batch; resolves when all of it is durable. An update that is known already is no error. */
  accept(updates: readonly Update[]): Promise<void>;
  stats(): InboxStats;
  /** Resolves when nothing is being worked on. */
  idle(): Promise<void>;
  /** Begins nothing more, waits `graceMs` for what is under way, then puts the rest back for the next start. */
  stop(graceMs: number): Promise<void>;
}

export function createInbox(options: InboxOptions): Inbox {
  const { botId, store, clock, logger, random, isOutage } = options;
  const mailboxes = new Mailboxes(MAX_WAITING);
  /** Keeps the order of arrival when two batches come at once. */
  const arrivals = new Mutex();
  const stopping = new AbortController();
  const giveUpWaiting = new AbortController();
  setMaxListeners(0, stopping.signal, giveUpWaiting.signal); // as many as there are chats listen
  let outages = 0;
  /** Closed until what repeated crashes left has been tried alone. */
  let isOpen = false;
  let recovery = Promise.resolve();

  const dispatch = createDispatch({
    maxWorking: options.maxConcurrentChats,
    isReady: (chatKey) =>
      isOpen && (mailboxes.head(chatKey)?.notBefore ?? Number.POSITIVE_INFINITY) <= clock.now(),
    async work(chatKey, place) {
      const head = mailboxes.head(chatKey);
      if (head) await handle(head, place);
    },
  });

  async function handle(waiting: WaitingUpdate, place: Place): Promise<void> {
    try {
      if (waiting.attempts >= MAX_ATTEMPTS) return await bury(waiting);
      await begin(waiting);
      await options.handle(current(waiting), turnOf(waiting, place));
      await store.settle(waiting.id, "done", new Date(clock.now()));
      outages = 0;
      mailboxes.removeHead(waiting.chatKey);
    } catch (error) {
      await failed(waiting, error);
    }
  }

  /** Counts the attempt before any work, so that an update that kills the process still runs out of attempts. */
  async function begin(waiting: WaitingUpdate): Promise<void> {
    if (waiting.isCounted) return;
    waiting.attempts += 1;
    waiting.isCounted = true;
    await store.change(waiting.id, { state: "processing", attempts: waiting.attempts });
  }

  async function putBack(waiting: WaitingUpdate): Promise<void> {
    uncount(waiting);
    await store.change(waiting.id, { state: "received", attempts: waiting.attempts });
  }

  function turnOf(waiting: WaitingUpdate, place: Place): Turn {
    return {
      signal: giveUpWaiting.signal,
      whileWaiting: (wait) =>
        place.lend(() => wait({ onQueued: () => putBack(waiting), onStarted: () => begin(waiting) })),
    };
  }

  async function failed(waiting: WaitingUpdate, error: unknown): Promise<void> {
    const details = { seq: waiting.seq, chat: hashed(waiting.chatKey), code: errorCode(error) };
    if (giveUpWaiting.signal.aborted) {
      await putBack(waiting).catch((cause: unknown) =>
        logger.warn("An update could not be put back", { ...details, cause }),
      );
    } else if (isOutage(error)) {
      uncount(waiting);
      outages += 1;
      logger.warn("Something Helpline needs is away; the update waits", details);
      postpone(waiting, backoffMs(outages, { baseMs: 200, maxMs: 5_000, random }));
    } else {
      logger.warn("An update failed", { ...details, attempt: waiting.attempts, error });
      waiting.isCounted = false;
      const isLast = waiting.attempts >= MAX_ATTEMPTS;
      postpone(waiting, isLast ? 0 : backoffMs(waiting.attempts, { baseMs: 500, maxMs: 30_000, random }));
      const { attempts, notBefore } = waiting;
      await store
        .change(waiting.id, { state: "received", attempts, notBefore: new Date(notBefore) })
        .catch((cause: unknown) => logger.warn("A failed attempt was not recorded", { ...details, cause }));
    }
  }

  function postpone(waiting: WaitingUpdate, delayMs: number): void {
    waiting.notBefore = clock.now() + delayMs;
    void wakeWhenReady(waiting.chatKey);
  }

  async function wakeWhenReady(chatKey: string): Promise<void> {
    for (;;) {
      const delayMs = (mailboxes.head(chatKey)?.notBefore ?? 0) - clock.now();
      if (delayMs <= 0) return dispatch.wake(chatKey);
      try {
        await clock.sleep(delayMs, stopping.signal);
      } catch {
        return; // stopped: the next start takes the update up
      }
    }
  }

  async function bury(waiting: WaitingUpdate): Promise<void> {
    const details = {
      seq: waiting.seq,
      updateId: waiting.id,
      chat: hashed(waiting.chatKey),
      attempts: waiting.attempts,
    };
    logger.error("Error processing question", details);
    try {
      await options.giveUp(current(waiting));
    } catch (error) {
      if (isOutage(error)) throw error;
      logger.error("The person could not be told", { ...details, error });
    }
    await store.settle(waiting.id, "dead", new Date(clock.now()));
    mailboxes.removeHead(waiting.chatKey);
  }

  /** Tries the suspects one at a time, so that the one that kills the process condemns no neighbour; then opens. */
  async function recover(suspects: readonly WaitingUpdate[]): Promise<void> {
    const place: Place = { lend: (wait) => wait() };
    for (const suspect of suspects) {
      if (stopping.signal.aborted) return;
      await handle(suspect, place);
    }
    isOpen = true;
    for (const chatKey of mailboxes.chatKeys()) void wakeWhenReady(chatKey);
  }

  async function idle(): Promise<void> {
    await recovery;
    await dispatch.idle();
  }

  return {
    async start() {
      const records = await store.unsettled(botId);
      const suspects: WaitingUpdate[] = [];
      for (const record of records) {
        const waiting = fromRecord(record);
        const isSuspect = record.state === "processing" && record.attempts >= SUSPECT_ATTEMPTS;
        if (mailboxes.add(waiting) && isSuspect) suspects.push(waiting);
      }
      if (records.length > 0) {
        logger.info("Taking up what the last run left", { updates: records.length, alone: suspects.length });
      }
      recovery = recover(suspects);
    },

    accept: (updates) =>
      arrivals.runExclusive(async () => {
        await mailboxes.room();
        const receivedAt = new Date(clock.now());
        const byId = new Map(updates.map((update) => [`${botId}:${update.update_id}`, update]));
        const stored = await store.add(
          [...byId].map(([id, update]) => ({
            _id: id,
            botId,
            chatKey: chatKeyOf(update),
            payload: JSON.stringify(update),
            receivedAt,
          })),
        );
        for (const record of stored) {
          const waiting = fromRecord(record, byId.get(record._id));
          if (!mailboxes.add(waiting)) continue;
          options.arrived(waiting.update);
          dispatch.wake(waiting.chatKey);
        }
      }),

    stats() {
      const oldestMs = Math.max(0, clock.now() - mailboxes.oldestAt());
      return { waiting: mailboxes.size, oldestMs, activeChats: dispatch.active };
    },

    idle,

    async stop(graceMs) {
      stopping.abort();
      mailboxes.close();
      dispatch.stop();
      if (await endsWithin(idle(), graceMs, clock)) return;
      giveUpWaiting.abort(new DOMException("Helpline is stopping", "AbortError"));
      await endsWithin(idle(), PUT_BACK_MS, clock);
    },
  };
}

function current({ seq, chatKey, update, attempts, receivedAt }: WaitingUpdate): CurrentUpdate {
  return { seq, chatKey, update, attempt: attempts, receivedAt };
}

function uncount(waiting: WaitingUpdate): void {
  if (waiting.isCounted) waiting.attempts -= 1;
  waiting.isCounted = false;
}

function fromRecord(record: UpdateRecord, update?: Update): WaitingUpdate {
  return {
    id: record._id,
    seq: record.seq,
    chatKey: record.chatKey,
    update: update ?? (JSON.parse(record.payload ?? "{}") as Update),
    attempts: record.attempts,
    isCounted: false,
    notBefore: record.notBefore?.getTime() ?? 0,
    receivedAt: record.receivedAt,
  };
}

async function endsWithin(work: Promise<void>, ms: number, clock: Clock): Promise<boolean> {
  const timer = new AbortController();
  const timeout = clock.sleep(ms, timer.signal).then(
    () => false,
    () => false,
  );
  const ended = await Promise.race([work.then(() => true), timeout]);
  timer.abort();
  return ended;
}
