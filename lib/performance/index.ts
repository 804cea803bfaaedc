export {
  ALERT_KINDS,
  type Alert,
  type AlertFigures,
  type AlertKind,
  type AlertLimits,
  AlertWatch,
  type Instant,
  isAlertOperation,
  type ReportedCondition,
} from "./analysis/alert-watch.ts";
export { breakDownTrace, type PartTime } from "./analysis/breakdown.ts";
export { assessHealth, failures, type Health, type ReportedOperation } from "./analysis/health.ts";
export { largestPart } from "./analysis/largest-part.ts";
export { RecentOperations } from "./analysis/recent-operations.ts";
export { createPerformanceMonitor } from "./create-monitor.ts";
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
export { bindPerformanceMonitor, monitorPerformance, performanceMonitor } from "./process-monitor.ts";
export type { LabelOptions, MeasureOptions } from "./recording/call-site.ts";
export { type EncodedHistogram, Histogram } from "./recording/histogram.ts";
export type { OperationSinceStart } from "./recording/operation.ts";
export { PROCESS_NAMES, watchProcess } from "./recording/process-watch.ts";
export type { KeptSpan, KeptTrace } from "./recording/slowest-traces.ts";
export { type OperationStats, OperationTotals } from "./recording/totals.ts";
export * from "./report/index.ts";
export { type RollupOptions, type RollupStore, startRollups } from "./storage/rollup.ts";
export {
  type CounterSnapshot,
  type GaugeSnapshot,
  type Measurements,
  mergeSnapshots,
  type OperationSnapshot,
  type Snapshot,
} from "./storage/snapshot.ts";
export { type SnapshotOptions, type SnapshotStore, startSnapshots } from "./storage/snapshot-writer.ts";
