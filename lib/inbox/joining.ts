import { type Clock, endsWithin } from "../core/index.ts";
import { monitorPerformance } from "../performance/index.ts";
import type { UpdateStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import type { Slot } from "./dispatch.ts";
import type { Mailboxes, WaitingUpdate } from "./mailboxes.ts";
import type { JoinedUpdate } from "./ports.ts";

export interface JoiningOptions {
  mailboxes: Mailboxes;
  store: Pick<UpdateStore, "join">;
  clock: Clock;
  /** Puts updates of a chat that were stored elsewhere into its mailbox: their announcement may be lost. */
  lookElsewhere?(chatKey: string): Promise<void>;
}

/** Updates that are handled as one: an album's pictures, the parts of a long text. */
export class Joining {
  readonly #options: JoiningOptions;
  readonly #mailboxes: Mailboxes;
  /** By mailbox: ends the wait for its next update. */
  readonly #waits = new Map<string, () => void>();

  constructor(options: JoiningOptions) {
    this.#options = options;
    this.#mailboxes = options.mailboxes;
  }

  /** An update was added to a mailbox. */
  arrived(chatKey: string): void {
    this.#waits.get(chatKey)?.();
  }

  /**
   * Joins to the first of a mailbox the updates right behind it for which `follows` holds, and waits for more until none
   * came for `quietMs`. They are stored before they are handled: a repetition after a crash gets the same ones, and a
   * later one is handled by itself.
   */
  async join(
    first: WaitingUpdate,
    follows: (update: Update) => boolean,
    quietMs: number,
    slot: Slot,
  ): Promise<JoinedUpdate[]> {
    if (!first.joined) {
      const count = await this.#gather(first, follows, quietMs, slot);
      const behind = this.#mailboxes.behindHead(first.chatKey).slice(0, count);
      const ids = behind.map(({ id }) => id);
      await this.#options.store.join(first.id, ids, first.home?.claim);
      first.joined = ids;
    }
    return this.followers(first).map(({ seq, update }) => ({ seq, update }));
  }

  /** The updates joined to this one that are not settled yet, in order. */
  followers({ chatKey, joined = [] }: WaitingUpdate): WaitingUpdate[] {
    if (joined.length === 0) return [];
    return this.#mailboxes.behindHead(chatKey).filter(({ id }) => joined.includes(id));
  }

  /** How many updates follow. */
  async #gather(
    first: WaitingUpdate,
    follows: (update: Update) => boolean,
    quietMs: number,
    slot: Slot,
  ): Promise<number> {
    for (let count = 0, last = first, hasLooked = false; ; ) {
      const next = this.#mailboxes.behindHead(first.chatKey)[count];
      if (next) {
        if (!follows(next.update)) return count;
        count += 1;
        last = next;
        hasLooked = false;
        continue;
      }
      const leftMs = last.receivedAt + quietMs - this.#options.clock.monotonic();
      if (leftMs <= 0) {
        if (hasLooked) return count;
        await this.#options.lookElsewhere?.(first.chatKey);
        hasLooked = true;
        continue;
      }
      await this.awaitNext(first.chatKey, leftMs, slot);
    }
  }

  /** Never slow: people take their time. */
  @monitorPerformance("inbox.join", { slowMs: null })
  private awaitNext(chatKey: string, ms: number, slot: Slot): Promise<void> {
    return slot.yieldWhile(async () => {
      const next = new Promise<void>((resolve) => this.#waits.set(chatKey, resolve));
      try {
        await endsWithin(next, ms, this.#options.clock);
      } finally {
        this.#waits.delete(chatKey);
      }
    });
  }
}
