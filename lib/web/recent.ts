import {
  assessHealth,
  type Health,
  type OperationSinceStart,
  OperationTotals,
  type PerformanceMonitor,
  PROCESS_NAMES,
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
const MARK_EVERY_SAMPLES = 30;

/** The present values at a moment. */
export interface Sample {
  /** Epoch milliseconds. */
  at: number;
  figures: Figures;
}

export type RecentMonitor = Pick<PerformanceMonitor, "sinceStart" | "slowestTraces">;

type Operations = readonly OperationSinceStart[];

/** The last five minutes, from the monitor alone: they can be seen even when the database is away. */
export class Recent {
  private samples: Sample[] = [];
  private totals: { at: number; totals: ChartTotals }[] = [];
  private marks: { at: number; operations: Operations }[] = [];
  private latest: Operations = [];
  private taken = 0;

  constructor(private readonly monitor: RecentMonitor) {}

  /** Takes the present values. */
  take(now: number): Sample {
    const { operations, gauges, inFlight } = this.monitor.sinceStart();
    const totals = new ChartTotals();
    for (const operation of operations) totals.addOperation(operation.name, operation.totals);
    for (const { name, last } of gauges) totals.addGauge(name, last);
    this.latest = operations;
    const earlier = this.totals[0] ?? { at: now - SAMPLE_MS, totals };
    const figures = totals.figures(Math.max(1, now - earlier.at), earlier.totals);
    const sample = { at: now, figures: { ...figures, inFlight } };
    this.totals = [...this.totals, { at: now, totals }].slice(-SAMPLES_PER_FIGURE);
    this.samples = [...this.samples, sample].filter(({ at }) => at > now - RECENT_MS);
    if (this.taken % MARK_EVERY_SAMPLES === 0) this.marks.push({ at: now, operations });
    this.marks = this.marks.filter(({ at }) => at >= now - RECENT_MS);
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
    const operations = this.operations();
    const health = assessHealth(operations);
    if (health.operation !== PROCESS_NAMES.loopDelay) return this.explained(health, now);
    // People feel a slow answer; a late event loop may be its cause, or a mere detail beside it.
    const felt = assessHealth(operations.filter(({ name }) => name !== PROCESS_NAMES.loopDelay));
    if (felt.state === "healthy") return health;
    return { ...felt, text: `${this.explained(felt, now).text}; ${health.text}` };
  }

  private explained(health: Health, now: number): Health {
    if (health.state !== "slow") return health;
    const traces = this.monitor
      .slowestTraces()
      .filter(({ startedAtMs, durationMs }) => startedAtMs + durationMs > now - RECENT_MS)
      .filter(({ operation }) => operation === health.operation);
    const cause = largestPart(traces);
    return cause === undefined ? health : { ...health, text: `${health.text}, mostly ${cause}` };
  }
}

/** What an operation counted since an earlier look at it. Its peak is that of the present, as peaks do not subtract. */
function added(now: OperationSinceStart, before: OperationSinceStart | undefined): ReportedOperation {
  const totals = new OperationTotals();
  for (const [code, count] of now.totals.errors) {
    const more = count - (before?.totals.errors.get(code) ?? 0);
    if (more > 0) totals.countError(code, more);
  }
  totals.histogram.add(before ? now.totals.histogram.since(before.totals.histogram) : now.totals.histogram);
  totals.slow = now.totals.slow - (before?.totals.slow ?? 0);
  totals.addPeak(now.totals.peakInFlight, now.totals.peakLastedMs);
  return { name: now.name, slowMs: now.slowMs, ...totals.stats() };
}
