export {
  type Alert,
  type AlertFigures,
  type AlertKind,
  type AlertLimits,
  AlertWatch,
  isAlertOperation,
} from "./alert-watch.ts";
export { breakDownTrace, type PartTime } from "./breakdown.ts";
export type { LabelOptions, MeasureOptions } from "./call-site.ts";
export { createPerformanceMonitor } from "./create-monitor.ts";
export { assessHealth, failures, type Health, type ReportedOperation } from "./health.ts";
export { type EncodedHistogram, Histogram } from "./histogram.ts";
export { largestPart } from "./largest-part.ts";
export type {
  AsyncFunction,
  ConcurrencyStats,
  InFlightStats,
  PerformanceMode,
  PerformanceMonitor,
  PerformanceMonitorOptions,
  RecordOptions,
  RunningStats,
  SinceStart,
} from "./monitor.ts";
export type { OperationSinceStart } from "./operation.ts";
export { PROCESS_NAMES, watchProcess } from "./process-watch.ts";
export { RecentOperations } from "./recent-operations.ts";
export * from "./report/index.ts";
export { type RollupOptions, type RollupStore, startRollups } from "./rollup.ts";
export type { KeptSpan, KeptTrace } from "./slowest-traces.ts";
export {
  type CounterSnapshot,
  type GaugeSnapshot,
  type Measurements,
  mergeSnapshots,
  type OperationSnapshot,
  type Snapshot,
} from "./snapshot.ts";
export { type SnapshotOptions, type SnapshotStore, startSnapshots } from "./snapshot-writer.ts";
export { type OperationStats, OperationTotals } from "./totals.ts";
