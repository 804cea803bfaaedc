import { Mutex } from "async-mutex";
import type { UpdateRecord } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import { chatKeyOf } from "./chat-key.ts";
import { ChatWork } from "./chat-work.ts";
import { afterRun, isSuspect } from "./crash-evidence.ts";
import { Mailboxes, type WaitingUpdate } from "./mailboxes.ts";
import type { InboxOptions, InboxStats } from "./ports.ts";
import { Recovery } from "./recovery.ts";
import { arrivedUpdate, leftUpdate, toRecord } from "./update-records.ts";

/** With this many updates waiting, no more are accepted; Telegram keeps them for 24 hours. */
export const MAX_WAITING = 10_000;

/** Durable updates: each is stored, handled in its chat's order, and settled. */
export class Inbox<Parsed> {
  readonly #options: InboxOptions<Parsed>;
  readonly #mailboxes = new Mailboxes<Parsed>(MAX_WAITING);
  /** Keeps the order of arrival when two batches come at once. */
  readonly #arrivals = new Mutex();
  readonly #work: ChatWork<Parsed>;
  readonly #recovery: Recovery;
  #recovering = Promise.resolve();

  constructor(options: InboxOptions<Parsed>) {
    this.#options = options;
    this.#work = new ChatWork({
      ...options,
      mailboxes: this.#mailboxes,
      admits: (waiting) => this.#recovery.admits(waiting),
      isTriedAlone: (waiting) => {
        if (!this.#recovery.mustBeAlone(waiting)) return false;
        void this.#tryAlone(waiting);
        return true;
      },
    });
    this.#recovery = new Recovery(options.clock, this.#work.stopping);
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
      this.#work.announce(waiting);
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
        const update = byId.get(record._id);
        const placing = this.#work.lateUpdates.place(record, update?.update_id ?? Number.POSITIVE_INFINITY);
        const release = placing ? await placing : undefined;
        this.#work.add(arrivedUpdate(record, this.#options, update));
        release?.();
      }
    });
  }

  stats(): InboxStats {
    const oldestMs = Math.max(0, this.#options.clock.monotonic() - this.#mailboxes.oldestAt());
    return { waiting: this.#mailboxes.size, oldestMs };
  }

  /** Resolves when nothing is in progress. */
  async idle(): Promise<void> {
    await this.#recovering;
    await this.#work.dispatch.idle();
  }

  /** Begins nothing more, waits `graceMs` for what is in progress, then puts the rest back for the next start. */
  async stop(graceMs: number): Promise<void> {
    await this.#work.stop(graceMs, {
      idle: () => this.idle(),
      arrived: () => this.#arrivals.waitForUnlock(),
    });
  }

  /** Lets a suspect run while the others wait, then lets the others go on. */
  async #tryAlone(suspect: WaitingUpdate): Promise<void> {
    const isReady = (): boolean =>
      this.#mailboxes.head(suspect.chatKey) === suspect &&
      suspect.notBefore <= this.#options.clock.monotonic();
    await this.#recovery.tryAlone(suspect, this.#work.dispatch, isReady);
    for (const chatKey of this.#mailboxes.chatKeys()) this.#work.dispatch.wake(chatKey);
  }

  /** Tells for each update of a batch, in order, whether it is worked on at once. */
  #nextToStart(): (chatKey: string) => boolean {
    let slots = this.#recovery.isOpen ? this.#work.dispatch.freeSlots() : 0;
    const chats = new Set<string>();
    return (chatKey) => {
      if (slots === 0 || chats.has(chatKey) || this.#mailboxes.head(chatKey)) return false;
      chats.add(chatKey);
      slots -= 1;
      return true;
    };
  }

  /** Tries the suspects of repeated crashes, then begins with the rest. */
  async #recover(suspects: readonly WaitingUpdate[]): Promise<void> {
    await this.#recovery.start(suspects, this.#work.dispatch);
    for (const chatKey of this.#mailboxes.chatKeys()) void this.#work.wakeWhenReady(chatKey);
  }
}
