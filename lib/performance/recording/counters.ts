import type { CounterSnapshot } from "../storage/snapshot.ts";

/** Amounts that only grow, such as tokens: for the current window and since the start. */
export class Counters {
  private readonly sinceStart = new Map<string, number>();
  private window = new Map<string, number>();

  add(name: string, amount: number): void {
    this.window.set(name, (this.window.get(name) ?? 0) + amount);
    this.sinceStart.set(name, (this.sinceStart.get(name) ?? 0) + amount);
  }

  totals(): Record<string, number> {
    return Object.fromEntries(this.sinceStart);
  }

  snapshot(): CounterSnapshot[] {
    return [...this.window].map(([name, total]) => ({ name, total }));
  }

  nextWindow(): void {
    this.window = new Map();
  }
}
