import type { Clock } from "../../core/index.ts";
import type { WireUpdate } from "../chats/wire.ts";
import type { Saver, StoredEntry } from "../storage.ts";
import { BotApiError } from "./api-error.ts";

/** What one getUpdates call asks for. */
export interface PollRequest {
  offset: number;
  limit: number;
  timeoutMs: number;
  /** The signal that aborts when the poller has gone; asked for only when the poll waits. */
  signal: () => AbortSignal;
}

/** The kinds Telegram leaves out unless they are asked for. */
const NOT_BY_DEFAULT = new Set(["chat_member", "message_reaction", "message_reaction_count"]);
const CONFLICT =
  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";

/** The updates the bot has not confirmed, oldest first, and the one poller that waits for them. */
export class UpdateQueue {
  private pending: WireUpdate[] = [];
  private lastId = 0;
  private allowed: readonly string[] = [];
  /** Null if and only if no poller waits. */
  private poller: AbortController | null = null;
  private readonly clock: Clock;
  private readonly saver: Saver;
  private readonly onConfirmed: (updates: WireUpdate[]) => void;

  constructor(clock: Clock, saver: Saver, onConfirmed: (updates: WireUpdate[]) => void) {
    this.clock = clock;
    this.saver = saver;
    this.onConfirmed = onConfirmed;
  }

  get size(): number {
    return this.pending.length;
  }

  /** What waits for the bot, oldest first. */
  list(): readonly WireUpdate[] {
    return this.pending;
  }

  /** The next update's id; ids only grow. */
  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Whether the bot wants this kind of update (`allowed_updates` of its last getUpdates that named any). */
  wants(kind: string): boolean {
    return this.allowed.length > 0 ? this.allowed.includes(kind) : !NOT_BY_DEFAULT.has(kind);
  }

  /** Chooses the kinds of updates queued from now on; an empty list means Telegram's default. */
  allow(kinds: readonly string[]): void {
    if (kinds.join() === this.allowed.join()) return;
    this.allowed = kinds;
    this.saver.saveLater([{ kind: "allowed_updates", id: "bot", value: kinds }]);
  }

  /** What to store so that the update survives, its id included. */
  entriesOf(update: WireUpdate): StoredEntry[] {
    return [
      { kind: "update", id: String(update.update_id), value: update },
      { kind: "counter", id: "update", value: this.lastId },
    ];
  }

  /** Queues an update and wakes the poller. Ids may be stored out of order, so it finds its place. */
  push(update: WireUpdate): void {
    const at = this.pending.findLastIndex((other) => other.update_id < update.update_id) + 1;
    this.pending.splice(at, 0, update);
    this.poller?.abort("arrived");
  }

  /**
   * Answers one getUpdates: confirms what lies below the offset, waits for an update if there is none, and gives the
   * oldest. A second poller ends the first.
   * @throws BotApiError 409 when another poller came.
   */
  async poll({ offset, limit, timeoutMs, signal }: PollRequest): Promise<WireUpdate[]> {
    this.poller?.abort("conflict");
    this.confirm(offset);
    if (this.pending.length === 0 && timeoutMs > 0) await this.waitForUpdate(timeoutMs, signal());
    return this.pending.slice(0, limit);
  }

  private async waitForUpdate(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const turn = new AbortController();
    const leave = () => turn.abort("gone");
    this.poller = turn;
    signal.addEventListener("abort", leave);
    try {
      await this.clock.sleep(timeoutMs, turn.signal);
    } catch {
      if (turn.signal.reason === "conflict") throw new BotApiError(409, CONFLICT);
    } finally {
      signal.removeEventListener("abort", leave);
      if (this.poller === turn) this.poller = null;
    }
  }

  /** Forgets every update below the offset; a negative one keeps that many of the newest. */
  confirm(offset: number): void {
    const keepFrom = offset < 0 ? this.pending.length + offset : this.firstAtOrAfter(offset);
    if (keepFrom <= 0) return;
    const confirmed = this.pending.splice(0, keepFrom);
    this.saver.saveLater(
      confirmed.map(({ update_id }) => ({ kind: "update", id: String(update_id), value: null })),
    );
    this.onConfirmed(confirmed);
  }

  private firstAtOrAfter(offset: number): number {
    const index = this.pending.findIndex(({ update_id }) => update_id >= offset);
    return index === -1 ? this.pending.length : index;
  }

  /** Takes up what an earlier run stored. */
  restore(entries: readonly StoredEntry[]): void {
    for (const { kind, id, value } of entries) {
      if (kind === "update") this.pending.push(value as WireUpdate);
      if (kind === "counter" && id === "update") this.lastId = Number(value);
      if (kind === "allowed_updates") this.allowed = value as string[];
    }
    this.pending.sort((a, b) => a.update_id - b.update_id);
    this.lastId = Math.max(this.lastId, this.pending.at(-1)?.update_id ?? 0);
  }
}
