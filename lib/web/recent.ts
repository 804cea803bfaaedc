import {
  assessHealth,
  type Health,
  largestPart,
  type PerformanceMonitor,
  PROCESS_NAMES,
  RecentOperations,
  type ReportedOperation,
} from "../performance/index.ts";
import { ChartTotals, type Figures } from "./figures.ts";

/** How often a sample is taken. */
export const SAMPLE_MS = 2_000;
/** How long samples are kept in memory. */
export const RECENT_MS = 5 * 60_000;
/** Rates and quantiles cover this many samples, because 2 s alone contain few questions. */
const SAMPLES_PER_FIGURE = 5;

/** The current values at a point in time. */
export interface Sample {
  /** Epoch milliseconds. */
  at: number;
  figures: Figures;
}

export type RecentMonitor = Pick<PerformanceMonitor, "mode" | "sinceStart" | "slowestTraces">;

/** The health shown at the top of the page. */
export interface ShownHealth {
  state: Health["state"] | "unmeasured";
  text: string;
}

/** The last five minutes, kept in memory so that they can be shown while the database is away. */
export class Recent {
  private samples: Sample[] = [];
  private totals: { monotonicMs: number; totals: ChartTotals }[] = [];
  private readonly recentOperations = new RecentOperations(RECENT_MS);

  constructor(private readonly monitor: RecentMonitor) {}

  /** Takes a sample. @param now epoch milliseconds */
  take(now: number, monotonicMs: number): Sample {
    const { operations, gauges, counters, inFlight } = this.monitor.sinceStart();
    const totals = new ChartTotals();
    for (const operation of operations) totals.addOperation(operation.name, operation.totals);
    for (const { name, last } of gauges) totals.addGauge(name, { min: last, max: last });
    for (const [name, total] of Object.entries(counters)) totals.addCounter(name, total);
    this.recentOperations.take(monotonicMs, operations);
    const earlier = this.totals[0] ?? { monotonicMs: monotonicMs - SAMPLE_MS, totals };
    const figures = totals.figures(Math.max(1, monotonicMs - earlier.monotonicMs), earlier.totals);
    const sample = { at: now, figures: { ...figures, inFlight } };
    this.totals = [...this.totals, { monotonicMs, totals }].slice(-SAMPLES_PER_FIGURE);
    // Samples later than now are from before the clock was set back; a chart goes forward only.
    const earlierSamples = this.samples.filter(({ at }) => at > now - RECENT_MS && at < now);
    this.samples = [...earlierSamples, sample];
    return sample;
  }

  /** The samples of the last five minutes, oldest first. */
  all(): readonly Sample[] {
    return this.samples;
  }

  /** Operation statistics of the last five minutes, or since the start if that is more recent. */
  operations(): ReportedOperation[] {
    return this.recentOperations.list();
  }

  /** The worst problem; for a slow operation also the part that most of its time goes to. */
  health(now: number): ShownHealth {
    if (this.monitor.mode === "off") return { state: "unmeasured", text: "PERFORMANCE=off" };
    const operations = this.operations();
    const health = assessHealth(operations);
    if (health.operation !== PROCESS_NAMES.loopDelay) return this.explained(health, now);
    // A slow answer matters more to people than a busy event loop, which may be its cause or a mere detail.
    const other = assessHealth(operations.filter(({ name }) => name !== PROCESS_NAMES.loopDelay));
    if (other.state === "healthy") return health;
    return { ...other, text: `${this.explained(other, now).text}; ${health.text}` };
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
