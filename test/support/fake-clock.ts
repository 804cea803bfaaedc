import type { Clock } from "../../lib/core/index.ts";

/** A clock that a test advances: sleepers wake, in order of their time, while `advance` passes it. */
export class FakeClock implements Clock {
  private time: number;
  /** How far the wall clock was set, in milliseconds. */
  private setByMs = 0;
  private sleepers: { wakeAt: number; wake: () => void }[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.time = start;
  }

  readonly now = (): number => this.time + this.setByMs;

  readonly monotonic = (): number => this.time;

  /** Sets the wall clock forward or back, as an operator or a time server may; timers do not notice. */
  setWallClock(byMs: number): void {
    this.setByMs += byMs;
  }

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const giveUp = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const sleeper = { wakeAt: this.time + ms, wake };
      this.sleepers.push(sleeper);
      signal?.addEventListener("abort", giveUp, { once: true });
    });

  /** How many sleepers wait. */
  get sleeping(): number {
    return this.sleepers.length;
  }

  /** How long until the next sleeper wakes, in milliseconds; Infinity when nobody sleeps. */
  get nextInMs(): number {
    return Math.min(...this.sleepers.map(({ wakeAt }) => wakeAt)) - this.time;
  }

  /** Moves time on by `ms`, waking each sleeper at its own moment and letting its consequences settle. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const next = this.sleepers
        .filter(({ wakeAt }) => wakeAt <= end)
        .toSorted((a, b) => a.wakeAt - b.wakeAt)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.wakeAt);
      this.sleepers = this.sleepers.filter((other) => other !== next);
      next.wake();
    }
    this.time = end;
    await settle();
  }
}

/** Lets everything that can run now run: promise callbacks, and I/O that is already ready. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
