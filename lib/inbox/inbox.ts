import { setMaxListeners } from "node:events";
import { Mutex } from "async-mutex";
import { backoffMs, endsWithin, errorCode, hashed } from "../core/index.ts";
import { performanceMonitor } from "../performance/index.ts";
import type { UpdateRecord } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { Attempts } from "./attempts.ts";
import { chatKeyOf } from "./chat-key.ts";
import { afterRun, isPoison, isSuspect } from "./crash-evidence.ts";
import { Dispatch, type Slot } from "./dispatch.ts";
import { Joining } from "./joining.ts";
import { Mailboxes, type WaitingUpdate } from "./mailboxes.ts";
import type { InboxOptions, InboxTurn } from "./ports.ts";
import { Recovery } from "./recovery.ts";
import { arrivedUpdate, leftUpdate, toRecord } from "./update-records.ts";

/** An update is given up after this many attempts that failed. */
const MAX_ATTEMPTS = 5;

/** With this many updates waiting, no more are accepted; Telegram keeps them for 24 hours. */
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
export class Inbox<Parsed> {
  readonly #options: InboxOptions<Parsed>;
  readonly #mailboxes = new Mailboxes<Parsed>(MAX_WAITING);
  /** Keeps the order of arrival when two batches come at once. */
  readonly #arrivals = new Mutex();
  readonly #stopping = new AbortController();
  readonly #graceOver = new AbortController();
  readonly #attempts: Attempts;
  readonly #joining: Joining;
  readonly #recovery: Recovery;
  readonly #dispatch: Dispatch;
  /** Failures in a row because something was away. */
  #outages = 0;
  #recovering = Promise.resolve();

  constructor(options: InboxOptions<Parsed>) {
    const { store, clock, maxConcurrentChats } = options;
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal, this.#graceOver.signal); // each chat adds some
    this.#attempts = new Attempts(store);
    this.#joining = new Joining(this.#mailboxes, store, clock);
    this.#recovery = new Recovery(clock, this.#stopping.signal);
    this.#dispatch = new Dispatch({
      maxWorking: maxConcurrentChats,
      isReady: (chatKey) => {
        const head = this.#mailboxes.head(chatKey);
        return head !== undefined && this.#isReady(head);
      },
      work: (chatKey, slot) => this.#work(chatKey, slot),
    });
  }

  /** Resumes in order what earlier runs left. Resolves when it is known; the work goes on. */
  async start(): Promise<void> {
    const { botId, clock, logger, store } = this.#options;
    const left = await store.unsettled(botId);
    const records = afterRun(left, new Date(clock.now()));
    await this.#storeEvidence(left, records);
    const suspects: WaitingUpdate[] = [];
    for (const record of records) {
      const waiting = leftUpdate(record, this.#options);
      if (!this.#mailboxes.add(waiting)) continue;
      this.#announce(waiting);
      if (isSuspect(waiting.evidence) && waiting.notBefore <= clock.monotonic()) suspects.push(waiting);
    }
    if (records.length > 0) {
      logger.info("Resuming updates of the previous run", {
        updates: records.length,
        alone: suspects.length,
      });
    }
    this.#recovering = this.#recover(suspects);
  }

  /** Before anything is worked on, so that a start that dies counts against no update. */
  async #storeEvidence(before: readonly UpdateRecord[], after: readonly UpdateRecord[]): Promise<void> {
    const { store } = this.#options;
    const wasInProgress = after.filter((_, index) => before[index]?.state === "processing");
    await Promise.all(
      wasInProgress.map(({ _id, attempts, notBefore, evidence }) =>
        store.change(_id, {
          state: "received",
          attempts,
          ...(notBefore ? { notBefore } : {}),
          ...(evidence ? { evidence } : {}),
        }),
      ),
    );
  }

  /** Stores a batch; resolves when all of it is durable. An update that is known already is no error. */
  accept(updates: readonly Update[]): Promise<void> {
    const { botId, store, clock } = this.#options;
    return this.#arrivals.runExclusive(async () => {
      await this.#mailboxes.room();
      const receivedAt = new Date(clock.now());
      const byId = new Map(updates.map((update) => [`${botId}:${update.update_id}`, update]));
      for (const id of byId.keys()) if (this.#mailboxes.has(id)) byId.delete(id); // stored before
      const startsNow = this.#nextToStart();
      const stored = await store.add(
        [...byId].map(([id, update]) => {
          const chatKey = chatKeyOf(update);
          return toRecord(update, { _id: id, botId, chatKey, receivedAt, isBegun: startsNow(chatKey) });
        }),
      );
      for (const record of stored) {
        const updateId = byId.get(record._id)?.update_id ?? Number.POSITIVE_INFINITY;
        const overtakers = this.#mailboxes.overtakersOf(record.chatKey, updateId);
        const release = overtakers.length > 0 ? await this.#placeBefore(record, overtakers) : undefined;
        const waiting = arrivedUpdate(record, this.#options, byId.get(record._id));
        const isNew = this.#mailboxes.add(waiting);
        release?.();
        if (!isNew) continue;
        this.#joining.arrived(waiting.chatKey);
        this.#dispatch.wake(waiting.chatKey);
        this.#announce(waiting);
      }
    });
  }

  /**
   * Gives an update that arrived after later ones of its chat, as behind a press that came by webhook, a seq before
   * those of them that are not begun. They wait until the result is called: only then is the update in its mailbox.
   */
  async #placeBefore(
    record: UpdateRecord,
    overtakers: readonly WaitingUpdate[],
  ): Promise<(() => void) | undefined> {
    const [next] = overtakers;
    if (!next || record.seq < next.seq) return undefined;
    const seq = Math.ceil((next.seqFloor + next.seq) / 2);
    if (seq === next.seq) return undefined; // no seq is free: the order of arrival is kept
    for (const overtaker of overtakers) overtaker.isHeld = true;
    const release = (): void => {
      for (const overtaker of overtakers) overtaker.isHeld = false;
      this.#dispatch.wake(record.chatKey);
    };
    try {
      const { id, seqFloor } = next;
      next.seqFloor = seq;
      await this.#options.store.moveBefore(
        { id, seq: next.seq, seqFloor: seq },
        { id: record._id, seq, seqFloor },
      );
      Object.assign(record, { seq, seqFloor });
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  stats(): InboxStats {
    const oldestMs = Math.max(0, this.#options.clock.monotonic() - this.#mailboxes.oldestAt());
    return { waiting: this.#mailboxes.size, oldestMs };
  }

  /** Resolves when nothing is in progress. */
  async idle(): Promise<void> {
    await this.#recovering;
    await this.#dispatch.idle();
  }

  /** Begins nothing more, waits `graceMs` for what is in progress, then puts the rest back for the next start. */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#stopping.abort();
    this.#mailboxes.close();
    this.#dispatch.stop();
    if (!(await endsWithin(this.idle(), graceMs, clock))) {
      this.#graceOver.abort(new DOMException("Helpline is stopping", "AbortError"));
      await endsWithin(this.idle(), PUT_BACK_MS, clock);
    }
    await endsWithin(this.#putBackBegun(), PUT_BACK_MS, clock);
  }

  /** Does the next thing of a chat. */
  async #work(chatKey: string, slot: Slot): Promise<void> {
    await this.#settleRefused(chatKey);
    const head = this.#mailboxes.head(chatKey);
    if (head && !head.isHeld && head.notBefore <= this.#options.clock.monotonic())
      await this.#handle(head, slot);
  }

  #isReady(waiting: WaitingUpdate): boolean {
    return (
      !waiting.isHeld &&
      this.#recovery.admits(waiting) &&
      waiting.notBefore <= this.#options.clock.monotonic()
    );
  }

  #isRefused(waiting: WaitingUpdate<Parsed>): boolean {
    if (waiting.attempts > 0 || waiting.evidence.crashes > 0 || waiting.joined) return false;
    try {
      return this.#options.refuses?.(waiting.parsed) === true;
    } catch {
      return false; // handling it fails as well, and is counted
    }
  }

  /** Settles the refused updates at the front of a mailbox together, without beginning them. */
  async #settleRefused(chatKey: string): Promise<void> {
    const { store, clock } = this.#options;
    const refused = this.#mailboxes.leading(chatKey, (waiting) => this.#isRefused(waiting));
    const [first] = refused;
    if (!first) return;
    const at = new Date(clock.now());
    for (const waiting of refused) waiting.isLeaving = true;
    try {
      await Promise.all(refused.map(({ id }) => store.settle(id, "done", at)));
      this.#mailboxes.removeHeads(chatKey, refused.length);
    } catch (error) {
      for (const waiting of refused) waiting.isLeaving = false;
      await this.#failed(first, error, false);
    }
  }

  async #handle(waiting: WaitingUpdate<Parsed>, slot: Slot): Promise<void> {
    const { handle, clock, logger } = this.#options;
    const isLast = waiting.attempts >= MAX_ATTEMPTS || isPoison(waiting.evidence, clock.now());
    try {
      if (isLast) return await this.#deadLetter(waiting, slot);
      await this.#attempts.begin(waiting);
      if (waiting.attempts === 1 && waiting.evidence.crashes === 0) {
        performanceMonitor.record("mailbox.wait", clock.monotonic() - waiting.receivedAt);
      }
      await handle(waiting.parsed, this.#turnOf(waiting, slot));
      await this.#settle(waiting, "done", slot);
      if (this.#outages > 0)
        logger.info("Updates are handled again after an outage", { outages: this.#outages });
      this.#outages = 0;
    } catch (error) {
      await this.#failed(waiting, error, isLast);
    }
  }

  #turnOf(waiting: WaitingUpdate, slot: Slot): InboxTurn {
    const attempts = this.#attempts;
    return {
      signal: this.#graceOver.signal,
      async whileWaiting(wait) {
        const queue = { onQueued: () => attempts.putBack(waiting), onStarted: () => attempts.begin(waiting) };
        try {
          return await slot.yieldWhile(() => wait(queue));
        } finally {
          // Also when it never started or the wait failed: that is an attempt like any other.
          await attempts.begin(waiting);
        }
      },
      join: (follows, quietMs) => this.#joining.join(waiting, follows, quietMs, slot),
    };
  }

  async #failed(waiting: WaitingUpdate, error: unknown, wasLast: boolean): Promise<void> {
    const { clock, logger, random, isOutage } = this.#options;
    const details = { seq: waiting.seq, chat: hashed(waiting.chatKey), code: errorCode(error) };
    if (this.#graceOver.signal.aborted) {
      await this.#attempts
        .putBack(waiting)
        .catch((cause: unknown) => logger.warn("An update could not be put back", { ...details, cause }));
    } else if (isOutage(error)) {
      this.#attempts.interrupt(waiting);
      this.#outages += 1;
      const level = this.#outages === 1 ? "warn" : "debug"; // one warning per outage
      logger[level]("Database or Telegram is away; updates wait", details);
      this.#postpone(waiting, backoffMs(this.#outages, { baseMs: 200, maxMs: 5_000, random }));
    } else {
      logger.warn("An update failed", { ...details, attempt: waiting.attempts, error });
      const isDeadNext = waiting.attempts >= MAX_ATTEMPTS && !wasLast;
      const backoff = backoffMs(waiting.attempts, { baseMs: 500, maxMs: 30_000, random });
      const pauseMs = isDeadNext ? 0 : backoff;
      this.#postpone(waiting, pauseMs);
      await this.#attempts
        .fail(waiting, new Date(clock.now() + pauseMs))
        .catch((cause: unknown) => logger.warn("A failed attempt was not recorded", { ...details, cause }));
    }
  }

  #postpone(waiting: WaitingUpdate, delayMs: number): void {
    waiting.notBefore = this.#options.clock.monotonic() + delayMs;
    void this.#wakeWhenReady(waiting.chatKey);
  }

  async #wakeWhenReady(chatKey: string): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const head = this.#mailboxes.head(chatKey);
      const delayMs = (head?.notBefore ?? 0) - clock.monotonic();
      if (delayMs <= 0) {
        if (head && this.#recovery.mustBeAlone(head)) await this.#tryAlone(head);
        else this.#dispatch.wake(chatKey);
        return;
      }
      try {
        await clock.sleep(delayMs, this.#stopping.signal);
      } catch {
        return; // stopped: the next start resumes the update
      }
    }
  }

  /** Lets a suspect run while the others wait, then lets the others go on. */
  async #tryAlone(suspect: WaitingUpdate): Promise<void> {
    const isReady = (): boolean =>
      this.#mailboxes.head(suspect.chatKey) === suspect &&
      suspect.notBefore <= this.#options.clock.monotonic();
    await this.#recovery.tryAlone(suspect, this.#dispatch, isReady);
    for (const chatKey of this.#mailboxes.chatKeys()) this.#dispatch.wake(chatKey);
  }

  /** Gives an update up: tells the person and settles it as dead. */
  async #deadLetter(waiting: WaitingUpdate<Parsed>, slot: Slot): Promise<void> {
    const { logger, giveUp, isOutage } = this.#options;
    const { seq, id, chatKey, attempts, evidence } = waiting;
    const details = { seq, updateId: id, chat: hashed(chatKey), attempts, deaths: evidence.deaths };
    logger.error("Error processing question", details);
    try {
      await giveUp(waiting.parsed);
    } catch (error) {
      if (isOutage(error)) throw error;
      logger.error("The person could not be told", { ...details, error });
    }
    await this.#settle(waiting, "dead", slot);
  }

  /** Settles an update after those joined to it, which belong to it as long as it is not settled. */
  async #settle(waiting: WaitingUpdate, state: "done" | "dead", slot: Slot): Promise<void> {
    const { store, clock } = this.#options;
    const at = new Date(clock.now());
    const followers = this.#joining.followers(waiting);
    await Promise.all(followers.map(({ id }) => store.settle(id, state, at)));
    const [next] = this.#mailboxes.behindHead(waiting.chatKey).slice(followers.length);
    const settling = store.settle(waiting.id, state, at);
    // The next update is begun in the same write if it starts at once. If that fails, it is begun when it starts.
    const beginning =
      next && slot.isKept() && this.#isReady(next) ? this.#attempts.beginAhead(next) : undefined;
    if (beginning) await Promise.allSettled([settling, beginning]);
    await settling;
    this.#mailboxes.removeHeads(waiting.chatKey, 1 + followers.length);
  }

  /** Tells for each update of a batch, in order, whether it is worked on at once. */
  #nextToStart(): (chatKey: string) => boolean {
    let slots = this.#recovery.isOpen ? this.#dispatch.freeSlots() : 0;
    const chats = new Set<string>();
    return (chatKey) => {
      if (slots === 0 || chats.has(chatKey) || this.#mailboxes.head(chatKey)) return false;
      chats.add(chatKey);
      slots -= 1;
      return true;
    };
  }

  #announce({ parsed }: WaitingUpdate<Parsed>): void {
    const { arrived, logger } = this.#options;
    try {
      arrived(parsed);
    } catch (error) {
      logger.warn("An update could not be acted on at once", { code: errorCode(error), error });
    }
  }

  /** Tries the suspects of repeated crashes, then begins with the rest. */
  async #recover(suspects: readonly WaitingUpdate[]): Promise<void> {
    await this.#recovery.start(suspects, this.#dispatch);
    for (const chatKey of this.#mailboxes.chatKeys()) void this.#wakeWhenReady(chatKey);
  }

  /** Gives back, at a clean stop, the attempts of updates that were begun ahead or interrupted by an outage. */
  async #putBackBegun(): Promise<void> {
    await this.#arrivals.waitForUnlock(); // a batch may be on its way into the store
    const begun = [...this.#mailboxes.all()].filter(
      ({ isCounted, storedAs }) => !isCounted && storedAs !== "waiting",
    );
    await Promise.allSettled(begun.map((waiting) => this.#attempts.putBack(waiting)));
  }
}
