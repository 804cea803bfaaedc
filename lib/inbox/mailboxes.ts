import { AppError } from "../core/index.ts";
import type { ChatHome, CrashEvidence, SeqRange } from "../store/index.ts";
import type { InboxUpdate } from "./ports.ts";

/** An update that is not settled yet. */
export interface WaitingUpdate<Parsed = unknown> extends InboxUpdate, SeqRange {
  /** What the handler's `parse` made of it. */
  parsed: Parsed;
  /** When it was received, in milliseconds of the monotonic clock. */
  receivedAt: number;
  /** The crashes at which it was in progress. */
  evidence: CrashEvidence;
  /** How often it was begun, the present attempt included. */
  attempts: number;
  /** Whether `attempts` includes the present attempt: it was begun, and has not been given back. */
  isCounted: boolean;
  /**
   * Whether the store counts the present attempt, or the coming one where there is none: `begun` ahead of its turn, or
   * interrupted by an outage. `unsure` during a change, and when it was not answered.
   */
  storedAs: "waiting" | "begun" | "unsure";
  /** The ids of the updates that are handled with this one, once that is settled. */
  joined?: readonly string[];
  /** Not to be tried before; milliseconds of the monotonic clock. */
  notBefore: number;
  /** It waits until an update that belongs before it has its place. */
  isHeld?: boolean;
  /** The right to work on its chat, where there are several instances. */
  home?: ChatHome;
  /** It is being settled without being handled. */
  isLeaving?: boolean;
}

/** Whether an update keeps its place: it was begun, perhaps in an earlier run, or is being settled. */
export function isBegun({
  attempts,
  isCounted,
  storedAs,
  evidence,
  joined,
  isLeaving,
}: WaitingUpdate): boolean {
  const isTried = attempts > 0 || isCounted || storedAs !== "waiting" || evidence.crashes > 0;
  return isTried || joined !== undefined || isLeaving === true;
}

/**
 * The updates that wait, by chat, oldest first: the database's truth in memory, so that taking the next one costs no
 * query. An update stays in its mailbox until it is settled, so the first one may be in progress.
 */
export class Mailboxes<Parsed = unknown> {
  readonly #byChat = new Map<string, WaitingUpdate<Parsed>[]>();
  readonly #ids = new Set<string>();
  readonly #capacity: number;
  readonly #onRemoved: (waiting: Pick<WaitingUpdate, "id" | "chatKey">) => void;
  #onRoom: (() => void) | undefined;
  #isClosed = false;

  /** @param onRemoved called for each update that leaves its mailbox */
  constructor(
    capacity: number,
    onRemoved: (waiting: Pick<WaitingUpdate, "id" | "chatKey">) => void = () => {},
  ) {
    this.#capacity = capacity;
    this.#onRemoved = onRemoved;
  }

  get size(): number {
    return this.#ids.size;
  }

  chatKeys(): Iterable<string> {
    return this.#byChat.keys();
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  *all(): Iterable<WaitingUpdate<Parsed>> {
    for (const mailbox of this.#byChat.values()) yield* mailbox;
  }

  head(chatKey: string): WaitingUpdate<Parsed> | undefined {
    return this.#byChat.get(chatKey)?.[0];
  }

  /** The updates at the front of a mailbox for which `holds`, in order. */
  leading(chatKey: string, holds: (waiting: WaitingUpdate<Parsed>) => boolean): WaitingUpdate<Parsed>[] {
    const mailbox = this.#byChat.get(chatKey) ?? [];
    const end = mailbox.findIndex((waiting) => !holds(waiting));
    return end < 0 ? [...mailbox] : mailbox.slice(0, end);
  }

  /** The updates behind the first one, in order. */
  behindHead(chatKey: string): WaitingUpdate<Parsed>[] {
    return this.#byChat.get(chatKey)?.slice(1) ?? [];
  }

  /** The updates at the end of a mailbox that are not begun and came to Telegram after this one, in order. */
  overtakersOf(chatKey: string, updateId: number): WaitingUpdate<Parsed>[] {
    const mailbox = this.#byChat.get(chatKey) ?? [];
    const before = mailbox.findLastIndex((other) => isBegun(other) || other.update.update_id < updateId);
    return mailbox.slice(before + 1);
  }

  /** The updates of a mailbox that are not begun and came to Telegram before this one, but got a later seq, by id. */
  overtakenBy(chatKey: string, updateId: number, seq: number): WaitingUpdate<Parsed>[] {
    const mailbox = this.#byChat.get(chatKey) ?? [];
    return mailbox
      .slice(mailbox.findLastIndex((other) => other.seq <= seq) + 1) // few, where a mailbox may hold thousands
      .filter((other) => !isBegun(other) && other.update.update_id < updateId)
      .toSorted((a, b) => a.update.update_id - b.update.update_id);
  }

  /** Puts a mailbox in the order of its seqs, some of which have changed. */
  sort(chatKey: string): void {
    this.#byChat.get(chatKey)?.sort((a, b) => a.seq - b.seq);
  }

  /** Adds an update at its place in its mailbox, by seq; returns false if it is here already. */
  add(waiting: WaitingUpdate<Parsed>): boolean {
    if (this.#ids.has(waiting.id)) return false;
    this.#ids.add(waiting.id);
    const mailbox = this.#byChat.get(waiting.chatKey);
    if (mailbox) mailbox.splice(mailbox.findLastIndex(({ seq }) => seq < waiting.seq) + 1, 0, waiting);
    else this.#byChat.set(waiting.chatKey, [waiting]);
    return true;
  }

  /** Removes the first updates of a mailbox, once they are settled. */
  removeHeads(chatKey: string, count: number): void {
    const mailbox = this.#byChat.get(chatKey);
    for (const waiting of mailbox?.splice(0, count) ?? []) {
      this.#ids.delete(waiting.id);
      this.#onRemoved(waiting);
    }
    if (mailbox?.length === 0) this.#byChat.delete(chatKey);
    if (this.#ids.size < this.#capacity) this.#onRoom?.();
  }

  /** Forgets the updates of a chat that another instance has taken over. */
  drop(chatKey: string): void {
    this.removeHeads(chatKey, Number.POSITIVE_INFINITY);
  }

  /** When the oldest update was received, by the monotonic clock; Infinity when there is none. */
  oldestAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [head] of this.#byChat.values()) oldest = Math.min(oldest, head?.receivedAt ?? oldest);
    return oldest;
  }

  /**
   * Resolves when fewer than `capacity` updates wait.
   * @throws AppError STOPPING once the mailboxes are closed.
   */
  async room(): Promise<void> {
    while (this.#ids.size >= this.#capacity && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
    if (this.#isClosed) throw new AppError("Helpline is stopping", { code: "STOPPING", retryable: true });
  }

  /** Lets no more in. */
  close(): void {
    this.#isClosed = true;
    this.#onRoom?.();
  }
}
