import type { QueueCallbacks } from "../answers/index.ts";
import type { Clock, Logger, Measure } from "../core/index.ts";
import type { UpdateStore } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";

/** An update in its chat's order. */
export interface InboxUpdate {
  seq: number;
  chatKey: string;
  update: Update;
}

/** An update whose turn it is. */
export interface CurrentUpdate extends InboxUpdate {
  /** Which try this is, from 1. */
  attempt: number;
  receivedAt: Date;
}

/** An update that is handled with another one. */
export type JoinedUpdate = Pick<InboxUpdate, "seq" | "update">;

/** What the handler of an update may ask of the inbox. */
export interface InboxTurn {
  /** Aborts when the program stops and the handler's time is over. */
  signal: AbortSignal;
  /**
   * Runs `wait`, which waits for the model, without holding a dispatch place. While the question only queues, the
   * attempt is given back too, so that a process that dies meanwhile leaves no mark on it.
   */
  whileWaiting<T>(wait: (queue: Required<QueueCallbacks>) => Promise<T>): Promise<T>;
  /**
   * Takes the updates right behind this one for which `follows` holds into its turn: they are settled with it. Waits
   * for more until none came for `quietMs`. To be asked before anything is done, and asked again by a repetition,
   * which is given the same ones; but when everything was done before a crash, some may be missing.
   */
  join(follows: (update: Update) => boolean, quietMs: number): Promise<JoinedUpdate[]>;
}

export interface InboxOptions {
  botId: number;
  maxConcurrentChats: number;
  store: UpdateStore;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** Records how long an update waits for those that belong to it, as `inbox.join`. */
  measure?: Measure;
  /**
   * Whether an update goes by without a word, such as one of a flood: it is settled, and never handled. Asked when its
   * turn comes, or that of those before it which go by as well; without this, none does.
   */
  refuses?(current: CurrentUpdate): boolean;
  /** Handles an update; may be called again for the same one, so its effects must be repeatable. */
  handle(current: CurrentUpdate, turn: InboxTurn): Promise<void>;
  /**
   * Called once an update is stored, before its turn, and for those a start takes up: what may act at once does (a
   * button press is acknowledged, the question in hand is cancelled).
   */
  arrived(arrival: InboxUpdate): void;
  /** Tells the person that the update could not be handled. */
  giveUp(current: CurrentUpdate): Promise<void>;
  /** Whether the error means that something Helpline needs is away, which costs no attempt. */
  isOutage(error: unknown): boolean;
}
