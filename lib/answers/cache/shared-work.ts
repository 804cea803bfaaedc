import { CancelledError, type ChildController, childOf } from "../../core/index.ts";
import type { AnswerCallbacks, Question, Wait } from "../answer.ts";

/** The parts of a question that follow its progress and end it. */
export type Asker = AnswerCallbacks & Pick<Question, "signal">;

/** Somebody who waits for shared work. */
interface Member {
  asker: Asker;
  /** The latest awaited callback: callbacks of one member run one after the other. */
  notified: Promise<void>;
  /** Rejects when they leave: their signal aborts, or a callback of theirs fails. */
  left: Promise<never>;
  leave(reason: unknown): void;
  /** Removes the listener from their signal. */
  release(): void;
}

/** Work in flight and everybody who waits for it. */
interface Flight<T> {
  result: Promise<T>;
  members: Set<Member>;
  /** Ends the work. Independent of the first asker's signal, because that one may leave while others stay. */
  ending: ChildController;
  progress: Progress;
  /** Who left last. */
  latestToLeave: Member;
}

/** What a member who joins later has missed. */
interface Progress {
  textSoFar: string;
  isQueued: boolean;
  isThinking: boolean;
  /** The latest notice of the present wait. */
  wait?: Wait | undefined;
}

/** Work that several people wait for, done once. */
export class SharedWork<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Joins the work under `key`, or starts it. Everyone's callbacks are called as if the work were theirs; one who joins
   * later first gets the text so far and the wait. When the last one leaves, the work is aborted.
   * @param work must end when its asker's signal aborts
   * @returns the result, and whether this call started the work
   * @throws the reason of the asker's signal, or what the work throws
   */
  async join(
    key: string,
    asker: Asker,
    work: (all: Asker) => Promise<T>,
  ): Promise<{ result: T; isFirst: boolean }> {
    asker.signal.throwIfAborted();
    const member = createMember(asker);
    const present = this.#flights.get(key);
    const flight = present ?? this.#start(key, member, work);
    if (present) addMember(present, member);
    try {
      return { result: await Promise.race([flight.result, member.left]), isFirst: !present };
    } finally {
      await this.#leave(key, flight, member);
    }
  }

  #start(key: string, first: Member, work: (all: Asker) => Promise<T>): Flight<T> {
    const members = new Set([first]);
    const ending = childOf(undefined);
    const progress: Progress = { textSoFar: "", isQueued: false, isThinking: false };
    const shared = { members, ending, progress, latestToLeave: first };
    const result = work(askerForAll(shared));
    result.catch(() => {}); // the members handle it; there may be none left
    const flight = Object.assign(shared, { result });
    this.#flights.set(key, flight);
    return flight;
  }

  async #leave(key: string, flight: Flight<T>, member: Member): Promise<void> {
    const { members, ending, result } = flight;
    member.release();
    members.delete(member);
    flight.latestToLeave = member;
    if (members.size > 0) return;
    // Nobody may join work that has ended, or ends now.
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    ending.abort(new CancelledError("Nobody waits for this answer", { code: "NOBODY_WAITS" }));
    await result.catch(() => {}); // until its slot at the model is free again
  }
}

function createMember(asker: Asker): Member {
  const leaving = childOf(asker.signal);
  const left = new Promise<never>((_resolve, reject) => {
    leaving.signal.addEventListener("abort", () => reject(leaving.signal.reason as Error), { once: true });
  });
  left.catch(() => {}); // the work may have ended first
  return { asker, notified: Promise.resolve(), left, leave: leaving.abort, release: leaving.release };
}

function addMember({ members, progress }: Flight<unknown>, member: Member): void {
  const { textSoFar, isQueued, isThinking, wait } = progress;
  members.add(member);
  if (textSoFar !== "") call(member, () => member.asker.onText?.(textSoFar));
  if (isQueued) void callInTurn(member, () => member.asker.onQueued?.());
  if (wait) call(member, () => member.asker.onWaiting?.(wait));
  if (isThinking) call(member, () => member.asker.onThinking?.());
}

/** Runs an awaited callback after the one before. A member whose callback fails leaves; the others stay. */
function callInTurn(member: Member, notify: () => Promise<void> | undefined): Promise<void> {
  member.notified = member.notified.then(notify).catch(member.leave);
  return member.notified;
}

function call(member: Member, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    member.leave(error);
  }
}

/** Calls every member's callbacks. What it costs is told to one: who has waited longest, or the last one who did. */
function askerForAll(flight: Omit<Flight<unknown>, "result">): Asker {
  const { members, ending, progress } = flight;
  return {
    signal: ending.signal,
    async onQueued() {
      progress.isQueued = true;
      progress.isThinking = false;
      await Promise.all([...members].map((member) => callInTurn(member, () => member.asker.onQueued?.())));
    },
    async onStarted() {
      progress.isQueued = false;
      progress.isThinking = false;
      progress.wait = undefined;
      await Promise.all([...members].map((member) => callInTurn(member, () => member.asker.onStarted?.())));
    },
    onThinking() {
      progress.isThinking = true;
      for (const member of members) call(member, () => member.asker.onThinking?.());
    },
    onWaiting(wait) {
      progress.wait = wait;
      for (const member of members) call(member, () => member.asker.onWaiting?.(wait));
    },
    onText(text) {
      progress.textSoFar = text;
      progress.isThinking = false;
      for (const member of members) call(member, () => member.asker.onText?.(text));
    },
    onUsage(usage) {
      const [payer = flight.latestToLeave] = members;
      call(payer, () => payer.asker.onUsage?.(usage));
    },
  };
}
