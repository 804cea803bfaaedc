import { type Clock, endsWithin } from "../core/index.ts";
import type { Dispatch } from "./dispatch.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

/** How long a suspect may hold up the others, who wait until it is through; a crash comes sooner than that. */
const ALONE_MS = 10_000;

/** How long all suspects together may; those that are left then go on with the others. */
const ALL_ALONE_MS = 30_000;

/** Tries what repeated crashes left one at a time, so that the update that kills the process condemns no neighbour. */
export interface Recovery {
  /** Whether an update may be worked on: while suspects are tried, only the one whose turn it is. */
  admits(waiting: WaitingUpdate): boolean;
  /** Whether all may be worked on. */
  isOver(): boolean;
  /** Tries the suspects; then all may be worked on. */
  run(suspects: readonly WaitingUpdate[], dispatch: Pick<Dispatch, "wake" | "ended">): Promise<void>;
}

/** @param stopping begins nothing more once it aborts */
export function createRecovery(clock: Clock, stopping: AbortSignal): Recovery {
  let isOver = false;
  let alone: WaitingUpdate | undefined;

  return {
    admits: (waiting) => isOver || waiting === alone,
    isOver: () => isOver,

    async run(suspects, dispatch) {
      const endsAt = clock.now() + ALL_ALONE_MS;
      for (const suspect of suspects) {
        const leftMs = endsAt - clock.now();
        if (stopping.aborted || leftMs <= 0) break;
        alone = suspect;
        dispatch.wake(suspect.chatKey);
        await endsWithin(dispatch.ended(suspect.chatKey), Math.min(ALONE_MS, leftMs), clock);
      }
      isOver = true;
    },
  };
}
