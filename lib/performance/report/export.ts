import { assessHealth, failures, type Health } from "../analysis/health.ts";
import type { KeptTrace } from "../recording/slowest-traces.ts";
import type { OperationStats } from "../recording/totals.ts";
import type { CounterSnapshot, GaugeSnapshot, Snapshot } from "../storage/snapshot.ts";
import { allRows, type SortKey, sortRows } from "./rows.ts";
import { summarize } from "./summary.ts";

/** The report as data. Durations are in milliseconds, times in epoch milliseconds. */
export interface ReportData {
  fromMs: number;
  toMs: number;
  instances: string[];
  health: Health;
  operations: (OperationStats & { name: string; slowMs: number | null })[];
  gauges: GaugeSnapshot[];
  counters: CounterSnapshot[];
  slowestTraces: readonly KeptTrace[];
}

export interface ExportOptions {
  operation?: string;
  sort?: SortKey;
}

/** The report as data; `null` when nothing was measured. */
export function reportData(
  snapshots: readonly Snapshot[],
  traces: readonly KeptTrace[],
  { operation, sort = "name" }: ExportOptions,
): ReportData | null {
  const summary = summarize(snapshots);
  if (!summary) return null;
  const { fromMs, toMs, instances, gauges, counters = [] } = summary.merged;
  const operations = sortRows(
    operation === undefined ? summary.operations : allRows(summary, operation),
    sort,
  );
  const health = assessHealth(summary.operations);
  return { fromMs, toMs, instances, health, operations, gauges, counters, slowestTraces: traces };
}

const CSV_HEADINGS =
  "operation,count,errors,slow,p50_ms,p90_ms,p95_ms,p99_ms,p99_9_ms,max_ms,mean_ms,peak_in_flight,peak_lasted_ms";

/** The operations as comma-separated values (RFC 4180) with a header line. */
export function reportCsv(snapshots: readonly Snapshot[], options: ExportOptions): string {
  const rows = (reportData(snapshots, [], options)?.operations ?? []).map((operation) =>
    [
      quoted(operation.name),
      operation.count,
      failures(operation),
      operation.slow,
      ...[
        operation.p50Ms,
        operation.p90Ms,
        operation.p95Ms,
        operation.p99Ms,
        operation.p999Ms,
        operation.maxMs,
        operation.meanMs,
      ].map((ms) => ms.toFixed(3)),
      operation.peakInFlight,
      Math.round(operation.peakLastedMs),
    ].join(","),
  );
  return `${[CSV_HEADINGS, ...rows].join("\r\n")}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
