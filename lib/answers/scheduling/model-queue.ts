import PQueue from "p-queue";
import { type ChildController, type Clock, childOf, type Measure } from "../../core/index.ts";
import type { AnswerCallbacks, Wait } from "../answer.ts";
import { type ModelError, modelCrowded } from "../models/gemini/gemini-error.ts";
import type { CallLoad } from "./model-quota.ts";
import { tellOfWait } from "./wait-notices.ts";

export interface QueueOptions extends Pick<AnswerCallbacks, "onQueued" | "onWaiting"> {
  /** Leaves the queue at once when it aborts; the work itself must listen to it too. */
  signal: AbortSignal;
  priority: "person" | "background";
  /** The work was here before and gave its place back: it goes ahead of newcomers of its priority. */
  isRetry?: boolean;
  /** Among those of its priority the lowest goes first; without it, whoever came to the queue first. */
  order?: number | undefined;
  /** What its prompt is estimated at, for the quota. */
  promptTokens?: number;
  /** Whoever would have to wait longer, by the estimate, is not taken in (milliseconds). */
  maxWaitMs?: number;
}

/** What one that was let through holds; it is given back when nothing is made of it. */
export interface Ticket {
  refund(): void;
}

/** What decides, beside the order, who may go on from the queue. */
export interface Gate<T extends Ticket> {
  /** How many may be in flight now; at least 1. */
  limit(): number;
  /** Why nobody may, neither now nor soon: a new error; null when there is no reason. Ends the waiting of all. */
  refusal(): ModelError | null;
  /** How long the next one must wait even if a place is free, with others ahead of it; in milliseconds. */
  waitMs(promptTokens: number, ahead: CallLoad): number;
  /** How long a place is held, on average; in milliseconds. */
  meanCallMs(): number;
  /** Called as one is let through. */
  admit(promptTokens: number): T;
}

/** The places at the model: people before background, each by their order; as many, and as soon, as the gate lets. */
export interface ModelQueue<T extends Ticket> {
  /**
   * Waits for a place, does the work and gives the place back.
   * @throws the signal's reason when it aborts before the work begins, ModelError when the gate or the length of the
   * queue refuses it, or what the work or `onQueued` throws.
   */
  run<Result>(work: (ticket: T) => Promise<Result>, options: QueueOptions): Promise<Result>;
  /** Looks at the gate again, which has changed. */
  gateChanged(): void;
  stats(): { inFlight: number; queued: number };
}

/**
 * The longest line: at 8 places and 5 s an answer its end waits 5 minutes, longer than people stay. In memory it is
 * nothing.
 */
export const MAX_WAITING = 500;

/**
 * The longest wait, by the estimate, that a newcomer is taken in for, and the longest pause of the gate that those in
 * the line are kept for: a little more than a full line's, at 8 places.
 */
const MAX_WAIT_MS = 6 * 60_000;

const PRIORITY = { person: 2, background: 0 };
/** Above any order, and small enough that a sum of both is still exact. */
const MAX_ORDER = 2 ** 50;

/** One that waits. */
interface Waiting {
  priority: number;
  promptTokens: number;
  /** Ends its waiting. */
  leave: ChildController;
}

/** A place, held until it is released. */
interface Place<T> {
  ticket: T;
  release(): void;
}

export function createModelQueue<T extends Ticket>(
  gate: Gate<T>,
  { clock, measure }: { clock: Clock; measure: Measure },
): ModelQueue<T> {
  const queue = new PQueue({ concurrency: gate.limit() });
  /** Those in `queue`, in its order: it tells neither who is next nor anyone's place. */
  const line: Waiting[] = [];
  let alarm: { at: number; off: AbortController } | undefined;

  function freePlaces(): number {
    return Math.max(0, gate.limit() - queue.pending);
  }

  /** How long one must wait that has `ahead` before it in the line. */
  function estimateMs(promptTokens: number, ahead: CallLoad): number {
    const turn = Math.max(0, ahead.calls + 1 - freePlaces());
    return Math.max(gate.waitMs(promptTokens, ahead), (turn / gate.limit()) * gate.meanCallMs());
  }

  function aheadOf(index: number): CallLoad {
    const ahead = line.slice(0, index);
    return {
      calls: ahead.length,
      promptTokens: ahead.reduce((total, { promptTokens }) => total + promptTokens, 0),
    };
  }

  /** Lets through whoever may go, and sees to it that this is looked at again when the next one may. */
  function regulate(): void {
    for (let refusal = presentRefusal(); refusal && line.length > 0; refusal = presentRefusal()) {
      line[0]?.leave.abort(refusal);
    }
    const waitMs = nextWaitMs();
    setAlarm(waitMs > 0 ? clock.now() + waitMs : undefined);
    if (waitMs > 0) queue.pause();
    else queue.start();
    if (queue.concurrency !== gate.limit()) queue.concurrency = gate.limit();
  }

  /** Why nobody is kept in the line. */
  function presentRefusal(): ModelError | null {
    return gate.refusal() ?? (nextWaitMs() > MAX_WAIT_MS ? modelCrowded() : null);
  }

  /** How long the gate keeps the first in the line, whatever places are free. */
  function nextWaitMs(): number {
    const [next] = line;
    return next ? gate.waitMs(next.promptTokens, { calls: 0, promptTokens: 0 }) : 0;
  }

  function setAlarm(at: number | undefined): void {
    if (alarm?.at === at) return;
    alarm?.off.abort();
    alarm = undefined;
    if (at === undefined) return;
    const off = new AbortController();
    alarm = { at, off };
    clock.sleep(at - clock.now(), off.signal).then(
      ring,
      () => {}, // set anew, or nobody waits any more
    );
  }

  function ring(): void {
    alarm = undefined;
    regulate();
  }

  /** Puts one in the line. Resolves with its place when its turn has come. */
  function enter(one: Waiting): Promise<Place<T>> {
    line.splice(placeFor(one.priority), 0, one);
    const leaveLine = (): void => {
      const index = line.indexOf(one);
      if (index >= 0) line.splice(index, 1);
    };
    one.leave.signal.addEventListener("abort", leaveLine, { once: true });
    queue.pause(); // until the gate was asked about whoever is the next now
    const granted = new Promise<Place<T>>((grant, refuse) => {
      const hold = (): Promise<void> =>
        new Promise((free) => {
          leaveLine();
          const ticket = gate.admit(one.promptTokens);
          regulate(); // it took of the quota: the next may have to wait
          grant({ ticket, release: free });
        });
      queue.add(hold, { priority: one.priority, signal: one.leave.signal }).finally(regulate).catch(refuse);
    });
    regulate();
    return granted;
  }

  /** Where in the line a newcomer of a priority goes. */
  function placeFor(newPriority: number): number {
    const after = line.findIndex(({ priority }) => priority < newPriority);
    return after < 0 ? line.length : after;
  }

  /** @throws ModelError when waiting makes no sense */
  function checkWorthWaiting(
    priority: number,
    { promptTokens = 0, isRetry = false, maxWaitMs }: QueueOptions,
  ): void {
    const refusal = gate.refusal();
    if (refusal) throw refusal;
    const waitMs = estimateMs(promptTokens, aheadOf(placeFor(priority)));
    const isFull = line.length >= MAX_WAITING && !isRetry;
    if (isFull || waitMs > (maxWaitMs ?? MAX_WAIT_MS)) throw modelCrowded();
  }

  /** Waits for a place; it is held until it is released. */
  async function takePlace(options: QueueOptions): Promise<Place<T>> {
    const { signal, promptTokens = 0, isRetry = false, order = 0, onQueued, onWaiting } = options;
    signal.throwIfAborted();
    const priority = (PRIORITY[options.priority] + (isRetry ? 1 : 0)) * MAX_ORDER - order;
    checkWorthWaiting(priority, options);
    // p-queue would free the place of work under way as soon as its signal aborts: this one ends the waiting only.
    const one: Waiting = { priority, promptTokens, leave: childOf(signal) };
    const granted = enter(one);
    const mustWait = line.includes(one);
    try {
      if (mustWait && onWaiting) {
        const wait = (): Wait => {
          const index = line.indexOf(one);
          return { place: index + 1, estimatedMs: estimateMs(promptTokens, aheadOf(index)) };
        };
        const end = tellOfWait({ clock, wait, onWaiting, onError: one.leave.abort });
        granted.then(end, end);
      }
      const [place] = await Promise.all([granted, mustWait ? onQueued?.() : undefined]);
      return place;
    } catch (error) {
      one.leave.abort(error);
      granted.then(
        giveBack,
        () => {}, // never had a place
      );
      throw error;
    } finally {
      one.leave.release();
    }
  }

  return {
    async run(work, options) {
      // The work runs in its caller's async context, not in the one of whoever made room: traces stay apart.
      const { ticket, release } = await measure("gemini.wait", () => takePlace(options));
      try {
        return await work(ticket);
      } finally {
        release();
      }
    },
    gateChanged: regulate,
    stats: () => ({ inFlight: queue.pending, queued: queue.size }),
  };
}

/** Gives a place back that nothing is made of. */
function giveBack({ ticket, release }: Place<Ticket>): void {
  ticket.refund();
  release();
}
