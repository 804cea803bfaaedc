import type { OperationSnapshot } from "../storage/snapshot.ts";
import { InFlight } from "./in-flight.ts";
import { OperationTotals } from "./totals.ts";

/** Minimum time between two warnings of an operation: in an outage every call is slow, and one line is enough. */
const WARNING_INTERVAL_MS = 1_000;

/** An operation's totals since the start, and its calls in flight. */
export interface OperationSinceStart {
  name: string;
  /** `null` when calls are never slow. */
  slowMs: number | null;
  inFlight: number;
  totals: OperationTotals;
}

/**
 * All measurements of one operation. Calls are counted in the current window (a minute, for the snapshot writer); the
 * totals of earlier windows are kept beside it, so that closing a window copies nothing.
 */
export class Operation {
  readonly inFlight = new InFlight();
  private window = new OperationTotals();
  private readonly earlier = new OperationTotals();
  private warnedAtMs = Number.NEGATIVE_INFINITY;
  private unwarned = 0;

  constructor(
    readonly name: string,
    /** The threshold, for reports; Infinity when calls are never slow. */
    public slowMs: number,
  ) {}

  begin(nowMs: number): void {
    this.inFlight.enter(nowMs);
  }

  /** Ends a call that `begin` counted; `errorCode` is set when it failed. */
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

  /** Asks to warn of a slow call: the number of warnings suppressed since the last one, or `null` to suppress it. */
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

  /** The current window, or `null` when nothing happened in it. */
  snapshot(nowMs: number): OperationSnapshot | null {
    const window = this.currentWindow(nowMs);
    return isEmpty(window) ? null : { name: this.name, slowMs: this.threshold(), ...window.encode() };
  }

  /** Totals since the start, or `null` when nothing ever happened. */
  sinceStart(nowMs: number): OperationSinceStart | null {
    const totals = this.totals(nowMs);
    if (isEmpty(totals)) return null;
    return { name: this.name, slowMs: this.threshold(), inFlight: this.inFlight.now, totals };
  }

  /** Closes the current window and opens the next. */
  nextWindow(nowMs: number): void {
    this.earlier.add(this.currentWindow(nowMs));
    this.window = new OperationTotals();
    this.inFlight.restartPeak(nowMs);
  }

  /** Totals since the start. */
  totals(nowMs: number): OperationTotals {
    const totals = new OperationTotals();
    totals.add(this.earlier);
    totals.add(this.currentWindow(nowMs));
    return totals;
  }

  private threshold(): number | null {
    return Number.isFinite(this.slowMs) ? this.slowMs : null;
  }

  /** The window itself, not a copy: it goes on counting. */
  private currentWindow(nowMs: number): OperationTotals {
    this.window.peakInFlight = this.inFlight.peak;
    this.window.peakLastedMs = this.inFlight.peakLastedMs(nowMs);
    return this.window;
  }
}

function isEmpty({ histogram, peakInFlight }: OperationTotals): boolean {
  return histogram.count + peakInFlight === 0;
}
