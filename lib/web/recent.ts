import {
  assessHealth,
  type Health,
  Histogram,
  type OperationSnapshot,
  OperationTotals,
  type PerformanceMonitor,
  type ReportedOperation,
} from "../performance/index.ts";
import { largestPart } from "./cause.ts";
import { ChartTotals, type Figures } from "./figures.ts";

/** How often the present values are taken. */
export const SAMPLE_MS = 2_000;
/** How long they are kept in memory. */
export const RECENT_MS = 5 * 60_000;
/** Rates and quantiles of a point tell of the last so many samples: 2 s alone would hold a question or none. */
const SAMPLES_PER_FIGURE = 5;
/** How often what each operation has counted is put aside, to tell later what the last five minutes added. */
const MARK_EVERY_SAMPLES = 15;

/** The present values at a moment. */
export interface Sample {
  /** Epoch milliseconds. */
  at: number;
  figures: Figures;
}

export type RecentMonitor = Pick<PerformanceMonitor, "sinceStart" | "getConcurrencyStats" | "slowestTraces">;

/** The last five minutes, from the monitor alone: they can be seen even when the database is away. */
export class Recent {
  private samples: Sample[] = [];
  private totals: { at: number; totals: ChartTotals }[] = [];
  private marks: { at: number; operations: OperationSnapshot[] }[] = [];
  private latest: OperationSnapshot[] = [];
  private taken = 0;

  constructor(private readonly monitor: RecentMonitor) {}

  /** Takes the present values. */
  take(now: number): Sample {
    const measurements = this.monitor.sinceStart();
    const totals = new ChartTotals();
    // Of a gauge, the present value, not the highest of the minute.
    totals.add({
      ...measurements,
      gauges: measurements.gauges.map((gauge) => ({ ...gauge, max: gauge.last })),
    });
    this.latest = measurements.operations;
    const earlier = this.totals[0] ?? { at: now - SAMPLE_MS, totals };
    const figures = totals.figures(Math.max(1, now - earlier.at), earlier.totals);
    const sample = {
      at: now,
      figures: { ...figures, inFlight: this.monitor.getConcurrencyStats().inFlight },
    };
    this.totals = [...this.totals, { at: now, totals }].slice(-SAMPLES_PER_FIGURE);
    this.samples = [...this.samples, sample].filter(({ at }) => at > now - RECENT_MS);
    if (this.taken % MARK_EVERY_SAMPLES === 0) this.mark(now);
    this.taken += 1;
    return sample;
  }

  /** The values taken in the last five minutes, oldest first. */
  all(): readonly Sample[] {
    return this.samples;
  }

  /** What every operation added in the last five minutes, or since the start if that is less long ago. */
  operations(): ReportedOperation[] {
    const before = new Map(this.marks[0]?.operations.map((operation) => [operation.name, operation]));
    return this.latest
      .map((operation) => added(operation, before.get(operation.name)))
      .filter(({ count }) => count > 0);
  }

  /** What is the matter, and what most of the time goes to where something is slow. */
  health(now: number): Health {
    const health = assessHealth(this.operations());
    const slow = this.monitor
      .slowestTraces()
      .filter(({ startedAtMs, durationMs }) => startedAtMs + durationMs > now - RECENT_MS)
      .filter(({ operation }) => operation === health.operation);
    const cause = health.state === "slow" ? largestPart(slow) : undefined;
    return cause === undefined ? health : { ...health, text: `${health.text}, mostly ${cause}` };
  }

  private mark(now: number): void {
    this.marks = [...this.marks, { at: now, operations: this.latest }].filter(
      ({ at }) => at >= now - RECENT_MS,
    );
  }
}

/** What an operation counted since an earlier look at it. Its peak is that of the present, as peaks do not subtract. */
function added(now: OperationSnapshot, before: OperationSnapshot | undefined): ReportedOperation {
  const totals = new OperationTotals();
  const earlierErrors = new Map(before?.errors.map(({ code, count }) => [code, count]));
  for (const { code, count } of now.errors) {
    const more = count - (earlierErrors.get(code) ?? 0);
    if (more > 0) totals.countError(code, more);
  }
  totals.histogram.add(decoded(now).since(before ? decoded(before) : new Histogram()));
  totals.slow = now.slow - (before?.slow ?? 0);
  totals.addPeak(now.peakInFlight, now.peakLastedMs);
  return { name: now.name, slowMs: now.slowMs, ...totals.stats() };
}

function decoded({ histogram: encoded }: OperationSnapshot): Histogram {
  const histogram = new Histogram();
  histogram.addEncoded(encoded);
  return histogram;
}
