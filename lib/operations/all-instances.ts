import { type ReportedOperation, type Snapshot, summarize } from "../performance/index.ts";
import type { PerformanceStore } from "../store/index.ts";

/** A snapshot younger than this, in milliseconds, is of an instance that runs: each writes every 10 s. */
const RUNNING_MS = 40_000;

/** What all instances measured together. */
export interface TogetherFigures {
  /** Those of the span. */
  operations: readonly ReportedOperation[];
  /** The present values of a gauge, one of each instance that runs. */
  gauge(name: string): number[];
}

/** Adds up what all instances measured in the last `spanMs`, to the minute, as far as they have saved it. */
export async function readTogether(
  performance: Pick<PerformanceStore, "list">,
  nowMs: number,
  spanMs: number,
): Promise<TogetherFigures> {
  const records = await performance.list("minute", new Date(nowMs - spanMs), new Date(nowMs + 1));
  const snapshots = records.map(({ snapshot }) => JSON.parse(snapshot) as Snapshot);
  const newest = new Map<string, Snapshot>();
  for (const snapshot of snapshots.toSorted((a, b) => a.toMs - b.toMs)) {
    if (snapshot.toMs > nowMs - RUNNING_MS) newest.set(snapshot.instances.join(), snapshot);
  }
  return {
    operations: (summarize(snapshots)?.operations ?? []).filter(({ count }) => count > 0),
    gauge: (name) =>
      [...newest.values()].flatMap(({ gauges }) => gauges.find((gauge) => gauge.name === name)?.last ?? []),
  };
}
