import { setMaxListeners } from "node:events";
import { backoffMs, childOf, endsWithin, errorCode, HOME_LOST } from "../core/index.ts";
import { performanceMonitor } from "../performance/index.ts";
import { Attempts } from "./attempts.ts";
import { isPoison } from "./crash-evidence.ts";
import { Dispatch, type Slot } from "./dispatch.ts";
import { Joining } from "./joining.ts";
import { LateUpdates } from "./late-updates.ts";
import type { Mailboxes, WaitingUpdate } from "./mailboxes.ts";
import type { InboxOptions, InboxTurn } from "./ports.ts";

/** An update is given up after this many attempts that failed. */
const MAX_ATTEMPTS = 5;

/** How long an aborted update has to put itself back at a stop. */
const PUT_BACK_MS = 3_000;

export interface ChatWorkOptions<Parsed> extends Omit<InboxOptions<Parsed>, "botId"> {
  mailboxes: Mailboxes<Parsed>;
  /** Whether an update may be tried now; its own pause is looked after here. */
  admits(waiting: WaitingUpdate<Parsed>): boolean;
  /** An update's pause is over. @returns whether it is seen to; else its chat is woken */
  isTriedAlone?(waiting: WaitingUpdate<Parsed>): boolean;
  /** Called when there may be a free slot, and when a chat is not worked on any more. */
  onFree?(): void;
  /** Puts updates of a chat that were stored elsewhere into its mailbox; left out where nobody else stores any. */
  lookElsewhere?(chatKey: string): Promise<void>;
}

/** Handles the updates in the mailboxes: in order within a chat, several chats side by side, until each is settled. */
export class ChatWork<Parsed> {
  readonly #options: ChatWorkOptions<Parsed>;
  readonly #mailboxes: Mailboxes<Parsed>;
  readonly #stopping = new AbortController();
  readonly #graceOver = new AbortController();
  readonly #attempts: Attempts;
  readonly #joining: Joining;
  readonly #lateUpdates: LateUpdates<Parsed>;
  readonly #dispatch: Dispatch;
  /** Failures in a row because something was away. */
  #outages = 0;

  constructor(options: ChatWorkOptions<Parsed>) {
    const { store, clock, parse, maxConcurrentChats, mailboxes, onFree, lookElsewhere } = options;
    this.#options = options;
    this.#mailboxes = mailboxes;
    setMaxListeners(0, this.#stopping.signal, this.#graceOver.signal); // each chat adds some
    this.#attempts = new Attempts(store);
    this.#joining = new Joining({ mailboxes, store, clock, ...(lookElsewhere ? { lookElsewhere } : {}) });
    this.#dispatch = new Dispatch({
      maxWorking: maxConcurrentChats,
      isReady: (chatKey) => {
        const head = mailboxes.head(chatKey);
        return head !== undefined && this.#isReady(head);
      },
      work: (chatKey, slot) => this.#work(chatKey, slot),
      ...(onFree ? { onFree } : {}),
    });
    this.#lateUpdates = new LateUpdates({
      mailboxes,
      store,
      parse,
      wake: (chatKey) => this.#dispatch.wake(chatKey),
    });
  }

  /** Aborts when nothing more is begun. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Which chat is worked on when. */
  get dispatch(): Pick<Dispatch, "wake" | "ended" | "idle" | "isRunning" | "freeSlots"> {
    return this.#dispatch;
  }

  /** Finds the place of an update that is to be added. */
  get lateUpdates(): Pick<LateUpdates<Parsed>, "place"> {
    return this.#lateUpdates;
  }

  /** Puts an update into its mailbox, starts on it if its turn has come, and lets it act at once where it may. */
  add(waiting: WaitingUpdate<Parsed>): boolean {
    if (!this.#mailboxes.add(waiting)) return false;
    this.#joining.arrived(waiting.chatKey);
    this.#dispatch.wake(waiting.chatKey);
    this.announce(waiting);
    return true;
  }

  /** Lets an update act at once where it may. */
  announce({ parsed }: WaitingUpdate<Parsed>): void {
    const { arrived, logger } = this.#options;
    try {
      arrived(parsed);
    } catch (error) {
      logger.warn("An update could not be acted on at once", { code: errorCode(error), error });
    }
  }

  /** Starts on a chat once the pause of its next update is over. */
  async wakeWhenReady(chatKey: string): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const head = this.#mailboxes.head(chatKey);
      const delayMs = (head?.notBefore ?? 0) - clock.monotonic();
      if (delayMs <= 0) {
        if (!head || !this.#options.isTriedAlone?.(head)) this.#dispatch.wake(chatKey);
        return;
      }
      try {
        await clock.sleep(delayMs, this.#stopping.signal);
      } catch {
        return; // stopped: the update is resumed by the next start, or by another instance
      }
    }
  }

  /** Begins nothing more, waits `graceMs` for what is in progress, then aborts it, which puts it back. */
  async stop(
    graceMs: number,
    { idle, arrived }: { idle(): Promise<void>; arrived?(): Promise<void> },
  ): Promise<void> {
    const { clock } = this.#options;
    this.#stopping.abort();
    this.#mailboxes.close();
    this.#dispatch.stop();
    if (!(await endsWithin(idle(), graceMs, clock))) {
      this.#graceOver.abort(new DOMException("Helpline is stopping", "AbortError"));
      await endsWithin(idle(), PUT_BACK_MS, clock);
    }
    // A batch may be on its way into the store.
    const putBack = async (): Promise<void> => {
      await arrived?.();
      await this.#putBackBegun();
    };
    await endsWithin(putBack(), PUT_BACK_MS, clock);
  }

  /** Does the next thing of a chat. */
  async #work(chatKey: string, slot: Slot): Promise<void> {
    await this.#settleRefused(chatKey);
    const head = this.#mailboxes.head(chatKey);
    if (!head || head.isHeld || head.notBefore > this.#options.clock.monotonic()) return;
    if (!this.#isRefused(head)) await this.#handle(head, slot); // else it came meanwhile, and is settled next
  }

  #isReady(waiting: WaitingUpdate<Parsed>): boolean {
    return (
      !waiting.isHeld && this.#options.admits(waiting) && waiting.notBefore <= this.#options.clock.monotonic()
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
      await Promise.all(refused.map(({ id }) => store.settle(id, "done", at, first.home?.claim)));
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
      const life = childOf(this.#graceOver.signal, waiting.home?.lost);
      try {
        await handle(waiting.parsed, this.#turnOf(waiting, slot, life.signal));
      } finally {
        life.release();
      }
      await this.#settle(waiting, "done", slot);
      if (this.#outages > 0)
        logger.info("Updates are handled again after an outage", { outages: this.#outages });
      this.#outages = 0;
    } catch (error) {
      await this.#failed(waiting, error, isLast);
    }
  }

  #turnOf(waiting: WaitingUpdate, slot: Slot, signal: AbortSignal): InboxTurn {
    const attempts = this.#attempts;
    return {
      signal,
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
    const { clock, logger, random, isOutage, pseudonym } = this.#options;
    const details = { seq: waiting.seq, chat: pseudonym(waiting.chatKey), code: errorCode(error) };
    if (waiting.home?.lost.aborted || errorCode(error) === HOME_LOST) {
      this.#mailboxes.drop(waiting.chatKey); // another instance goes on with it
    } else if (this.#graceOver.signal.aborted) {
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
    void this.wakeWhenReady(waiting.chatKey);
  }

  /** Gives an update up: tells the person and settles it as dead. */
  async #deadLetter(waiting: WaitingUpdate<Parsed>, slot: Slot): Promise<void> {
    const { logger, giveUp, isOutage, pseudonym } = this.#options;
    const { seq, id, chatKey, attempts, evidence } = waiting;
    const details = { seq, updateId: id, chat: pseudonym(chatKey), attempts, deaths: evidence.deaths };
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
  async #settle(waiting: WaitingUpdate<Parsed>, state: "done" | "dead", slot: Slot): Promise<void> {
    const { store, clock } = this.#options;
    const at = new Date(clock.now());
    const claim = waiting.home?.claim;
    const followers = this.#joining.followers(waiting);
    await Promise.all(followers.map(({ id }) => store.settle(id, state, at, claim)));
    const [next] = this.#mailboxes.behindHead(waiting.chatKey).slice(followers.length);
    const settling = store.settle(waiting.id, state, at, claim);
    // The next update is begun in the same write if it starts at once. If that fails, it is begun when it starts.
    const isBegunAhead = next && !this.#options.lookElsewhere && slot.isKept() && this.#isReady(next);
    const beginning = isBegunAhead ? this.#attempts.beginAhead(next) : undefined;
    if (beginning) await Promise.allSettled([settling, beginning]);
    await settling;
    this.#mailboxes.removeHeads(waiting.chatKey, 1 + followers.length);
    if (next) await this.#lookBeforeNext(waiting.chatKey);
  }

  /** What was stored elsewhere while the chat was busy may belong before the next update, such as before a press. */
  async #lookBeforeNext(chatKey: string): Promise<void> {
    try {
      await this.#options.lookElsewhere?.(chatKey);
    } catch {
      // The database is away, which the next update finds as well.
    }
  }

  /** Gives back, at a clean stop, the attempts of updates that were begun ahead or interrupted by an outage. */
  async #putBackBegun(): Promise<void> {
    const begun = [...this.#mailboxes.all()].filter(
      ({ isCounted, storedAs }) => !isCounted && storedAs !== "waiting",
    );
    await Promise.allSettled(begun.map((waiting) => this.#attempts.putBack(waiting)));
  }
}
