import type { Clock } from "../core/index.ts";

/** Wrong tokens an address may give in a minute before it has to wait for the next. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Addresses remembered at once; beyond that, all others count as one, so that memory stays small. */
const MAX_ADDRESSES = 1_000;
const ALL_OTHERS = "others";

/** Counts failed attempts by address, minute by minute. */
export class FailedAttempts {
  private readonly counts = new Map<string, number>();
  private startedAt = 0;

  constructor(private readonly clock: Clock) {}

  /** Whether the address has failed too often to be heard this minute. */
  isBarred(address: string): boolean {
    this.forgetOld();
    return (this.counts.get(this.keyOf(address)) ?? 0) >= MAX_FAILURES;
  }

  add(address: string): void {
    this.forgetOld();
    const key = this.keyOf(address);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** How long until all are heard again, in seconds. */
  secondsLeft(): number {
    return Math.max(1, Math.ceil((this.startedAt + WINDOW_MS - this.clock.now()) / 1000));
  }

  private forgetOld(): void {
    if (this.clock.now() - this.startedAt < WINDOW_MS) return;
    this.counts.clear();
    this.startedAt = this.clock.now();
  }

  private keyOf(address: string): string {
    return this.counts.has(address) || this.counts.size < MAX_ADDRESSES ? address : ALL_OTHERS;
  }
}
