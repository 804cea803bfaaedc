import type { OperationSnapshot } from "../storage/snapshot.ts";
import { InFlight } from "./in-flight.ts";
import { OperationTotals } from "./totals.ts";

/** The least time between two warnings of one operation: in an outage every call is slow, and one line says it. */
const WARNING_INTERVAL_MS = 1_000;

/** What one operation added up to since the start, and how many of its calls run now. */
export interface OperationSinceStart {
  name: string;
  /** `null` where slowness is no fault. */
  slowMs: number | null;
  inFlight: number;
  totals: OperationTotals;
}

/**
 * Everything known about one operation name. Calls are counted in the present window (a minute, for whoever takes
 * snapshots); what earlier windows held is added up beside it, so a window costs no copying.
 */
export class Operation {
  readonly inFlight = new InFlight();
  private window = new OperationTotals();
  private readonly earlier = new OperationTotals();
  private warnedAtMs = Number.NEGATIVE_INFINITY;
  private unwarned = 0;

  constructor(
    readonly name: string,
    /** The threshold, for reports; infinite where slowness is no fault. */
    public slowMs: number,
  ) {}

  begin(nowMs: number): void {
    this.inFlight.enter(nowMs);
  }

  /** Ends a call that `begin` counted; `errorCode` where it failed. */
  end(startMs: number, endMs: number, errorCode?: string): void {
    this.inFlight.leave(endMs);
    this.count(endMs - startMs, errorCode);
  }

  /** Counts a call that was timed elsewhere. */
  count(durationMs: number, errorCode?: string): void {
    this.window.histogram.record(durationMs);
    if (errorCode !== undefined) this.window.countError(errorCode);
  }

  countSlow(): void {
    this.window.slow += 1;
  }

  /** Asks to warn of a slow call: `null` for no, or how many calls were refused since the last warning. */
  takeWarning(nowMs: number): number | null {
    if (nowMs - this.warnedAtMs < WARNING_INTERVAL_MS) {
      this.unwarned += 1;
      return null;
    }
    const { unwarned } = this;
    this.warnedAtMs = nowMs;
    this.unwarned = 0;
    return unwarned;
  }

  /** What the present window holds, or `null` when nothing happened in it. */
  snapshot(nowMs: number): OperationSnapshot | null {
    const window = this.presentWindow(nowMs);
    return isEmpty(window) ? null : { name: this.name, slowMs: this.threshold(), ...window.encode() };
  }

  /** What all windows hold together, or `null` when nothing ever happened. */
  sinceStart(nowMs: number): OperationSinceStart | null {
    const totals = this.totals(nowMs);
    if (isEmpty(totals)) return null;
    return { name: this.name, slowMs: this.threshold(), inFlight: this.inFlight.now, totals };
  }

  /** Closes the present window and opens the next. */
  nextWindow(nowMs: number): void {
    this.earlier.add(this.presentWindow(nowMs));
    this.window = new OperationTotals();
    this.inFlight.restartPeak(nowMs);
  }

  /** What all windows hold together. */
  totals(nowMs: number): OperationTotals {
    const totals = new OperationTotals();
    totals.add(this.earlier);
    totals.add(this.presentWindow(nowMs));
    return totals;
  }

  private threshold(): number | null {
    return Number.isFinite(this.slowMs) ? this.slowMs : null;
  }

  /** The same object goes on counting. */
  private presentWindow(nowMs: number): OperationTotals {
    this.window.peakInFlight = this.inFlight.peak;
    this.window.peakLastedMs = this.inFlight.peakLastedMs(nowMs);
    return this.window;
  }
}

function isEmpty({ histogram, peakInFlight }: OperationTotals): boolean {
  return histogram.count + peakInFlight === 0;
}
