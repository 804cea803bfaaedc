import { type Clock, endsWithin } from "../core/index.ts";
import type { Dispatch } from "./dispatch.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

/** How long the others wait for one suspect; a crash comes sooner than that. */
const ALONE_MS = 10_000;

/** How long the others wait for all suspects together. */
const ALL_ALONE_MS = 30_000;

/**
 * Tries the updates of repeated crashes one at a time, so that the one that kills the process condemns no neighbour.
 */
export class Recovery {
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  #isOver = false;
  #alone: WaitingUpdate | undefined;

  /** @param stopping begins nothing more once it aborts */
  constructor(clock: Clock, stopping: AbortSignal) {
    this.#clock = clock;
    this.#stopping = stopping;
  }

  /** Whether all updates may be worked on. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether an update may be worked on: during the recovery only one suspect at a time. */
  admits(waiting: WaitingUpdate): boolean {
    return this.#isOver || waiting === this.#alone;
  }

  /** Tries the suspects; then all may be worked on. */
  async run(suspects: readonly WaitingUpdate[], dispatch: Pick<Dispatch, "wake" | "ended">): Promise<void> {
    const endsAt = this.#clock.now() + ALL_ALONE_MS;
    for (const suspect of suspects) {
      const leftMs = endsAt - this.#clock.now();
      if (this.#stopping.aborted || leftMs <= 0) break;
      this.#alone = suspect;
      dispatch.wake(suspect.chatKey);
      await endsWithin(dispatch.ended(suspect.chatKey), Math.min(ALONE_MS, leftMs), this.#clock);
    }
    this.#isOver = true;
  }
}
