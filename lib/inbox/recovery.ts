import { Mutex } from "async-mutex";
import { type Clock, endsWithin } from "../core/index.ts";
import { isSuspect } from "./crash-evidence.ts";
import type { Dispatch } from "./dispatch.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

/** How long the others wait for one suspect, in milliseconds; a crash comes sooner than that. */
const ALONE_MS = 10_000;

/** How long the others wait at a start for all suspects together. */
const ALL_ALONE_MS = 30_000;

/** How long a suspect waits for the others to finish what is in progress. */
const DRAIN_MS = 5_000;

/**
 * Tries the updates of repeated crashes while nothing else is in progress, so that the one that kills the process is
 * found and condemns no neighbour.
 */
export class Recovery {
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  /** One suspect at a time. */
  readonly #trials = new Mutex();
  #isStarted = false;
  #alone: WaitingUpdate | undefined;

  /** @param stopping begins nothing more once it aborts */
  constructor(clock: Clock, stopping: AbortSignal) {
    this.#clock = clock;
    this.#stopping = stopping;
  }

  /** Whether updates without suspicion may be worked on. */
  get isOpen(): boolean {
    return this.#isStarted && this.#alone === undefined;
  }

  /** Whether an update may be worked on now. */
  admits(waiting: WaitingUpdate): boolean {
    return waiting === this.#alone || (this.isOpen && !this.mustBeAlone(waiting));
  }

  /** Whether the process died while this suspect alone was in progress, so that it never has company again. */
  mustBeAlone({ evidence }: WaitingUpdate): boolean {
    return isSuspect(evidence) && evidence.deaths > 0;
  }

  /** Tries the suspects of a start one after the other; then all updates may be worked on. */
  async start(suspects: readonly WaitingUpdate[], dispatch: Pick<Dispatch, "wake" | "ended">): Promise<void> {
    const endsAt = this.#clock.monotonic() + ALL_ALONE_MS;
    for (const suspect of suspects) {
      const leftMs = endsAt - this.#clock.monotonic();
      if (this.#stopping.aborted || leftMs <= 0) break;
      await this.#run(suspect, dispatch, Math.min(ALONE_MS, leftMs));
    }
    this.#isStarted = true;
  }

  /** Tries a suspect during the run, unless it is not ready any more when its turn comes. */
  async tryAlone(
    suspect: WaitingUpdate,
    dispatch: Pick<Dispatch, "wake" | "ended" | "idle">,
    isReady: () => boolean,
  ): Promise<void> {
    await this.#trials.runExclusive(async () => {
      if (this.#stopping.aborted || !isReady()) return;
      this.#alone = suspect;
      await endsWithin(dispatch.idle(), DRAIN_MS, this.#clock);
      await this.#run(suspect, dispatch, ALONE_MS);
    });
  }

  async #run(suspect: WaitingUpdate, dispatch: Pick<Dispatch, "wake" | "ended">, ms: number): Promise<void> {
    this.#alone = suspect;
    try {
      dispatch.wake(suspect.chatKey);
      await endsWithin(dispatch.ended(suspect.chatKey), ms, this.#clock);
    } finally {
      this.#alone = undefined;
    }
  }
}
