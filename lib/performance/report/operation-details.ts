import pc from "picocolors";
import type { ReportedOperation } from "../analysis/health.ts";
import type { KeptTrace } from "../recording/slowest-traces.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import { COURSE_COLUMNS, renderP95Course, renderRateCourse } from "./course.ts";
import { cut, formatCount, formatDuration, formatSpan, formatTime } from "./format.ts";
import { renderOperations } from "./operations-table.ts";
import { allRows } from "./rows.ts";
import { columnsOf, isOrIsWithin, type Summary } from "./summary.ts";

/** One operation, or the operations of one group: all statistics, and response times over the span. */
export function renderOperation(
  snapshots: readonly Snapshot[],
  summary: Summary,
  traces: readonly KeptTrace[],
  wanted: string,
  options: { width: number; color: boolean },
): string[] {
  const rows = allRows(summary, wanted);
  if (rows.length === 0) return unknown(summary, wanted, options.width);
  const { fromMs, toMs } = summary.merged;
  const { bold } = pc.createColors(options.color);
  const columns = columnsOf(snapshots, (name) => isOrIsWithin(name, wanted), COURSE_COLUMNS);
  const slowest = traces.filter(({ operation }) => operation === wanted).length;
  return [
    `${bold(wanted)} ${formatTime(fromMs)} to ${formatTime(toMs)} (${formatSpan(toMs - fromMs)})`,
    renderP95Course("p95", columns, options.color),
    renderRateCourse("Calls", columns, options.color),
    "",
    ...renderOperations(rows, options),
    ...(rows.length === 1 && rows[0] ? ["", ...renderFigures(rows[0], options.width)] : []),
    ...(slowest > 0 ? ["", `${slowest} of the slowest traces are its: --slow --operation ${wanted}`] : []),
  ];
}

function renderFigures(operation: ReportedOperation, width: number): string[] {
  const { p90Ms, p999Ms, meanMs, slow, slowMs, peakInFlight, peakLastedMs, errors } = operation;
  const codes = Object.entries(errors).toSorted(([, a], [, b]) => b - a);
  return [
    `p90 ${formatDuration(p90Ms)}, p99.9 ${formatDuration(p999Ms)}, mean ${formatDuration(meanMs)}`,
    slowMs === null
      ? "It may take its time: slowness is no fault here"
      : `${formatCount(slow)} slow (${formatDuration(slowMs)} or more)`,
    ...(peakInFlight > 0
      ? [`at most ${formatCount(peakInFlight)} side by side, for ${formatDuration(peakLastedMs)}`]
      : []),
    ...codes.map(([code, count]) => cut(`${formatCount(count)} failed: ${code}`, width)),
  ];
}

function unknown(summary: Summary, wanted: string, width: number): string[] {
  const names = allRows(summary).map(({ name }) => name);
  return [
    cut(`No operation is called ${wanted} in this span. There are:`, width),
    ...names.toSorted().map((name) => cut(`  ${name}`, width)),
  ];
}
