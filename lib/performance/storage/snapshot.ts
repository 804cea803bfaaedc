import { type EncodedTotals, OperationTotals } from "../recording/totals.ts";

/** One operation's part of a snapshot. */
export interface OperationSnapshot extends EncodedTotals {
  name: string;
  /** The slow threshold in milliseconds; `null` when calls are never slow, as for a long poll. */
  slowMs: number | null;
}

/** The readings of a gauge. */
export interface GaugeSnapshot {
  name: string;
  last: number;
  min: number;
  max: number;
}

/** The increase of a counter. */
export interface CounterSnapshot {
  name: string;
  total: number;
}

/** Measurements over some time: plain JSON of bounded size. Lists rather than maps, because names contain dots. */
export interface Measurements {
  operations: OperationSnapshot[];
  gauges: GaugeSnapshot[];
  /** Missing in snapshots from before there were counters. */
  counters?: CounterSnapshot[];
}

/** Measurements of a span of time, usually a minute: of one process, or merged from several. */
export interface Snapshot extends Measurements {
  /** Unique per process run and minute; saving it again replaces the earlier version. */
  id: string;
  /** The processes it covers. */
  instances: string[];
  /** When the (earliest) process began to measure. Epoch milliseconds, as all times here. */
  runStartedAtMs: number;
  fromMs: number;
  toMs: number;
}

/**
 * Merges snapshots of different minutes and processes, in any order, without loss: counts and histograms add up, peaks
 * and extremes keep the most extreme, a gauge's last value is the newest. The id is that of the earliest.
 */
export function mergeSnapshots(snapshots: readonly [Snapshot, ...Snapshot[]]): Snapshot {
  const inOrder = snapshots.toSorted((a, b) => a.toMs - b.toMs);
  return {
    id: (inOrder[0] ?? snapshots[0]).id,
    instances: [...new Set(inOrder.flatMap(({ instances }) => instances))],
    runStartedAtMs: Math.min(...inOrder.map(({ runStartedAtMs }) => runStartedAtMs)),
    fromMs: Math.min(...inOrder.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...inOrder.map(({ toMs }) => toMs)),
    operations: mergeOperations(inOrder.flatMap(({ operations }) => operations)),
    gauges: mergeGauges(inOrder.flatMap(({ gauges }) => gauges)),
    counters: mergeCounters(inOrder.flatMap(({ counters = [] }) => counters)),
  };
}

/** Merges the readings of gauges by name; the oldest come first. */
export function mergeGauges(gauges: readonly GaugeSnapshot[]): GaugeSnapshot[] {
  const byName = new Map<string, GaugeSnapshot>();
  for (const { name, last, min, max } of gauges) {
    const known = byName.get(name) ?? { min, max };
    byName.set(name, { name, last, min: Math.min(known.min, min), max: Math.max(known.max, max) });
  }
  return [...byName.values()];
}

function mergeCounters(counters: readonly CounterSnapshot[]): CounterSnapshot[] {
  const totals = new Map<string, number>();
  for (const { name, total } of counters) totals.set(name, (totals.get(name) ?? 0) + total);
  return [...totals].map(([name, total]) => ({ name, total }));
}

function mergeOperations(operations: readonly OperationSnapshot[]): OperationSnapshot[] {
  const byName = new Map<string, { slowMs: number | null; totals: OperationTotals }>();
  for (const operation of operations) {
    const { totals } = byName.get(operation.name) ?? { totals: new OperationTotals() };
    totals.addEncoded(operation);
    byName.set(operation.name, { slowMs: operation.slowMs, totals });
  }
  return [...byName].map(([name, { slowMs, totals }]) => ({ name, slowMs, ...totals.encode() }));
}
