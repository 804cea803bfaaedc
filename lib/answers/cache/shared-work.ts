import { AppError, type ChildController, childOf } from "../../core/index.ts";
import type { AnswerCallbacks, Question, Wait } from "../answer.ts";

/** Someone who waits for an answer: what they are told, and the signal by which they leave. */
export type Asker = AnswerCallbacks & Pick<Question, "signal">;

/** Work that several people may wait for, done once. */
export interface SharedWork<T> {
  /**
   * Joins the work under `key`, or begins it. Each who joins is told what they would be told if it were theirs, the
   * text so far and the wait first; when the last one leaves, the work is ended.
   * @param work must end when its asker's signal aborts
   * @returns what came of it, and whether it was begun by this call
   * @throws the signal's reason of whoever leaves, or what the work throws
   */
  join(key: string, asker: Asker, work: (all: Asker) => Promise<T>): Promise<{ result: T; isFirst: boolean }>;
}

/** One who waits. */
interface Seat {
  asker: Asker;
  /** What they were told last: nobody is told of a start before they took in that they wait. */
  told: Promise<void>;
  /** Fails when they leave: their signal aborts, or they fail at what they are told. */
  left: Promise<never>;
  leave(reason: unknown): void;
  /** Takes down its listener. */
  release(): void;
}

/** Those who wait for the same thing. */
interface Crowd {
  seats: Set<Seat>;
  /** Ends the work. Not under the first asker's signal: that one may leave while others stay. */
  ending: ChildController;
  textSoFar: string;
  isQueued: boolean;
  /** What was last told of the wait that goes on. */
  wait?: Wait | undefined;
}

interface Flight<T> {
  crowd: Crowd;
  result: Promise<T>;
}

export function createSharedWork<T>(): SharedWork<T> {
  const flights = new Map<string, Flight<T>>();

  function begin(key: string, first: Seat, work: (all: Asker) => Promise<T>): Flight<T> {
    const crowd: Crowd = {
      seats: new Set([first]),
      ending: childOf(undefined),
      textSoFar: "",
      isQueued: false,
    };
    const flight = { crowd, result: work(tellAll(crowd)) };
    flight.result.catch(() => {}); // those who are still here see it; there may be nobody
    flights.set(key, flight);
    return flight;
  }

  async function leave(key: string, flight: Flight<T>, seat: Seat): Promise<void> {
    const { seats, ending } = flight.crowd;
    seat.release();
    seats.delete(seat);
    if (seats.size > 0) return;
    // Nobody joins what has ended, or what is ended now.
    if (flights.get(key) === flight) flights.delete(key);
    ending.abort(new AppError("Nobody waits for this answer", { code: "NOBODY_WAITS" }));
    await flight.result.catch(() => {}); // until its place at the model is free again
  }

  return {
    async join(key, asker, work) {
      asker.signal.throwIfAborted();
      const seat = takeSeat(asker);
      const present = flights.get(key);
      const flight = present ?? begin(key, seat, work);
      if (present) catchUp(present.crowd, seat);
      try {
        return { result: await Promise.race([flight.result, seat.left]), isFirst: !present };
      } finally {
        await leave(key, flight, seat);
      }
    },
  };
}

function takeSeat(asker: Asker): Seat {
  const leaving = childOf(asker.signal);
  const left = new Promise<never>((_resolve, reject) => {
    leaving.signal.addEventListener("abort", () => reject(leaving.signal.reason as Error), { once: true });
  });
  left.catch(() => {}); // the work may have ended first
  return { asker, told: Promise.resolve(), left, leave: leaving.abort, release: leaving.release };
}

/** Adds someone, and tells them where the work stands. */
function catchUp({ seats, textSoFar, isQueued, wait }: Crowd, seat: Seat): void {
  seats.add(seat);
  if (textSoFar !== "") show(seat, () => seat.asker.onText?.(textSoFar));
  if (isQueued) void tell(seat, () => seat.asker.onQueued?.());
  if (wait) show(seat, () => seat.asker.onWaiting?.(wait));
}

/** Tells after whatever was told before. Whoever fails at it leaves; the others stay. */
function tell(seat: Seat, what: () => Promise<void> | undefined): Promise<void> {
  seat.told = seat.told.then(what).catch(seat.leave);
  return seat.told;
}

function show(seat: Seat, what: () => void): void {
  try {
    what();
  } catch (error) {
    seat.leave(error);
  }
}

/** Passes on what happens to everyone who waits. */
function tellAll(crowd: Crowd): Asker {
  const { seats, ending } = crowd;
  return {
    signal: ending.signal,
    async onQueued() {
      crowd.isQueued = true;
      await Promise.all([...seats].map((seat) => tell(seat, () => seat.asker.onQueued?.())));
    },
    async onStarted() {
      crowd.isQueued = false;
      crowd.wait = undefined;
      await Promise.all([...seats].map((seat) => tell(seat, () => seat.asker.onStarted?.())));
    },
    onWaiting(wait) {
      crowd.wait = wait;
      for (const seat of seats) show(seat, () => seat.asker.onWaiting?.(wait));
    },
    onText(text) {
      crowd.textSoFar = text;
      for (const seat of seats) show(seat, () => seat.asker.onText?.(text));
    },
  };
}
