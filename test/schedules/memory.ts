import type { ErasureRecord, ErasureStore, PersonalDataStore } from "../../lib/store/index.ts";
import { MemoryOutboxStore } from "../support/memory-stores/outbox-store.ts";
import { MemoryUpdateStore } from "../support/memory-stores/update-store.ts";

/** One message of the history. */
interface Said {
  seq: number;
  personId: number;
  text: string;
  withdrawnBy?: readonly number[];
}

/** What outlives a process. */
export class Memory {
  readonly updates = new MemoryUpdateStore();
  readonly sends = new MemoryOutboxStore();
  readonly messages = new Map<string, Said>();
  readonly marks = new Map<number, ErasureRecord>();

  readonly history = {
    add: async (id: string, message: Said): Promise<void> => {
      if (!this.messages.has(id)) this.messages.set(id, message);
    },
    find: async (id: string): Promise<Said | null> => this.messages.get(id) ?? null,
    wasWithdrawnBy: async (seq: number): Promise<boolean> =>
      [...this.messages.values()].some(({ withdrawnBy }) => withdrawnBy?.includes(seq)),
  };

  readonly erasures: ErasureStore = {
    begin: async (personId, mark) => {
      const known = this.marks.get(personId);
      if (known && known.seq >= mark.seq) return;
      this.marks.set(personId, { _id: personId, isFinished: false, ...mark });
    },
    find: async (personId) => this.marks.get(personId) ?? null,
    unfinished: async () => [...this.marks.values()].filter(({ isFinished }) => !isFinished),
    finish: async (personId, seq) => {
      const mark = this.marks.get(personId);
      if (mark?.seq === seq) mark.isFinished = true;
    },
  };

  readonly personalData: Omit<PersonalDataStore, "collect"> = {
    erase: async (subject) => this.#erase(subject),
    isSettled: async (seq) => this.#open().every((update) => update.seq > seq),
    purge: async () => {},
    eraseRest: async (subject) => {
      this.#erase(subject);
      return true;
    },
  };

  /** Whether everything that arrived has its outcome. */
  isAtRest(updates: number): boolean {
    return (
      this.updates.records.size === updates &&
      this.#open().length === 0 &&
      [...this.sends.records.values()].every(({ state }) => state === "sent" || state === "failed") &&
      [...this.marks.values()].every(({ isFinished }) => isFinished)
    );
  }

  /** What is left of people up to the update with which they erased it. */
  remains(): string[] {
    return [...this.messages]
      .filter(([, { personId, seq }]) => seq <= (this.marks.get(personId)?.seq ?? -1))
      .map(([id]) => id);
  }

  #open() {
    return [...this.updates.records.values()].filter(({ state }) => state !== "done" && state !== "dead");
  }

  #erase({ telegramUserId, seq }: { telegramUserId: number; seq: number }): void {
    for (const [id, message] of this.messages) {
      if (message.personId === telegramUserId && message.seq <= seq) this.messages.delete(id);
    }
  }
}
