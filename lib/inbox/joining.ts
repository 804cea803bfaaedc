import { type Clock, endsWithin, type Measure } from "../core/index.ts";
import type { UpdateStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";
import type { Mailboxes, WaitingUpdate } from "./mailboxes.ts";
import type { JoinedUpdate } from "./ports.ts";

/** Runs `wait` while another chat has the place. */
export type Lend = <T>(wait: () => Promise<T>) => Promise<T>;

/** Updates that are handled as one: an album's pictures, the parts of a long text. */
export interface Joining {
  /** Tells that an update was added to a mailbox. */
  arrived(chatKey: string): void;
  /**
   * Joins to the first of a mailbox those right behind it for which `follows` holds, and waits for more until there
   * was none for `quietMs`. Which ones they are is stored before they are answered: a repetition after a crash has
   * the same ones, and a later one is an update of its own.
   */
  join(
    first: WaitingUpdate,
    follows: (update: Update) => boolean,
    quietMs: number,
    lend: Lend,
  ): Promise<JoinedUpdate[]>;
  /** Those joined to an update that are not settled yet, in order. */
  followers(first: WaitingUpdate): WaitingUpdate[];
}

export function createJoining(
  mailboxes: Mailboxes,
  store: UpdateStore,
  clock: Clock,
  measure: Measure,
): Joining {
  /** By mailbox: ends the wait for its next update. */
  const waits = new Map<string, () => void>();

  async function nextWithin(chatKey: string, ms: number): Promise<void> {
    const next = new Promise<void>((resolve) => waits.set(chatKey, resolve));
    try {
      await endsWithin(next, ms, clock);
    } finally {
      waits.delete(chatKey);
    }
  }

  /** How many updates follow. */
  async function gather(
    first: WaitingUpdate,
    follows: (update: Update) => boolean,
    quietMs: number,
    lend: Lend,
  ): Promise<number> {
    for (let count = 0, last = first; ; ) {
      const next = mailboxes.behindHead(first.chatKey)[count];
      if (next) {
        if (!follows(next.update)) return count;
        count += 1;
        last = next;
        continue;
      }
      const leftMs = last.receivedAt.getTime() + quietMs - clock.now();
      if (leftMs <= 0) return count;
      await measure("inbox.join", () => lend(() => nextWithin(first.chatKey, leftMs)));
    }
  }

  function followers({ chatKey, joined = [] }: WaitingUpdate): WaitingUpdate[] {
    if (joined.length === 0) return [];
    return mailboxes.behindHead(chatKey).filter(({ id }) => joined.includes(id));
  }

  return {
    arrived: (chatKey) => waits.get(chatKey)?.(),

    async join(first, follows, quietMs, lend) {
      if (!first.joined) {
        const count = await gather(first, follows, quietMs, lend);
        const ids = mailboxes
          .behindHead(first.chatKey)
          .slice(0, count)
          .map(({ id }) => id);
        await store.join(first.id, ids);
        first.joined = ids;
      }
      return followers(first).map(({ seq, update }) => ({ seq, update }));
    },

    followers,
  };
}
