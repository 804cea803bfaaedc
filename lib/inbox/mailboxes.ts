import { AppError } from "../core/index.ts";
import type { Update } from "../telegram/index.ts";

/** An update that is not settled yet. */
export interface WaitingUpdate {
  id: string;
  seq: number;
  chatKey: string;
  update: Update;
  receivedAt: Date;
  attempts: number;
  /** The present try is among `attempts`: it was begun, and has not been given back. */
  isCounted: boolean;
  /**
   * Whether the store counts the present try, or the coming one where there is none: `begun` ahead of its turn, or
   * interrupted by an outage. `unsure` while that changes, and when it was not answered.
   */
  storedAs: "waiting" | "begun" | "unsure";
  /** The ids of the updates that are handled with this one, once that is settled. */
  joined?: readonly string[];
  /** Not to be tried before; milliseconds since the epoch. */
  notBefore: number;
}

/**
 * What waits, by chat, oldest first: the database's truth in memory, so that taking the next update costs no query.
 * An update stands in its mailbox until it is settled, so the first of a mailbox may be in hand.
 */
export class Mailboxes {
  private readonly byChat = new Map<string, WaitingUpdate[]>();
  private readonly ids = new Set<string>();
  private readonly capacity: number;
  private roomMade: (() => void) | undefined;
  private isClosed = false;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.ids.size;
  }

  chatKeys(): Iterable<string> {
    return this.byChat.keys();
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  *all(): Iterable<WaitingUpdate> {
    for (const mailbox of this.byChat.values()) yield* mailbox;
  }

  head(chatKey: string): WaitingUpdate | undefined {
    return this.byChat.get(chatKey)?.[0];
  }

  /** Those a mailbox begins with for which `holds`, in order. */
  leading(chatKey: string, holds: (waiting: WaitingUpdate) => boolean): WaitingUpdate[] {
    const mailbox = this.byChat.get(chatKey) ?? [];
    const end = mailbox.findIndex((waiting) => !holds(waiting));
    return end < 0 ? [...mailbox] : mailbox.slice(0, end);
  }

  /** What waits behind the first, in order. */
  behindHead(chatKey: string): WaitingUpdate[] {
    return this.byChat.get(chatKey)?.slice(1) ?? [];
  }

  /** Adds an update at the end of its mailbox; answers false if it is here already. */
  add(waiting: WaitingUpdate): boolean {
    if (this.ids.has(waiting.id)) return false;
    this.ids.add(waiting.id);
    const mailbox = this.byChat.get(waiting.chatKey);
    if (mailbox) mailbox.push(waiting);
    else this.byChat.set(waiting.chatKey, [waiting]);
    return true;
  }

  /** Takes out the first updates of a mailbox, once they are settled. */
  removeHeads(chatKey: string, count: number): void {
    const mailbox = this.byChat.get(chatKey);
    for (const { id } of mailbox?.splice(0, count) ?? []) this.ids.delete(id);
    if (mailbox?.length === 0) this.byChat.delete(chatKey);
    if (this.ids.size < this.capacity) this.roomMade?.();
  }

  /** When the oldest update arrived, in milliseconds since the epoch; Infinity when there is none. */
  oldestAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [head] of this.byChat.values())
      oldest = Math.min(oldest, head?.receivedAt.getTime() ?? oldest);
    return oldest;
  }

  /**
   * Resolves when fewer than `capacity` updates wait.
   * @throws AppError STOPPING once the mailboxes are closed.
   */
  async room(): Promise<void> {
    while (this.ids.size >= this.capacity && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.roomMade = resolve;
      });
    }
    if (this.isClosed) throw new AppError("Helpline is stopping", { code: "STOPPING", retryable: true });
  }

  /** Lets no more in. */
  close(): void {
    this.isClosed = true;
    this.roomMade?.();
  }
}
