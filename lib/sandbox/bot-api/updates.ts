import type { Clock } from "../../core/index.ts";
import type { WireUpdate } from "../chats/wire.ts";
import type { Saver, StoredEntry } from "../storage.ts";
import { BotApiError } from "./api-error.ts";

/** The parameters of a getUpdates call. */
export interface PollRequest {
  offset: number;
  limit: number;
  timeoutMs: number;
  /** Gives the signal that aborts when the caller disconnects; called only when the poll waits. */
  signal: () => AbortSignal;
}

/** The kinds Telegram delivers only when `allowed_updates` names them. */
const NOT_BY_DEFAULT = new Set(["chat_member", "message_reaction", "message_reaction_count"]);
const CONFLICT =
  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
const WEBHOOK_SET =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
const ENDED_BY_WEBHOOK = "Conflict: terminated by setWebhook request";

/** The updates the bot has not confirmed, oldest first, and the poller that waits for them. */
export class UpdateQueue {
  private pending: WireUpdate[] = [];
  private lastId = 0;
  private allowed: readonly string[] = [];
  /** Null if and only if no poller waits. */
  private poller: AbortController | null = null;
  /** Called for each queued update while a webhook is set. */
  private onQueued: ((update: WireUpdate) => void) | null = null;
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

  /** The unconfirmed updates, oldest first. */
  list(): readonly WireUpdate[] {
    return this.pending;
  }

  /** Sets the last update id; a stored one replaces it. */
  startIdsAfter(id: number): void {
    this.lastId = id;
  }

  /** Takes the next update id; ids only grow. */
  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Whether the bot receives this kind of update: the last `allowed_updates` that a getUpdates call gave decides. */
  wants(kind: string): boolean {
    return this.allowed.length > 0 ? this.allowed.includes(kind) : !NOT_BY_DEFAULT.has(kind);
  }

  /** Sets the kinds of updates to queue from now on; an empty list means Telegram's default. */
  allow(kinds: readonly string[]): void {
    if (kinds.join() === this.allowed.join()) return;
    this.allowed = kinds;
    this.saver.saveLater([{ kind: "allowed_updates", id: "bot", value: kinds }]);
  }

  /** The entries to store for an update: itself and the counter of ids. */
  entriesOf(update: WireUpdate): StoredEntry[] {
    return [
      { kind: "update", id: String(update.update_id), value: update },
      { kind: "counter", id: "update", value: this.lastId },
    ];
  }

  /** Queues an update and wakes the poller. Updates may finish being stored out of order, so it is inserted by id. */
  push(update: WireUpdate): void {
    const at = this.pending.findLastIndex((other) => other.update_id < update.update_id) + 1;
    this.pending.splice(at, 0, update);
    this.poller?.abort("arrived");
    this.onQueued?.(update);
  }

  /** Hands queued updates to a webhook from now on, and ends a poll; null: the bot polls again. */
  handTo(webhook: ((update: WireUpdate) => void) | null): void {
    this.onQueued = webhook;
    if (webhook) this.poller?.abort("webhook");
  }

  /** Whether an update is not confirmed yet. */
  has(updateId: number): boolean {
    return this.pending[this.firstAtOrAfter(updateId)]?.update_id === updateId;
  }

  /**
   * Answers a getUpdates call: confirms the updates below the offset, waits if there are none left, and returns the
   * oldest. A second poller ends the first.
   * @throws BotApiError 409 when another poller took over, or a webhook is set.
   */
  async poll({ offset, limit, timeoutMs, signal }: PollRequest): Promise<WireUpdate[]> {
    if (this.onQueued) throw new BotApiError(409, WEBHOOK_SET);
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
      if (turn.signal.reason === "webhook") throw new BotApiError(409, ENDED_BY_WEBHOOK);
    } finally {
      signal.removeEventListener("abort", leave);
      if (this.poller === turn) this.poller = null;
    }
  }

  /** Drops every update below the offset; a negative offset keeps that many of the newest. */
  confirm(offset: number): void {
    const keepFrom = offset < 0 ? this.pending.length + offset : this.firstAtOrAfter(offset);
    if (keepFrom > 0) this.forget(this.pending.splice(0, keepFrom));
  }

  /** Drops one update that a webhook took. */
  confirmOne(updateId: number): void {
    if (this.has(updateId)) this.forget(this.pending.splice(this.firstAtOrAfter(updateId), 1));
  }

  private forget(confirmed: WireUpdate[]): void {
    this.saver.saveLater(
      confirmed.map(({ update_id }) => ({ kind: "update", id: String(update_id), value: null })),
    );
    this.onConfirmed(confirmed);
  }

  private firstAtOrAfter(offset: number): number {
    const index = this.pending.findIndex(({ update_id }) => update_id >= offset);
    return index === -1 ? this.pending.length : index;
  }

  /** Restores what an earlier run stored. */
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
