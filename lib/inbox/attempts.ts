import type { UpdateStore } from "../store/index.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

/** Counts how often an update was begun, in memory and in the store. */
export interface Attempts {
  /** Counts the present try before any work, so that an update that kills the process still runs out of attempts. */
  begin(waiting: WaitingUpdate): Promise<void>;
  /** Gives the present try back, as if it had not been begun. */
  putBack(waiting: WaitingUpdate): Promise<void>;
  /** Gives the present try back while the store cannot be told; `putBack` tells it later. */
  interrupt(waiting: WaitingUpdate): void;
  /** Ends a try that failed: it stays counted, and the next one comes not before `notBefore`. */
  fail(waiting: WaitingUpdate): Promise<void>;
}

export function createAttempts(store: UpdateStore): Attempts {
  return {
    async begin(waiting) {
      if (waiting.isCounted) return;
      waiting.attempts += 1;
      waiting.isCounted = true;
      waiting.isInterrupted = false;
      await store.change(waiting.id, { state: "processing", attempts: waiting.attempts });
    },

    async putBack(waiting) {
      uncount(waiting);
      waiting.isInterrupted = false;
      await store.change(waiting.id, { state: "received", attempts: waiting.attempts });
    },

    interrupt(waiting) {
      uncount(waiting);
      waiting.isInterrupted = true;
    },

    async fail(waiting) {
      waiting.isCounted = false;
      const { id, attempts, notBefore } = waiting;
      await store.change(id, { state: "received", attempts, notBefore: new Date(notBefore) });
    },
  };
}

function uncount(waiting: WaitingUpdate): void {
  if (waiting.isCounted) waiting.attempts -= 1;
  waiting.isCounted = false;
}
