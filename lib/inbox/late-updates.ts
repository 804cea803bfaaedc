import { type ChatHome, SEQ_STEP, type UpdateRecord, type UpdateStore } from "../store/index.ts";
import type { Mailboxes, WaitingUpdate } from "./mailboxes.ts";
import type { InboxOptions } from "./ports.ts";

export interface LateUpdatesOptions<Parsed> extends Pick<InboxOptions<Parsed>, "parse"> {
  mailboxes: Mailboxes<Parsed>;
  store: Pick<UpdateStore, "moveBefore">;
  /** Called when updates of a chat that were held may begin. */
  wake(chatKey: string): void;
}

/** Updates that arrive after later ones of their chat: each gets its place in the order of Telegram's ids. */
export class LateUpdates<Parsed> {
  readonly #options: LateUpdatesOptions<Parsed>;
  readonly #mailboxes: Mailboxes<Parsed>;

  constructor(options: LateUpdatesOptions<Parsed>) {
    this.#options = options;
    this.#mailboxes = options.mailboxes;
  }

  /**
   * Gives a stored update that arrived after later ones of its chat, as behind a press that came by webhook, a seq
   * before those of them that are not begun. They wait until the result is called: only then is the update in its
   * mailbox.
   * @returns undefined when it came in order
   */
  place(record: UpdateRecord, updateId: number, home?: ChatHome): Promise<() => void> | undefined {
    const overtaken = this.#mailboxes.overtakenBy(record.chatKey, updateId, record.seq);
    if (overtaken.length > 0) return this.#placeBehind(record, overtaken, home);
    const overtakers = this.#mailboxes.overtakersOf(record.chatKey, updateId);
    const [next] = overtakers;
    if (!next || record.seq < next.seq) return undefined;
    return this.#placeBefore(record, [next, ...overtakers.slice(1)], home);
  }

  async #placeBefore(
    record: UpdateRecord,
    overtakers: readonly [WaitingUpdate, ...WaitingUpdate[]],
    home: ChatHome | undefined,
  ): Promise<() => void> {
    const [next] = overtakers;
    const seq = Math.ceil((next.seqFloor + next.seq) / 2);
    if (seq === next.seq) return () => {}; // no seq is free: the order of arrival is kept
    const release = this.#hold(record.chatKey, overtakers);
    try {
      const { id, seqFloor } = next;
      next.seqFloor = seq;
      await this.#options.store.moveBefore(
        { id, seq: next.seq, seqFloor: seq },
        { id: record._id, seq, seqFloor },
        home?.claim,
      );
      Object.assign(record, { seq, seqFloor });
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** An update may get an earlier seq than one that came before it, and be read after that: that one gets a seq before it. */
  async #placeBehind(
    record: UpdateRecord,
    overtaken: readonly WaitingUpdate<Parsed>[],
    home: ChatHome | undefined,
  ): Promise<() => void> {
    const { store, parse } = this.#options;
    const release = this.#hold(record.chatKey, overtaken);
    let { seqFloor = record.seq - SEQ_STEP } = record;
    try {
      for (const update of overtaken) {
        const seq = Math.ceil((seqFloor + record.seq) / 2);
        if (seq === record.seq) break; // no seq is free: the order of arrival is kept
        const next = { id: record._id, seq: record.seq, seqFloor: seq };
        await store.moveBefore(next, { id: update.id, seq, seqFloor }, home?.claim);
        Object.assign(update, { seq, seqFloor });
        update.parsed = parse(update); // the handler's sends go by the new seq
        seqFloor = seq;
      }
      Object.assign(record, { seqFloor });
      this.#mailboxes.sort(record.chatKey);
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Lets none of the updates begin until the result is called. */
  #hold(chatKey: string, updates: readonly WaitingUpdate[]): () => void {
    for (const update of updates) update.isHeld = true;
    return () => {
      for (const update of updates) update.isHeld = false;
      this.#options.wake(chatKey);
    };
  }
}
