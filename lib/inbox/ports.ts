import type { QueueCallbacks } from "../answers/index.ts";
import type { Clock, Logger, Pseudonym } from "../core/index.ts";
import type { UpdateStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";

/** A stored update, with its place in the order of arrival. */
export interface InboxUpdate {
  seq: number;
  /** Its mailbox: updates with the same key are handled one at a time, in order. */
  chatKey: string;
  update: Update;
  /** When it was stored, in epoch milliseconds of the system's clock. */
  arrivedAt?: number;
}

/** An update that is handled together with another one. */
export type JoinedUpdate = Pick<InboxUpdate, "seq" | "update">;

/** What the handler of an update may ask of the inbox. */
export interface InboxTurn {
  /** Aborts when the program stops and the handler's time is over. */
  signal: AbortSignal;
  /**
   * Runs `wait`, which waits for the model, while another chat has the slot. While the question is only queued, the
   * attempt is given back too, so that a process that dies meanwhile leaves no mark on it.
   */
  whileWaiting<T>(wait: (queue: Required<QueueCallbacks>) => Promise<T>): Promise<T>;
  /**
   * Takes the updates right behind this one for which `follows` holds into its turn: they are settled with it. Waits
   * for more until none came for `quietMs`. Call it before anything is done, and again in a repetition, which gets the
   * same updates; some may be missing if everything was done before a crash.
   */
  join(follows: (update: Update) => boolean, quietMs: number): Promise<JoinedUpdate[]>;
}

/** @typeParam Parsed what `parse` makes of an update, once; every other callback gets that */
export interface InboxOptions<Parsed> {
  botId: number;
  maxConcurrentChats: number;
  store: UpdateStore;
  clock: Clock;
  logger: Logger;
  pseudonym: Pseudonym;
  random: () => number;
  /** Called once for each update, when it arrives or a start takes it up. Must not throw. */
  parse(update: InboxUpdate): Parsed;
  /**
   * Called once an update is stored, before its turn, and for those a start takes up: does at once what need not wait,
   * such as acknowledging a press or cancelling the question in progress.
   */
  arrived(update: Parsed): void;
  /**
   * Whether an update is settled without being handled, such as one of a flood. Called when its turn comes, or the turn
   * of refused ones before it. By default none is.
   */
  refuses?(update: Parsed): boolean;
  /** Handles an update; may be called again for the same one, so its effects must be repeatable. */
  handle(update: Parsed, turn: InboxTurn): Promise<void>;
  /** Tells the person that the update could not be handled. */
  giveUp(update: Parsed): Promise<void>;
  /** Whether the error means that something Helpline needs is away, which costs no attempt. */
  isOutage(error: unknown): boolean;
}

export interface InboxStats {
  /** Updates that are not settled. */
  waiting: number;
  /** Age of the oldest of them, in milliseconds. */
  oldestMs: number;
}
