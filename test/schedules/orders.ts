import type * as fc from "fast-check";
import type { Clock } from "../../lib/core/index.ts";

/** What a process that was killed gets from anything it still waits for. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

interface Sleeper {
  wakeAt: number;
  wake(): void;
}

/**
 * Chooses the order of everything that takes time: each call takes effect when it is chosen, and is answered when it is
 * chosen again. Time passes when nothing else is left, and now and then before.
 */
export class Orders {
  /** Virtual milliseconds. */
  time = 0;
  /** Calls that nobody waits for any more, and that take effect before time passes. */
  overdue = 0;
  /** How far the wall clock was set. */
  wallClockMs = 0;
  readonly #scheduler: fc.Scheduler;
  readonly #isSlow: () => boolean;
  #sleepers: Sleeper[] = [];

  /** @param isSlow whether time passes now although calls wait */
  constructor(scheduler: fc.Scheduler, isSlow: () => boolean) {
    this.#scheduler = scheduler;
    this.#isSlow = isSlow;
  }

  /** Waits until it is chosen. */
  async turn(label: string): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), label);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        wakeAt: this.time + ms,
        wake() {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Runs until it is over. @returns false when everybody waits for ever, or for longer than `steps` choices */
  async run(isOver: () => boolean, steps = 3_000): Promise<boolean> {
    for (let step = 0; step < steps; step += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver()) return true;
      const next = this.#sleepers.toSorted((a, b) => a.wakeAt - b.wakeAt)[0];
      const isTimeUp = next && (this.#scheduler.count() === 0 || (this.overdue === 0 && this.#isSlow()));
      if (isTimeUp) {
        this.time = Math.max(this.time, next.wakeAt);
        this.#sleepers = this.#sleepers.filter((other) => other !== next);
        next.wake();
      } else if (this.#scheduler.count() > 0) await this.#scheduler.waitNext(1);
      else return false;
    }
    return false;
  }
}

/** One process: once it is dead, nothing of it reaches anybody, and nobody answers it. */
export class Life {
  isDead = false;
  readonly clock: Clock;
  readonly #orders: Orders;
  readonly #startedAt: number;
  /** Calls until its death. */
  #callsLeft: number;

  constructor(orders: Orders, callsLeft = Number.POSITIVE_INFINITY) {
    this.#orders = orders;
    this.#startedAt = orders.time;
    this.#callsLeft = callsLeft;
    this.clock = {
      now: () => Date.UTC(2026, 0, 1) + orders.time + orders.wallClockMs,
      monotonic: () => orders.time - this.#startedAt,
      sleep: async (ms, signal) => {
        if (!this.isDead) await orders.sleep(ms, signal);
        if (this.isDead) await never();
      },
    };
  }

  /** Does something outside the process. */
  async call<T>(label: string, effect: () => T | Promise<T>): Promise<T> {
    await this.#orders.turn(label);
    if (this.isDead) return never();
    this.#callsLeft -= 1;
    let result: T;
    try {
      result = await effect();
    } finally {
      if (this.#callsLeft <= 0) this.isDead = true; // it took effect, but nobody hears of it
      await this.#orders.turn(`${label}: answer`);
      if (this.isDead) await never();
    }
    return result;
  }

  /** An object whose methods are calls. */
  outside<Methods extends object>(name: string, methods: Methods): Methods {
    return new Proxy(methods, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) =>
          this.call(`${name}.${String(key)}`, () =>
            (method as (...args: unknown[]) => unknown).apply(target, args),
          );
      },
    });
  }
}
