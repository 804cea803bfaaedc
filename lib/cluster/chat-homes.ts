import { type Clock, endsWithin, errorCode, type Logger, type Pseudonym } from "../core/index.ts";
import type { ChatHome, ChatHomeStore } from "../store/index.ts";
import { Home } from "./home.ts";
import type { WakeUp, WakeUps } from "./wake-ups.ts";

/** What works on the chats that this instance is the home of. */
export interface ChatWorker {
  /** Works on a chat until nothing is left of it. Rejects when that is not possible now. */
  open(home: ChatHome): Promise<void>;
  /** Takes in what is new of a chat. */
  look(home: ChatHome): Promise<void>;
  /** Whether one more chat can be worked on now, besides those taken a moment ago. @param chats how many are here */
  hasRoom(taken: number, chats: number): boolean;
}

export interface ChatHomesOptions {
  instance: string;
  store: ChatHomeStore;
  wakeUps: Pick<WakeUps, "start" | "next" | "add" | "renew" | "end">;
  worker: ChatWorker;
  pseudonym: Pseudonym;
  clock: Clock;
  logger: Logger;
}

/** How often locks are renewed, in milliseconds. */
const RENEW_MS = 2_000;
/** How often the chats that are here are looked at, in milliseconds: an announcement may be lost. */
const LOOK_MS = 2_000;
/** Pause after a failure, in milliseconds. */
const RETRY_MS = 500;
/** How long an answer of Redis is waited for, in milliseconds. */
const REDIS_MS = 2_000;
/** How long the wait for the next chat may take to end, in milliseconds. */
const STOP_MS = 3_000;
/** With no room, it is looked for again after this time at the latest, in milliseconds. */
const ROOM_MS = 1_000;

/** The chats that this instance is the home of: takes them one by one as long as it has room, and keeps their locks. */
export class ChatHomes {
  readonly #options: ChatHomesOptions;
  readonly #stopping = new AbortController();
  readonly #homes = new Map<string, Home>();
  /** Chats that were taken and are not worked on yet. */
  #opening = 0;
  readonly #working = new Set<Promise<void>>();
  #loops: Promise<unknown> = Promise.resolve();
  #wakeFetch: (() => void) | undefined;

  constructor(options: ChatHomesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#homes.size;
  }

  /** The right to work on a chat, while this instance has it. */
  homeOf(chatKey: string): Home | undefined {
    return this.#homes.get(chatKey);
  }

  start(): void {
    this.#options.wakeUps.start();
    this.#loops = Promise.all([this.#fetch(), this.#renew(), this.#lookAround()]);
  }

  /** There may be room for one more chat. */
  hasMoreRoom(): void {
    this.#wakeFetch?.();
  }

  /** Takes in what is new of chats, as far as they are here. */
  look(chatKeys: Iterable<string>): void {
    for (const chatKey of chatKeys) {
      const home = this.#homes.get(chatKey);
      if (home) void this.#look(home);
    }
  }

  /** Takes no more chats. Those that are here go on; `stop` waits for them. */
  pause(): void {
    this.#stopping.abort();
    this.#wakeFetch?.();
  }

  /** Resolves when no chat is here any more; what is left of them is woken elsewhere. */
  async stop(): Promise<void> {
    this.pause();
    while (this.#working.size > 0) await Promise.all(this.#working);
    await endsWithin(this.#loops, STOP_MS, this.#options.clock); // while Redis is away, the wait for a chat goes on
    await Promise.all(this.#working);
  }

  async #fetch(): Promise<void> {
    const { wakeUps, worker, clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (!worker.hasRoom(this.#opening, this.#homes.size)) {
        await this.#room();
        continue;
      }
      const wakeUp = await wakeUps.next().catch(() => null);
      if (wakeUp === null) await clock.sleep(RETRY_MS, signal).catch(() => {});
      else if (wakeUp) this.#begin(wakeUp, signal.aborted);
    }
  }

  async #room(): Promise<void> {
    const waiting = new AbortController();
    this.#wakeFetch = () => waiting.abort();
    await this.#options.clock.sleep(ROOM_MS, waiting.signal).catch(() => {});
    this.#wakeFetch = undefined;
  }

  /** @param isLeft whether the chat was taken while this instance began to stop, and is left to another one */
  #begin(wakeUp: WakeUp, isLeft: boolean): void {
    const working = this.#work(wakeUp, isLeft).finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  async #work(wakeUp: WakeUp, isLeft: boolean): Promise<void> {
    const { wakeUps, clock, logger } = this.#options;
    const { chatKey } = wakeUp;
    try {
      const home = isLeft ? null : await this.#take(wakeUp);
      if (home) await this.#run(home);
    } catch (error) {
      // The sweeper wakes the chat again.
      logger.debug("A chat could not be worked on", {
        chat: this.#options.pseudonym(chatKey),
        code: errorCode(error),
      });
    }
    await endsWithin(wakeUps.end(wakeUp), REDIS_MS, clock); // it goes on when Redis is back
    if (this.#stopping.signal.aborted) await wakeUps.add([chatKey]).catch(() => {});
  }

  async #take(wakeUp: WakeUp): Promise<Home | null> {
    const { instance, store, clock } = this.#options;
    this.#opening += 1;
    try {
      const fence = await store.take(wakeUp.chatKey, instance, new Date(clock.now()));
      return fence === null ? null : new Home(wakeUp, { fence, owner: instance }, { store, clock });
    } finally {
      this.#opening -= 1;
    }
  }

  async #run(home: Home): Promise<void> {
    const { chatKey } = home;
    this.#homes.get(chatKey)?.lose(); // its lock was lost unnoticed
    this.#homes.set(chatKey, home);
    try {
      await this.#options.worker.open(home);
    } finally {
      home.lose();
      if (this.#homes.get(chatKey) === home) this.#homes.delete(chatKey);
    }
  }

  /** Renews the locks of all chats. */
  async #renew(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stopping.signal.aborted || this.#working.size > 0) {
      await this.#pauseBetween(RENEW_MS);
      const homes = [...this.#homes.values()];
      if (homes.length === 0) continue;
      const askedAt = clock.monotonic();
      // While Redis is away, the database tells who works on a chat.
      await endsWithin(
        this.#renewAll(homes, askedAt).catch(() => {}),
        REDIS_MS,
        clock,
      );
    }
  }

  /** Looks at all chats, without waiting for Redis. */
  async #lookAround(): Promise<void> {
    while (!this.#stopping.signal.aborted || this.#working.size > 0) {
      await this.#pauseBetween(LOOK_MS);
      this.look(this.#homes.keys());
    }
  }

  async #pauseBetween(ms: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    if (!signal.aborted) return await clock.sleep(ms, signal).catch(() => {});
    await clock.sleep(ms / 4);
  }

  async #renewAll(homes: readonly Home[], askedAt: number): Promise<void> {
    const { wakeUps, logger } = this.#options;
    const lost = new Set(await wakeUps.renew(homes.map(({ wakeUp }) => wakeUp)));
    for (const home of homes) {
      if (!lost.has(home.wakeUp)) home.renewed(askedAt);
      else if (this.#homes.get(home.chatKey) === home) {
        logger.info("Another instance takes over a chat", { chat: this.#options.pseudonym(home.chatKey) });
        home.lose();
      }
    }
  }

  async #look(home: Home): Promise<void> {
    try {
      await this.#options.worker.look(home);
    } catch (error) {
      const details = { chat: this.#options.pseudonym(home.chatKey), code: errorCode(error) };
      this.#options.logger.debug("New updates of a chat could not be read", details);
    }
  }
}
