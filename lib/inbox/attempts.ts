import type { UpdateChange, UpdateStore } from "../store/index.ts";
import type { WaitingUpdate } from "./mailboxes.ts";

/** Counts the attempts of updates, in memory and in the store. */
export class Attempts {
  readonly #store: Pick<UpdateStore, "change">;

  constructor(store: Pick<UpdateStore, "change">) {
    this.#store = store;
  }

  /** Counts the present attempt before any work, so that an update that kills the process still runs out of attempts. */
  async begin(waiting: WaitingUpdate): Promise<void> {
    if (waiting.isCounted) return;
    waiting.attempts += 1;
    waiting.isCounted = true;
    if (waiting.storedAs !== "begun") await this.#change(waiting, "begun", { attempts: waiting.attempts });
  }

  /** Counts the coming attempt in the store, which saves `begin` the write. */
  beginAhead(waiting: WaitingUpdate): Promise<void> {
    return this.#change(waiting, "begun", { attempts: waiting.attempts + 1 });
  }

  /** Gives the present attempt back, as if it had not been begun. */
  async putBack(waiting: WaitingUpdate): Promise<void> {
    this.interrupt(waiting);
    await this.#change(waiting, "waiting", { attempts: waiting.attempts });
  }

  /** Gives the present attempt back in memory, while the store is away; `putBack` stores it later. */
  interrupt(waiting: WaitingUpdate): void {
    if (waiting.isCounted) waiting.attempts -= 1;
    waiting.isCounted = false;
  }

  /** Ends an attempt that failed: it stays counted, and after a restart the next one starts at `notBefore`. */
  async fail(waiting: WaitingUpdate, notBefore: Date): Promise<void> {
    waiting.isCounted = false;
    await this.#change(waiting, "waiting", { attempts: waiting.attempts, notBefore });
  }

  async #change(
    waiting: WaitingUpdate,
    storedAs: "waiting" | "begun",
    progress: Omit<UpdateChange, "state">,
  ): Promise<void> {
    waiting.storedAs = "unsure";
    const state = storedAs === "begun" ? "processing" : "received";
    await this.#store.change(waiting.id, { state, ...progress }, waiting.home?.claim);
    waiting.storedAs = storedAs;
  }
}
