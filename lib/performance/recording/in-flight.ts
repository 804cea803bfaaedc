/** The number of calls in flight, its peak, and how long the peak lasted. */
export class InFlight {
  now = 0;
  peak = 0;
  private peakMs = 0;
  private atPeakSinceMs = 0;

  /** Counts a call that starts at `nowMs` (monotonic milliseconds, as in every method here). */
  enter(nowMs: number): void {
    this.now += 1;
    if (this.now < this.peak) return;
    if (this.now > this.peak) {
      this.peak = this.now;
      this.peakMs = 0;
    }
    this.atPeakSinceMs = nowMs;
  }

  /** Counts a call that ended. */
  leave(nowMs: number): void {
    if (this.now === this.peak) this.peakMs += nowMs - this.atPeakSinceMs;
    this.now -= 1;
  }

  /** How long, in milliseconds, the peak lasted; repeated occurrences add up. */
  peakLastedMs(nowMs: number): number {
    return this.now === this.peak && this.peak > 0 ? this.peakMs + (nowMs - this.atPeakSinceMs) : this.peakMs;
  }

  /** Restarts the peak at the calls now in flight. */
  restartPeak(nowMs: number): void {
    this.peak = this.now;
    this.peakMs = 0;
    this.atPeakSinceMs = nowMs;
  }
}
