import pc from "picocolors";
import { failures, isFailing, isSlow, type ReportedOperation } from "../analysis/health.ts";
import { formatCount, formatDuration } from "./format.ts";
import { renderTable, type TableColumn } from "./table.ts";

const COLUMNS: readonly TableColumn[] = [
  { heading: "Count", width: 7 },
  { heading: "Errors", width: 6 },
  { heading: "p50", width: 7 },
  { heading: "p95", width: 7 },
  { heading: "p99", width: 7 },
  { heading: "Max", width: 7 },
  { heading: "Peak", width: 5 },
];

/** A table of operations that marks slow and failing ones. */
export function renderOperations(
  operations: readonly ReportedOperation[],
  options: { width: number; color: boolean },
): string[] {
  const longest = Math.max(0, ...operations.map(({ name }) => name.length + 2));
  const rows = operations.map((operation) => renderRow(operation, options.color));
  return renderTable({ heading: "Operation", longest }, COLUMNS, rows, options);
}

function renderRow(operation: ReportedOperation, color: boolean): string[] {
  const { red, yellow } = pc.createColors(color);
  const warn = isFailing(operation) ? red : isSlow(operation) ? yellow : plain;
  const mark = warn === plain ? "  " : "! ";
  const failed = failures(operation);
  return [
    warn(mark + operation.name),
    formatCount(operation.count),
    failed === 0 ? "" : red(formatCount(failed)),
    formatDuration(operation.p50Ms),
    warn(formatDuration(operation.p95Ms)),
    formatDuration(operation.p99Ms),
    formatDuration(operation.maxMs),
    operation.peakInFlight === 0 ? "" : formatCount(operation.peakInFlight),
  ];
}

function plain(text: string): string {
  return text;
}
