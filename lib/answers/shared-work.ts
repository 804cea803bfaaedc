import { AppError, type ChildController, childOf } from "../core/index.ts";
import type { Question } from "./answer.ts";

/** The parts of a question that tell its asker what becomes of it. */
export type Asker = Pick<Question, "signal" | "onQueued" | "onWaiting" | "onStarted" | "onText">;

/** Work that several people may wait for, done once. */
export interface SharedWork<T> {
  /**
   * Joins the work under `key`, or begins it. Each who joins is told what they would be told if it were theirs, the
   * text so far first; when the last one leaves, the work is ended.
   * @param work must end when its asker's signal aborts
   * @returns what came of it, and whether it was begun by this call
   * @throws the signal's reason of whoever leaves, or what the work throws
   */
  join(key: string, asker: Asker, work: (all: Asker) => Promise<T>): Promise<{ result: T; isFirst: boolean }>;
}

/** Those who wait for the same thing. */
interface Crowd {
  /** Each with what they were told last: nobody is told of a start before they took in that they wait. */
  askers: Map<Asker, Promise<void>>;
  /** Ends the work. Not under the first asker's signal: that one may leave while others stay. */
  ending: ChildController;
  textSoFar: string;
  isQueued: boolean;
}

interface Flight<T> {
  crowd: Crowd;
  result: Promise<T>;
}

export function createSharedWork<T>(): SharedWork<T> {
  const flights = new Map<string, Flight<T>>();

  function begin(key: string, first: Asker, work: (all: Asker) => Promise<T>): Flight<T> {
    const askers = new Map([[first, Promise.resolve()]]);
    const crowd: Crowd = { askers, ending: childOf(undefined), textSoFar: "", isQueued: false };
    const flight = { crowd, result: work(tellAll(crowd)) };
    flight.result.catch(() => {}); // those who are still here see it; there may be nobody
    flights.set(key, flight);
    return flight;
  }

  /** Nobody joins what has ended, or what was ended because everyone left. */
  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  async function leave(key: string, flight: Flight<T>, asker: Asker): Promise<void> {
    const { askers, ending } = flight.crowd;
    askers.delete(asker);
    if (askers.size > 0) return;
    forget(key, flight);
    ending.abort(new AppError("Nobody waits for this answer", { code: "NOBODY_WAITS" }));
    await flight.result.catch(() => {}); // until its place at the model is free again
  }

  return {
    async join(key, asker, work) {
      asker.signal.throwIfAborted();
      const present = flights.get(key);
      const flight = present ?? begin(key, asker, work);
      if (present) catchUp(present.crowd, asker);
      const leaving = whenAborted(asker.signal);
      try {
        const result = await Promise.race([flight.result, leaving.aborted]);
        return { result, isFirst: !present };
      } finally {
        leaving.release();
        await leave(key, flight, asker);
      }
    },
  };
}

/** Adds someone, and tells them where the work stands. */
function catchUp(crowd: Crowd, asker: Asker): void {
  crowd.askers.set(asker, Promise.resolve());
  if (crowd.textSoFar !== "") asker.onText?.(crowd.textSoFar);
  if (crowd.isQueued) void tell(crowd, asker, () => asker.onQueued?.());
}

/** Tells after whatever was told before; what somebody makes of it does not harm the others. */
function tell({ askers }: Crowd, asker: Asker, what: () => Promise<void> | undefined): Promise<void> {
  const told = (askers.get(asker) ?? Promise.resolve()).then(what).catch(() => {});
  askers.set(asker, told);
  return told;
}

/** Passes on what happens to everyone who waits. */
function tellAll(crowd: Crowd): Asker {
  const present = (): Asker[] => [...crowd.askers.keys()];
  return {
    signal: crowd.ending.signal,
    async onQueued() {
      crowd.isQueued = true;
      await Promise.all(present().map((asker) => tell(crowd, asker, () => asker.onQueued?.())));
    },
    async onStarted() {
      crowd.isQueued = false;
      await Promise.all(present().map((asker) => tell(crowd, asker, () => asker.onStarted?.())));
    },
    onWaiting(wait) {
      for (const asker of present()) asker.onWaiting?.(wait);
    },
    onText(text) {
      crowd.textSoFar = text;
      for (const asker of present()) asker.onText?.(text);
    },
  };
}

/** A promise that fails when a signal aborts, and a way to take its listener down. */
function whenAborted(signal: AbortSignal): { aborted: Promise<never>; release(): void } {
  const listening = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", fail, { once: true, signal: listening.signal });
  });
  aborted.catch(() => {}); // the work may have ended first
  return { aborted, release: () => listening.abort() };
}
