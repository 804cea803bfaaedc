import type { Clock } from "../core/index.ts";

/** Wrong tokens that an address may send per minute. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Further addresses are counted together, so that memory stays bounded. */
const MAX_ADDRESSES = 1_000;
const ALL_OTHERS = "others";

/** Counts failed attempts by address in fixed windows of a minute. */
export class FailedAttempts {
  private readonly counts = new Map<string, number>();
  /** When the window began, in monotonic milliseconds. */
  private startedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Counts a failure. @returns the seconds the address has to wait, 0 unless it has failed too often in this minute */
  secondsAfter(address: string): number {
    this.startWindow();
    const key = this.keyOf(address);
    const failures = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, failures);
    if (failures <= MAX_FAILURES) return 0;
    return Math.max(1, Math.ceil((this.startedAt + WINDOW_MS - this.clock.monotonic()) / 1000));
  }

  private startWindow(): void {
    const now = this.clock.monotonic();
    if (now - this.startedAt < WINDOW_MS) return;
    this.counts.clear();
    this.startedAt = now;
  }

  private keyOf(address: string): string {
    return this.counts.has(address) || this.counts.size < MAX_ADDRESSES ? address : ALL_OTHERS;
  }
}
