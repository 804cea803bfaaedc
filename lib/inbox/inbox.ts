import { setMaxListeners } from "node:events";
import { Mutex } from "async-mutex";
import { backoffMs, endsWithin, errorCode, hashed, unmeasured } from "../core/index.ts";
import type { Update } from "../telegram/index.ts";
import { createAttempts } from "./attempts.ts";
import { chatKeyOf } from "./chat-key.ts";
import { createDispatch, type Place } from "./dispatch.ts";
import { createJoining } from "./joining.ts";
import { Mailboxes, type WaitingUpdate } from "./mailboxes.ts";
import type { CurrentUpdate, InboxOptions, InboxTurn } from "./ports.ts";
import { createRecovery } from "./recovery.ts";
import { arrivedUpdate, leftUpdate, toRecord } from "./update-records.ts";

/** An update is tried this often before it is given up. */
const MAX_ATTEMPTS = 5;

/** An update that was being worked on at this many unclean stops is tried alone. */
const SUSPECT_ATTEMPTS = 2;

/** With this many updates waiting, no more are taken in; Telegram keeps them (for 24 hours). */
const MAX_WAITING = 10_000;

/** How long an aborted update has to put itself back at a stop. */
const PUT_BACK_MS = 3_000;

export interface InboxStats {
  /** Updates that are not settled. */
  waiting: number;
  /** Age of the oldest of them, in milliseconds. */
  oldestMs: number;
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
  const graceOver = new AbortController();
  setMaxListeners(0, stopping.signal, graceOver.signal); // as many as there are chats listen
  const attempts = createAttempts(store);
  const joining = createJoining(mailboxes, store, clock, options.measure ?? unmeasured);
  /** Failures in a row because something was away. */
  let outages = 0;
  const recovery = createRecovery(clock, stopping.signal);
  let recovering = Promise.resolve();

  const dispatch = createDispatch({
    maxWorking: options.maxConcurrentChats,
    isReady(chatKey) {
      const head = mailboxes.head(chatKey);
      return head !== undefined && isReady(head);
    },
    async work(chatKey, place) {
      await settleRefused(chatKey);
      const head = mailboxes.head(chatKey);
      if (head && head.notBefore <= clock.now()) await handle(head, place);
    },
  });

  const isReady = (waiting: WaitingUpdate): boolean =>
    recovery.admits(waiting) && waiting.notBefore <= clock.now();

  function isRefused(waiting: WaitingUpdate): boolean {
    if (waiting.attempts > 0 || waiting.joined) return false;
    try {
      return options.refuses?.(current(waiting)) === true;
    } catch {
      return false; // handling it fails as well, and is counted
    }
  }

  /** Settles those a mailbox begins with that go by without a word, in one write and without beginning them. */
  async function settleRefused(chatKey: string): Promise<void> {
    const refused = mailboxes.leading(chatKey, isRefused);
    const [first] = refused;
    if (!first) return;
    const at = new Date(clock.now());
    try {
      await Promise.all(refused.map(({ id }) => store.settle(id, "done", at)));
      mailboxes.removeHeads(chatKey, refused.length);
    } catch (error) {
      await failed(first, error, false);
    }
  }

  async function handle(waiting: WaitingUpdate, place: Place): Promise<void> {
    const isLast = waiting.attempts >= MAX_ATTEMPTS;
    try {
      if (isLast) return await bury(waiting, place);
      await attempts.begin(waiting);
      await options.handle(current(waiting), turnOf(waiting, place));
      await settle(waiting, "done", place);
      if (outages > 0) logger.info("What was away is back", { outages });
      outages = 0;
    } catch (error) {
      await failed(waiting, error, isLast);
    }
  }

  function turnOf(waiting: WaitingUpdate, place: Place): InboxTurn {
    return {
      signal: graceOver.signal,
      async whileWaiting(wait) {
        const queue = { onQueued: () => attempts.putBack(waiting), onStarted: () => attempts.begin(waiting) };
        try {
          return await place.lend(() => wait(queue));
        } finally {
          // Worked on now all the same: its slot never came, or the wait failed, which is a try like any other.
          await attempts.begin(waiting);
        }
      },
      join: (follows, quietMs) => joining.join(waiting, follows, quietMs, place.lend),
    };
  }

  async function failed(waiting: WaitingUpdate, error: unknown, wasLast: boolean): Promise<void> {
    const details = { seq: waiting.seq, chat: hashed(waiting.chatKey), code: errorCode(error) };
    if (graceOver.signal.aborted) {
      await attempts
        .putBack(waiting)
        .catch((cause: unknown) => logger.warn("An update could not be put back", { ...details, cause }));
    } else if (isOutage(error)) {
      attempts.interrupt(waiting);
      outages += 1;
      const level = outages === 1 ? "warn" : "debug"; // an outage is news once
      logger[level]("Something Helpline needs is away; updates wait", details);
      postpone(waiting, backoffMs(outages, { baseMs: 200, maxMs: 5_000, random }));
    } else {
      logger.warn("An update failed", { ...details, attempt: waiting.attempts, error });
      const buriesNext = waiting.attempts >= MAX_ATTEMPTS && !wasLast;
      postpone(waiting, buriesNext ? 0 : backoffMs(waiting.attempts, { baseMs: 500, maxMs: 30_000, random }));
      await attempts
        .fail(waiting)
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

  async function bury(waiting: WaitingUpdate, place: Place): Promise<void> {
    const { seq, id, chatKey } = waiting;
    const details = { seq, updateId: id, chat: hashed(chatKey), attempts: waiting.attempts };
    logger.error("Error processing question", details);
    try {
      await options.giveUp(current(waiting));
    } catch (error) {
      if (isOutage(error)) throw error;
      logger.error("The person could not be told", { ...details, error });
    }
    await settle(waiting, "dead", place);
  }

  /** Ends an update, and before it those joined to it: while it is not settled, they are known to be its own. */
  async function settle(waiting: WaitingUpdate, state: "done" | "dead", place: Place): Promise<void> {
    const at = new Date(clock.now());
    const followers = joining.followers(waiting);
    await Promise.all(followers.map(({ id }) => store.settle(id, state, at)));
    const [next] = mailboxes.behindHead(waiting.chatKey).slice(followers.length);
    const settling = store.settle(waiting.id, state, at);
    // In the same write the one that goes on at once is begun; if that fails, it is begun when it goes on.
    const beginning = next && place.isKept() && isReady(next) ? attempts.beginAhead(next) : undefined;
    if (beginning) await Promise.allSettled([settling, beginning]);
    await settling;
    mailboxes.removeHeads(waiting.chatKey, 1 + followers.length);
  }

  /** Whether an update that arrives now is worked on at once, asked for each of a batch, in order. */
  function nextToWork(): (chatKey: string) => boolean {
    let places = recovery.isOver() ? dispatch.freePlaces() : 0;
    const chats = new Set<string>();
    return (chatKey) => {
      if (places === 0 || chats.has(chatKey) || mailboxes.head(chatKey)) return false;
      chats.add(chatKey);
      places -= 1;
      return true;
    };
  }

  /** Lets act at once what need not wait for its turn. */
  function announce({ seq, chatKey, update }: WaitingUpdate): void {
    try {
      options.arrived({ seq, chatKey, update });
    } catch (error) {
      logger.warn("An update could not be acted on at once", { code: errorCode(error), error });
    }
  }

  /** Tries what repeated crashes left, then begins with the rest. */
  async function recover(suspects: readonly WaitingUpdate[]): Promise<void> {
    await recovery.run(suspects, dispatch);
    for (const chatKey of mailboxes.chatKeys()) void wakeWhenReady(chatKey);
  }

  /** What was begun ahead, or interrupted by an outage, stands as begun in the store; the stop is clean, so it is given back. */
  async function putBackBegun(): Promise<void> {
    await arrivals.waitForUnlock(); // a batch may be on its way into the store
    const begun = [...mailboxes.all()].filter(
      ({ isCounted, storedAs }) => !isCounted && storedAs !== "waiting",
    );
    await Promise.allSettled(begun.map((waiting) => attempts.putBack(waiting)));
  }

  async function idle(): Promise<void> {
    await recovering;
    await dispatch.idle();
  }

  return {
    async start() {
      const records = await store.unsettled(botId);
      const suspects: WaitingUpdate[] = [];
      for (const record of records) {
        const waiting = leftUpdate(record);
        const isSuspect = record.state === "processing" && record.attempts >= SUSPECT_ATTEMPTS;
        if (!mailboxes.add(waiting)) continue;
        announce(waiting);
        if (isSuspect) suspects.push(waiting);
      }
      if (records.length > 0) {
        logger.info("Taking up what the last run left", { updates: records.length, alone: suspects.length });
      }
      recovering = recover(suspects);
    },

    accept: (updates) =>
      arrivals.runExclusive(async () => {
        await mailboxes.room();
        const receivedAt = new Date(clock.now());
        const byId = new Map(updates.map((update) => [`${botId}:${update.update_id}`, update]));
        for (const id of byId.keys()) if (mailboxes.has(id)) byId.delete(id); // stored, and on its way
        const goesNow = nextToWork();
        const stored = await store.add(
          [...byId].map(([id, update]) => {
            const chatKey = chatKeyOf(update);
            return toRecord(update, { _id: id, botId, chatKey, receivedAt, isBegun: goesNow(chatKey) });
          }),
        );
        for (const record of stored) {
          const waiting = arrivedUpdate(record, byId.get(record._id));
          if (!mailboxes.add(waiting)) continue;
          joining.arrived(waiting.chatKey);
          dispatch.wake(waiting.chatKey);
          announce(waiting);
        }
      }),

    stats() {
      const oldestMs = Math.max(0, clock.now() - mailboxes.oldestAt());
      return { waiting: mailboxes.size, oldestMs };
    },

    idle,

    async stop(graceMs) {
      stopping.abort();
      mailboxes.close();
      dispatch.stop();
      if (!(await endsWithin(idle(), graceMs, clock))) {
        graceOver.abort(new DOMException("Helpline is stopping", "AbortError"));
        await endsWithin(idle(), PUT_BACK_MS, clock);
      }
      await endsWithin(putBackBegun(), PUT_BACK_MS, clock);
    },
  };
}

function current({ seq, chatKey, update, attempts, receivedAt }: WaitingUpdate): CurrentUpdate {
  return { seq, chatKey, update, attempt: attempts, receivedAt };
}
