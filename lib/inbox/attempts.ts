import type { UpdateChange, UpdateStore } from "../store/index.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

/** Counts how often an update was begun, in memory and in the store. */
export interface Attempts {
  /** Counts the present try before any work, so that an update that kills the process still runs out of attempts. */
  begin(waiting: WaitingUpdate): Promise<void>;
  /** Counts the coming try in the store, so that `begin` need not tell it. */
  beginAhead(waiting: WaitingUpdate): Promise<void>;
  /** Gives the present try back, as if it had not been begun. */
  putBack(waiting: WaitingUpdate): Promise<void>;
  /** Gives the present try back while the store cannot be told; `putBack` tells it later. */
  interrupt(waiting: WaitingUpdate): void;
  /** Ends a try that failed: it stays counted, and the next one comes not before `notBefore`. */
  fail(waiting: WaitingUpdate): Promise<void>;
}

export function createAttempts(store: UpdateStore): Attempts {
  async function change(
    waiting: WaitingUpdate,
    storedAs: "waiting" | "begun",
    progress: Omit<UpdateChange, "state">,
  ): Promise<void> {
    waiting.storedAs = "unsure";
    const state = storedAs === "begun" ? "processing" : "received";
    await store.change(waiting.id, { state, ...progress });
    waiting.storedAs = storedAs;
  }

  return {
    async begin(waiting) {
      if (waiting.isCounted) return;
      waiting.attempts += 1;
      waiting.isCounted = true;
      if (waiting.storedAs !== "begun") await change(waiting, "begun", { attempts: waiting.attempts });
    },

    beginAhead: (waiting) => change(waiting, "begun", { attempts: waiting.attempts + 1 }),

    async putBack(waiting) {
      interrupt(waiting);
      await change(waiting, "waiting", { attempts: waiting.attempts });
    },

    interrupt,

    async fail(waiting) {
      waiting.isCounted = false;
      const { attempts, notBefore } = waiting;
      await change(waiting, "waiting", { attempts, notBefore: new Date(notBefore) });
    },
  };
}

function interrupt(waiting: WaitingUpdate): void {
  if (waiting.isCounted) waiting.attempts -= 1;
  waiting.isCounted = false;
}
