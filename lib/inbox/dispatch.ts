import { Semaphore } from "async-mutex";

/** A place among those who work; a chat holds one while it is worked on. */
export interface Place {
  /** Runs `wait` while another chat has the place; has one again when it ends. */
  lend<T>(wait: () => Promise<T>): Promise<T>;
  /** Whether the chat would have it again at once for its next thing: nobody waits for one, and nothing ends. */
  isKept(): boolean;
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
  /** How many chats more can be worked on at once. */
  freePlaces(): number;
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
  /** How many chats wait for a place. */
  let inLine = 0;
  let stopped = false;

  async function takePlace(priority = 0): Promise<() => void> {
    inLine += 1;
    try {
      const [, release] = await places.acquire(1, priority);
      return release;
    } finally {
      inLine -= 1;
    }
  }

  /** Gives the place up between two things of a chat, so that a busy chat waits its turn like the others. */
  async function run(chatKey: string): Promise<void> {
    while (!stopped && isReady(chatKey)) {
      let release = await takePlace();
      try {
        if (stopped) break;
        await work(chatKey, {
          async lend(wait) {
            release();
            try {
              return await wait();
            } finally {
              release = await takePlace(RETURNING);
            }
          },
          isKept: () => !stopped && inLine === 0,
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
    freePlaces: () => (stopped ? 0 : places.getValue()),
    stop() {
      stopped = true;
    },
    ended: async (chatKey) => running.get(chatKey),
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}
