import type { Clock } from "../../../lib/core/index.ts";

/** Turns of the event loop after which nothing is runnable. */
const TURNS = 5;

/** A clock that jumps to the next sleeper's time as soon as nothing else is runnable: hours pass in seconds. */
export class VirtualClock implements Clock {
  private time = Date.UTC(2026, 0, 1);
  /** Ordered by wake time. */
  private readonly sleepers: { wakeAt: number; wake: () => void }[] = [];

  readonly now = (): number => this.time;

  readonly monotonic = (): number => this.time;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const giveUp = (): void => {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const sleeper = { wakeAt: this.time + ms, wake };
      const later = this.sleepers.findIndex(({ wakeAt }) => wakeAt > sleeper.wakeAt);
      this.sleepers.splice(later < 0 ? this.sleepers.length : later, 0, sleeper);
      signal?.addEventListener("abort", giveUp, { once: true });
    });

  /** The number of sleepers. */
  get sleeping(): number {
    return this.sleepers.length;
  }

  /** Advances time until `work`, which must not do I/O, has ended. */
  async pass<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => {}); // the caller handles it
    while (!isOver) {
      await settle();
      const next = isOver ? undefined : this.sleepers.shift();
      if (!next) continue;
      this.time = next.wakeAt;
      next.wake();
    }
    return await over;
  }
}

/** Lets everything run that can run now: some of it, as a stream or a part of a long work, takes turns of the loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
