import PQueue from "p-queue";
import { type Clock, childOf } from "../../core/index.ts";
import { monitorPerformance } from "../../performance/index.ts";
import type { Wait } from "../answer.ts";
import { type ModelError, modelCrowded } from "../models/model-error.ts";
import type { CallLoad } from "./model-quota.ts";
import type { SharedLine, SharedUse } from "./shared-line.ts";
import { notifyOfWait } from "./wait-notices.ts";
import { type Waiting, WaitingLine, type WaitingOptions } from "./waiting-line.ts";

export interface QueueOptions {
  /** Leaves the queue at once when it aborts; the work itself must listen to it too. */
  signal: AbortSignal;
  priority: "person" | "background";
  /** The work had a slot before: it goes ahead of newcomers of its priority. */
  isRetry?: boolean;
  /** Within a priority the lowest goes first; without one, the earliest to enter the queue. */
  order?: number | undefined;
  /** How many places of `order` are a penalty: in the line of several instances, only that counts. */
  penalty?: number | undefined;
  /** Estimate of its prompt, for the quota. */
  promptTokens?: number;
  /** Refused when the estimated wait is longer (milliseconds). */
  maxWaitMs?: number;
  /** Called, and awaited before the work, when it cannot begin at once. */
  onQueued?: (() => Promise<void>) | undefined;
  /** Called when the wait is expected to be long, and again, rarely, as it changes. */
  onWaiting?: ((wait: Wait) => void) | undefined;
}

/** What an admitted call has been charged. */
export interface Ticket {
  /** Takes the charge back: no call is made. */
  refund(): void;
}

/** What decides, besides the order, who may leave the queue. */
export interface Gate<T extends Ticket> {
  /** How many may be in flight now; at least 1. */
  limit(): number;
  /** Why nobody may pass, now or soon: a new error each time, or null. A refusal also ends everyone's waiting. */
  refusal(): ModelError | null;
  /** How long the next one must wait even with a slot free and `ahead` before it, in milliseconds. */
  waitMs(promptTokens: number, ahead: CallLoad): number;
  /** How long a slot is held on average, in milliseconds. */
  meanCallMs(): number;
  /** Called as one passes. */
  admit(promptTokens: number, id: string): T;
}

/** The line of all instances, as the queue needs it. */
export type QueueLine = Pick<SharedLine, "newId" | "use" | "enter" | "leave" | "ahead">;

/** Longest queue: at 8 slots and 5 s an answer its end waits 5 minutes, longer than people stay. */
export const MAX_WAITING = 500;

/**
 * Longest estimated wait with which a newcomer is accepted, and longest pause of the gate through which the queue is
 * kept: a little more than a full queue takes at 8 slots.
 */
const MAX_WAIT_MS = 6 * 60_000;

/** p-queue's priorities, highest first; a retry adds 1. */
export const PRIORITY = { person: 2, background: 0 };
/** Of those who are next by the line of all instances. */
const GRANTED = 9;

const NOTHING_AHEAD: CallLoad = { calls: 0, promptTokens: 0 };

/** A slot at the model, held until it is released. */
interface Slot<T> {
  ticket: T;
  release(): void;
}

/**
 * The slots at the model: people before background work, each by their order, as many and as soon as the gate allows.
 * p-queue counts the slots and takes jobs from `WaitingLine`, which asks the gate.
 */
export class ModelQueue<T extends Ticket> {
  readonly #gate: Gate<T>;
  readonly #clock: Clock;
  readonly #shared: QueueLine | undefined;
  readonly #line = new WaitingLine((next) => this.#isOpenFor(next));
  readonly #queue: PQueue<WaitingLine, WaitingOptions>;
  /** Guards `gateChanged` against itself: each one refused makes p-queue emit "next". */
  #isChecking = false;
  #entered = 0;
  /** Wakes the queue when the gate opens again. */
  #alarm: { at: number; off: AbortController } | undefined;

  constructor(gate: Gate<T>, { clock, line }: { clock: Clock; line?: QueueLine | undefined }) {
    this.#gate = gate;
    this.#clock = clock;
    this.#shared = line;
    this.#queue = new PQueue({ concurrency: gate.limit(), queueClass: classOf(this.#line) });
    this.#queue.on("next", () => this.gateChanged()); // a slot became free, or one left the line
  }

  /**
   * Waits for a slot, does the work and releases the slot.
   * @throws the signal's reason when it aborts before the work begins, ModelError when the gate or the length of the
   * queue refuses it, or what the work or `onQueued` throws
   */
  async run<Result>(work: (ticket: T) => Promise<Result>, options: QueueOptions): Promise<Result> {
    // Not inside p-queue's job: that would run in the async context of the caller who freed the slot, and mix traces.
    const { ticket, release } = await this.#takeSlot(options);
    try {
      return await work(ticket);
    } finally {
      release();
    }
  }

  /** Asks the gate again: starts every call that is allowed now and schedules the next check. */
  gateChanged(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      this.#refuseWaiting();
      // The setter makes p-queue look at the line again. Where there are several instances, `#isOpenFor` counts.
      this.#queue.concurrency = this.#shared ? Number.POSITIVE_INFINITY : this.#gate.limit();
      const waitMs = this.#use ? 0 : this.#nextWaitMs();
      this.#setAlarm(waitMs > 0 ? this.#clock.monotonic() + waitMs : undefined);
    } finally {
      this.#isChecking = false;
    }
  }

  /** The line of all instances has granted a slot to one that waits. @returns whether it still waited here */
  grant(id: string): boolean {
    const waiting = this.#line.find(id);
    if (!waiting) return false;
    waiting.isGranted = true;
    this.#queue.setPriority(id, GRANTED);
    this.gateChanged();
    return !this.#line.has(waiting);
  }

  stats(): { inFlight: number; queued: number } {
    return { inFlight: this.#queue.pending, queued: this.#line.length };
  }

  /** Waits for a slot. */
  @monitorPerformance("model.wait", { slowMs: null })
  async #takeSlot(options: QueueOptions): Promise<Slot<T>> {
    const {
      signal,
      promptTokens = 0,
      isRetry = false,
      order = 0,
      penalty = 0,
      onQueued,
      onWaiting,
    } = options;
    signal.throwIfAborted();
    const priority = PRIORITY[options.priority] + (isRetry ? 1 : 0);
    // A child signal, because p-queue would free the slot of running work as soon as its signal aborts.
    this.#entered += 1;
    const id = this.#shared?.newId() ?? String(this.#entered);
    const waiting: Waiting = { id, order, promptTokens, leave: childOf(signal) };
    try {
      this.#checkWorthWaiting(waiting, priority, options);
      const entering = this.#shared?.enter({ id, priority, penalty, promptTokens });
      const granted = this.#enter(waiting, priority);
      granted.catch(() => {}); // awaited below; it may leave the line before that
      try {
        if (entering) await entering;
        const mustWait = this.#line.has(waiting);
        if (mustWait && onWaiting) {
          const wait = (): Wait => this.#estimate(waiting, priority);
          const end = notifyOfWait({ clock: this.#clock, wait, onWaiting, onError: waiting.leave.abort });
          granted.then(end, end);
        }
        const [slot] = await Promise.all([granted, mustWait ? onQueued?.() : undefined]);
        return slot;
      } catch (error) {
        waiting.leave.abort(error);
        this.#shared?.leave(id);
        granted.then(giveBack, () => {}); // it may have been granted meanwhile
        throw error;
      }
    } finally {
      waiting.leave.release();
    }
  }

  /** Enters the line. Resolves with a slot, perhaps at once. */
  #enter(waiting: Waiting, priority: number): Promise<Slot<T>> {
    const granted = new Promise<Slot<T>>((grant, refuse) => {
      const hold = (): Promise<void> =>
        new Promise((release) => {
          grant({ ticket: this.#gate.admit(waiting.promptTokens, waiting.id), release });
        });
      const { id, leave } = waiting;
      this.#queue.add(hold, { id, priority, signal: leave.signal, waiting }).catch(refuse);
    });
    this.gateChanged();
    return granted;
  }

  /** @throws ModelError when waiting makes no sense */
  #checkWorthWaiting(
    waiting: Waiting,
    priority: number,
    { isRetry = false, maxWaitMs = MAX_WAIT_MS }: QueueOptions,
  ): void {
    const refusal = this.#gate.refusal();
    if (refusal) throw refusal;
    const isFull = (this.#use?.queued.all.calls ?? this.#line.length) >= MAX_WAITING && !isRetry;
    if (isFull || this.#estimate(waiting, priority).estimatedMs > maxWaitMs) throw modelCrowded();
  }

  /** Place in the line, and how long the wait will be. */
  #estimate(waiting: Waiting, priority: number): Wait {
    const use = this.#use;
    const ahead = use ? this.#aheadOfAll(waiting.id, priority, use) : this.#line.ahead(waiting, priority);
    const limit = this.#gate.limit();
    const freeSlots = Math.max(0, limit - (use?.inFlight ?? this.#queue.pending));
    const turns = Math.max(0, ahead.calls + 1 - freeSlots);
    const gateMs = this.#gate.waitMs(waiting.promptTokens, ahead);
    return {
      place: ahead.calls + 1,
      estimatedMs: Math.max(gateMs, (turns / limit) * this.#gate.meanCallMs()),
    };
  }

  /** How all instances use the model; null where there is one, or it is not known. */
  get #use(): SharedUse | null {
    return this.#shared?.use() ?? null;
  }

  /** What goes before one that waits, or is about to, wherever it waits. */
  #aheadOfAll(id: string, priority: number, { queued }: SharedUse): CallLoad {
    return this.#shared?.ahead(id) ?? (priority >= PRIORITY.person ? queued.people : queued.all);
  }

  #isOpenFor({ promptTokens, isGranted = false }: Waiting): boolean {
    if (isGranted) return true; // also while this instance has not heard yet that the line can be reached again
    if (this.#use !== null) return false;
    if (this.#shared && this.#queue.pending >= this.#gate.limit()) return false;
    return this.#gate.waitMs(promptTokens, NOTHING_AHEAD) <= 0 && this.#gate.refusal() === null;
  }

  /** Ends the waiting of those the gate refuses, or would hold for too long. */
  #refuseWaiting(): void {
    for (let next = this.#line.first(); next && !next.isGranted; next = this.#line.first()) {
      const refusal = this.#gate.refusal() ?? (this.#nextWaitMs() > MAX_WAIT_MS ? modelCrowded() : null);
      if (!refusal) return;
      next.leave.abort(refusal); // takes it out of the line
    }
  }

  /** How long the gate holds the first in the line, whatever slots are free. */
  #nextWaitMs(): number {
    const next = this.#line.first();
    return next ? this.#gate.waitMs(next.promptTokens, NOTHING_AHEAD) : 0;
  }

  #setAlarm(at: number | undefined): void {
    if (this.#alarm?.at === at) return;
    this.#alarm?.off.abort();
    this.#alarm = undefined;
    if (at === undefined) return;
    const off = new AbortController();
    this.#alarm = { at, off };
    this.#clock.sleep(at - this.#clock.monotonic(), off.signal).then(
      () => this.#ring(),
      () => {}, // set anew, or the line is empty
    );
  }

  #ring(): void {
    this.#alarm = undefined;
    this.gateChanged();
  }
}

/** p-queue constructs its queue class itself; this one is always `line`. */
function classOf(line: WaitingLine): new () => WaitingLine {
  return function queueClass() {
    return line;
  } as unknown as new () => WaitingLine;
}

function giveBack({ ticket, release }: Slot<Ticket>): void {
  ticket.refund();
  release();
}
