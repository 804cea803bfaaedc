import { setImmediate as nextTurn } from "node:timers/promises";
import { OperationTotals, type ReportedOperation, type Snapshot } from "../performance/index.ts";
import { ChartTotals, FIGURE_NAMES, type FigureName, type Figures } from "./figures.ts";

/** Points that fit a chart; longer spans have longer steps. */
const MAX_POINTS = 180;
const MINUTE_MS = 60_000;

/** Figures over time in columns, the format of the charts. */
export interface Series {
  /** Epoch milliseconds. */
  at: number[];
  columns: Record<FigureName, (number | null)[]>;
}

/** The measurements of a span of time. */
export interface History {
  series: Series;
  operations: ReportedOperation[];
}

/** The snapshots that began in one step of a chart, added up, and the time they cover. */
interface Step {
  totals: ChartTotals;
  fromMs: number;
  toMs: number;
}

/**
 * Adds up stored snapshots of all processes, step by step. Yields to the event loop after each, so that a long span does
 * not block it.
 */
export async function readHistory(
  snapshots: AsyncIterable<Snapshot>,
  fromMs: number,
  toMs: number,
): Promise<History> {
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / MAX_POINTS / MINUTE_MS)) * MINUTE_MS;
  const steps = new Map<number, Step>();
  const operations = new Map<string, { slowMs: number | null; totals: OperationTotals }>();
  for await (const snapshot of snapshots) {
    const at = Math.floor(snapshot.fromMs / stepMs) * stepMs;
    const step = steps.get(at) ?? { totals: new ChartTotals(), fromMs: snapshot.fromMs, toMs: snapshot.toMs };
    for (const gauge of snapshot.gauges) step.totals.addGauge(gauge.name, gauge);
    for (const { name, total } of snapshot.counters ?? []) step.totals.addCounter(name, total);
    step.fromMs = Math.min(step.fromMs, snapshot.fromMs);
    step.toMs = Math.max(step.toMs, snapshot.toMs);
    steps.set(at, step);
    for (const operation of snapshot.operations) {
      const { name, slowMs } = operation;
      const added = new OperationTotals();
      added.addEncoded(operation);
      step.totals.addOperation(name, added);
      const { totals } = operations.get(name) ?? { totals: new OperationTotals() };
      totals.add(added);
      operations.set(name, { slowMs, totals });
    }
    await nextTurn();
  }
  return {
    series: toSeries(pointsOf(steps, stepMs, fromMs)),
    operations: [...operations]
      .map(([name, { slowMs, totals }]) => ({ name, slowMs, ...totals.stats() }))
      .filter(({ count }) => count > 0),
  };
}

/** A point without figures stands where no process ran, so that no line leads across. */
interface Point {
  at: number;
  figures: Figures | null;
}

/** The steps in order, with an empty point wherever more than one step is missing. */
function pointsOf(steps: ReadonlyMap<number, Step>, stepMs: number, earliestMs: number): Point[] {
  const points: Point[] = [];
  let before: Step | undefined;
  for (const [startMs, step] of [...steps].toSorted(([a], [b]) => a - b)) {
    const at = Math.max(startMs, earliestMs);
    const isGap = before && step.fromMs > before.toMs + stepMs;
    if (before && isGap) points.push({ at: (before.toMs + at) / 2, figures: null });
    points.push({ at, figures: step.totals.figures(Math.max(1, step.toMs - step.fromMs)) });
    before = step;
  }
  return points;
}

/** Turns points into columns. */
export function toSeries(points: readonly Point[]): Series {
  const columns = Object.fromEntries(
    FIGURE_NAMES.map((name) => [name, points.map(({ figures }) => rounded(figures?.[name] ?? null))]),
  ) as Series["columns"];
  return { at: points.map(({ at }) => at), columns };
}

/** Four digits are more than a chart can show. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
