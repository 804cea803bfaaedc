import { type EncodedHistogram, Histogram } from "./histogram.ts";

/** Further codes of an operation are counted together. */
const MAX_ERROR_CODES = 30;
const OTHER_ERRORS = "other";

/** An operation's statistics as plain numbers. Times are in milliseconds. */
export interface OperationStats {
  /** Completed calls, including failed ones. */
  count: number;
  /** Failed calls by error code. */
  errors: Record<string, number>;
  /** Calls at or over their slow threshold. */
  slow: number;
  p50Ms: number;
  p90Ms: number;
  p95Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
  meanMs: number;
  /** The most calls that ran at once in one process. */
  peakInFlight: number;
  /** How long that peak lasted. */
  peakLastedMs: number;
}

/** Totals as they are stored. Errors are a list because codes may contain dots, which field names should not. */
export interface EncodedTotals {
  histogram: EncodedHistogram;
  errors: { code: string; count: number }[];
  slow: number;
  peakInFlight: number;
  peakLastedMs: number;
}

/** An operation's totals over some time; two of them can be added without losing accuracy. */
export class OperationTotals {
  readonly histogram = new Histogram();
  readonly errors = new Map<string, number>();
  slow = 0;
  peakInFlight = 0;
  peakLastedMs = 0;

  countError(code: string, count = 1): void {
    const key = this.errors.has(code) || this.errors.size < MAX_ERROR_CODES ? code : OTHER_ERRORS;
    this.errors.set(key, (this.errors.get(key) ?? 0) + count);
  }

  /** Keeps the higher of two peaks; the durations of equal ones add up. */
  addPeak(peakInFlight: number, peakLastedMs: number): void {
    if (peakInFlight > this.peakInFlight) {
      this.peakInFlight = peakInFlight;
      this.peakLastedMs = peakLastedMs;
    } else if (peakInFlight === this.peakInFlight) {
      this.peakLastedMs += peakLastedMs;
    }
  }

  add(other: OperationTotals): void {
    this.histogram.add(other.histogram);
    for (const [code, count] of other.errors) this.countError(code, count);
    this.slow += other.slow;
    this.addPeak(other.peakInFlight, other.peakLastedMs);
  }

  stats(): OperationStats {
    const { histogram } = this;
    return {
      count: histogram.count,
      errors: Object.fromEntries(this.errors),
      slow: this.slow,
      p50Ms: histogram.quantile(0.5),
      p90Ms: histogram.quantile(0.9),
      p95Ms: histogram.quantile(0.95),
      p99Ms: histogram.quantile(0.99),
      p999Ms: histogram.quantile(0.999),
      maxMs: histogram.maxMs,
      meanMs: histogram.mean(),
      peakInFlight: this.peakInFlight,
      peakLastedMs: this.peakLastedMs,
    };
  }

  encode(): EncodedTotals {
    return {
      histogram: this.histogram.encode(),
      errors: [...this.errors].map(([code, count]) => ({ code, count })),
      slow: this.slow,
      peakInFlight: this.peakInFlight,
      peakLastedMs: this.peakLastedMs,
    };
  }

  /**
   * Adds stored totals.
   * @throws AppError `HISTOGRAM_INVALID` when the histogram was not written by `encode`.
   */
  addEncoded({ histogram, errors, slow, peakInFlight, peakLastedMs }: EncodedTotals): void {
    this.histogram.addEncoded(histogram);
    for (const { code, count } of errors) this.countError(code, count);
    this.slow += slow;
    this.addPeak(peakInFlight, peakLastedMs);
  }
}
