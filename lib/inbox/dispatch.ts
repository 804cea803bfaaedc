import { Semaphore } from "async-mutex";

/** The right to work; a chat holds one of a limited number while it is worked on. */
export interface Slot {
  /** Runs `wait` while another chat has the slot; has a slot again when it ends. */
  yieldWhile<T>(wait: () => Promise<T>): Promise<T>;
  /** Whether the chat would get the slot again at once for its next update: nobody waits for one, and nothing stops. */
  isKept(): boolean;
}

export interface DispatchOptions {
  /** How many chats are worked on side by side. */
  maxWorking: number;
  /** Whether the chat has something to do now. */
  isReady(chatKey: string): boolean;
  /** Does the next thing of the chat. Must not throw. */
  work(chatKey: string, slot: Slot): Promise<void>;
  /** Called when there may be a free slot, and when a chat is not worked on any more. */
  onFree?(): void;
}

/** Chats that come back from waiting for the model go before chats that begin. */
const RETURNING = 1;

/** Decides which chat is worked on when: one update of a chat at a time, different chats side by side, in turn. */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #slots: Semaphore;
  /** The chats that are worked on, each with the end of its run. */
  readonly #running = new Map<string, Promise<void>>();
  /** How many chats wait for a slot. */
  #queued = 0;
  #stopped = false;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#slots = new Semaphore(options.maxWorking);
  }

  /** Starts on a chat that has something to do, unless it is being worked on. */
  wake(chatKey: string): void {
    if (this.#stopped || this.#running.has(chatKey) || !this.#options.isReady(chatKey)) return;
    this.#running.set(chatKey, this.#run(chatKey));
  }

  /** Whether the chat is being worked on. */
  isRunning(chatKey: string): boolean {
    return this.#running.has(chatKey);
  }

  freeSlots(): number {
    return this.#stopped ? 0 : this.#slots.getValue();
  }

  /** Begins nothing more; what is in progress goes on. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when the present run of a chat has ended. */
  async ended(chatKey: string): Promise<void> {
    await this.#running.get(chatKey);
  }

  /** Resolves when nothing is in progress. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Releases the slot after each update, so that a busy chat waits its turn like the others. */
  async #run(chatKey: string): Promise<void> {
    while (!this.#stopped && this.#options.isReady(chatKey)) {
      let release = await this.#takeSlot();
      try {
        if (this.#stopped) break;
        await this.#options.work(chatKey, {
          yieldWhile: async (wait) => {
            release();
            this.#options.onFree?.();
            try {
              return await wait();
            } finally {
              release = await this.#takeSlot(RETURNING);
            }
          },
          isKept: () => !this.#stopped && this.#queued === 0,
        });
      } finally {
        release();
      }
    }
    this.#running.delete(chatKey);
    this.#options.onFree?.();
  }

  async #takeSlot(priority = 0): Promise<() => void> {
    this.#queued += 1;
    try {
      const [, release] = await this.#slots.acquire(1, priority);
      return release;
    } finally {
      this.#queued -= 1;
    }
  }
}
