/** How many run side by side now, the most there were, and how long that many ran together. */
export class InFlight {
  now = 0;
  peak = 0;
  private peakMs = 0;
  private atPeakSinceMs = 0;

  /** One more runs from `nowMs` on (monotonic milliseconds, as in every method here). */
  enter(nowMs: number): void {
    this.now += 1;
    if (this.now < this.peak) return;
    if (this.now > this.peak) {
      this.peak = this.now;
      this.peakMs = 0;
    }
    this.atPeakSinceMs = nowMs;
  }

  /** One of them ended. */
  leave(nowMs: number): void {
    if (this.now === this.peak) this.peakMs += nowMs - this.atPeakSinceMs;
    this.now -= 1;
  }

  /** How long, in milliseconds, as many ran as never before, all such moments added up. */
  peakLastedMs(nowMs: number): number {
    return this.now === this.peak && this.peak > 0 ? this.peakMs + (nowMs - this.atPeakSinceMs) : this.peakMs;
  }

  /** Forgets the peak; what runs now is the new one. */
  restartPeak(nowMs: number): void {
    this.peak = this.now;
    this.peakMs = 0;
    this.atPeakSinceMs = nowMs;
  }
}
