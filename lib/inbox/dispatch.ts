import { Semaphore } from "async-mutex";

/** A place among those who work; a chat holds one while it is worked on. */
export interface Place {
  /** Runs `wait` while another chat has the place; has one again when it ends. */
  lend<T>(wait: () => Promise<T>): Promise<T>;
}

export interface DispatchOptions {
  /** How many chats are worked on side by side. */
  maxWorking: number;
  /** Whether the chat has something to do now. */
  isReady(chatKey: string): boolean;
  /** Does the next thing of the chat. Must not throw. */
  work(chatKey: string, place: Place): Promise<void>;
}

/** Decides which chat is worked on when: one thing of a chat at a time, different chats side by side, in turn. */
export interface Dispatch {
  /** Tells that a chat may have something to do. */
  wake(chatKey: string): void;
  /** Begins nothing more; what is under way goes on. */
  stop(): void;
  /** Resolves when the present run of a chat has ended. */
  ended(chatKey: string): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Chats that come back from waiting for the model go before chats that begin. */
const RETURNING = 1;

export function createDispatch({ maxWorking, isReady, work }: DispatchOptions): Dispatch {
  const places = new Semaphore(maxWorking);
  /** The chats in hand, each with the end of its run; a chat is here at most once. */
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  /** Gives the place up between two things of a chat, so that a busy chat waits its turn like the others. */
  async function run(chatKey: string): Promise<void> {
    while (!stopped && isReady(chatKey)) {
      let [, release] = await places.acquire();
      try {
        if (stopped) break;
        await work(chatKey, {
          async lend(wait) {
            release();
            try {
              return await wait();
            } finally {
              [, release] = await places.acquire(1, RETURNING);
            }
          },
        });
      } finally {
        release();
      }
    }
    running.delete(chatKey);
  }

  return {
    wake(chatKey) {
      if (stopped || running.has(chatKey) || !isReady(chatKey)) return;
      running.set(chatKey, run(chatKey));
    },
    stop() {
      stopped = true;
    },
    ended: async (chatKey) => running.get(chatKey),
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}
