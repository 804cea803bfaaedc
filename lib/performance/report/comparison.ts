import pc from "picocolors";
import { failures, type ReportedOperation } from "../analysis/health.ts";
import type { Histogram } from "../recording/histogram.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import { cut, formatCount, formatDuration, formatTime } from "./format.ts";
import { allRows, glanceRows } from "./rows.ts";
import { isOrIsWithin, type Summary, summarize, totalsOf } from "./summary.ts";
import { renderTable, type TableColumn } from "./table.ts";

/** 95 % of a normal distribution lies within this many standard deviations. */
const CONFIDENCE = 1.96;
/** Smaller differences are not shown, even if significant. */
const NOTABLE_CHANGE = 0.1;
const COLUMNS: readonly TableColumn[] = [
  { heading: "Count", width: 7 },
  { heading: "before", width: 7 },
  { heading: "p95", width: 7 },
  { heading: "before", width: 7 },
  { heading: "Change", width: 9 },
  { heading: "Errors", width: 6 },
  { heading: "before", width: 6 },
];

export interface ComparisonOptions {
  width: number;
  color: boolean;
  /** The name of the earlier span, such as `yesterday`. */
  before: string;
  all?: boolean;
}

/** Whether a difference is statistically significant, and in which direction. */
export type Change = "slower" | "faster" | "noise";

/** Compares two spans by operation: slower, faster, or within noise. */
export function renderComparison(
  snapshots: readonly Snapshot[],
  earlier: readonly Snapshot[],
  options: ComparisonOptions,
): string {
  const [now, before] = [summarize(snapshots), summarize(earlier)];
  if (!now || !before) {
    return `Nothing is recorded of ${now ? `the same span ${options.before}` : "this span"} to compare.\n`;
  }
  const { bold } = pc.createColors(options.color);
  const rows = options.all ? allRows(now) : glanceRows(now);
  const table = renderTable(
    { heading: "Operation", longest: Math.max(0, ...rows.map(({ name }) => name.length + 2)) },
    COLUMNS,
    rows.map((row) => renderRow(row, now, before, options.color)),
    options,
  );
  const lines = [
    bold(cut(`Helpline ${spanOf(now)}, compared with ${options.before}`, options.width)),
    cut(`${options.before}: ${spanOf(before)}`, options.width),
    "",
    ...table,
    "",
    cut("▲ slower  ▼ faster  ≈ no more than chance (p95, 95 % sure, 10 % or more)", options.width),
  ];
  return `${lines.join("\n")}\n`;
}

function spanOf({ merged }: Summary): string {
  return `${formatTime(merged.fromMs)} to ${formatTime(merged.toMs)}`;
}

/** An operation in both spans. */
interface Compared {
  present: Histogram;
  past: Histogram;
  failed: number;
  failedBefore: number;
}

function compareRow(row: ReportedOperation, now: Summary, before: Summary): Compared {
  return {
    present: histogramOf(now, row.name),
    past: histogramOf(before, row.name),
    failed: failures(row),
    failedBefore: before.operations
      .filter(({ name }) => isPartOf(name, row.name))
      .reduce((sum, operation) => sum + failures(operation), 0),
  };
}

/** Two spans as data: durations in milliseconds, times in epoch milliseconds. */
export interface ComparisonData {
  now: { fromMs: number; toMs: number };
  before: { fromMs: number; toMs: number };
  operations: {
    name: string;
    change: Change | "new";
    now: { count: number; p95Ms: number; failed: number };
    /** Null for an operation that did not happen then. */
    before: { count: number; p95Ms: number; failed: number } | null;
  }[];
}

/** Compares two spans by operation, as data; `null` when one of them has no measurements. */
export function comparisonData(
  snapshots: readonly Snapshot[],
  earlier: readonly Snapshot[],
  { all }: Pick<ComparisonOptions, "all">,
): ComparisonData | null {
  const [now, before] = [summarize(snapshots), summarize(earlier)];
  if (!now || !before) return null;
  const rows = all ? allRows(now) : glanceRows(now);
  return {
    now: { fromMs: now.merged.fromMs, toMs: now.merged.toMs },
    before: { fromMs: before.merged.fromMs, toMs: before.merged.toMs },
    operations: rows.map((row) => {
      const { present, past, failed, failedBefore } = compareRow(row, now, before);
      const isKnown = past.count > 0;
      return {
        name: row.name,
        change: isKnown ? compareP95(present, past) : "new",
        now: { count: row.count, p95Ms: row.p95Ms, failed },
        before: isKnown ? { count: past.count, p95Ms: past.quantile(0.95), failed: failedBefore } : null,
      };
    }),
  };
}

function renderRow(row: ReportedOperation, now: Summary, before: Summary, color: boolean): string[] {
  const { green, yellow } = pc.createColors(color);
  const { present, past, failed, failedBefore } = compareRow(row, now, before);
  const isKnown = past.count > 0;
  const change = compareP95(present, past);
  const paint = { slower: yellow, faster: green, noise: String }[change];
  const mark = { slower: "! ", faster: "  ", noise: "  " }[change];
  return [
    paint(mark + row.name),
    formatCount(row.count),
    isKnown ? formatCount(past.count) : "",
    formatDuration(row.p95Ms),
    isKnown ? formatDuration(past.quantile(0.95)) : "",
    isKnown ? paint(describeChange(change, present, past)) : "new",
    failed === 0 ? "" : formatCount(failed),
    failedBefore === 0 ? "" : formatCount(failedBefore),
  ];
}

function describeChange(change: Change, present: Histogram, past: Histogram): string {
  const arrow = { slower: "▲", faster: "▼", noise: "≈" }[change];
  if (change === "noise") return arrow;
  const ratio = present.quantile(0.95) / past.quantile(0.95);
  return ratio >= 2
    ? `${arrow} ${ratio < 100 ? ratio.toPrecision(2) : "≥100"} ×`
    : `${arrow} ${ratio > 1 ? "+" : ""}${Math.round((ratio - 1) * 100)} %`;
}

/**
 * Whether two p95 differ significantly: when their confidence intervals do not overlap. The interval lies between the
 * order statistics q ± 1.96 √(q (1 − q) / n), which holds for any distribution.
 */
export function compareP95(present: Histogram, past: Histogram): Change {
  const [a, b] = [rangeOf(present), rangeOf(past)];
  const ratio = present.quantile(0.95) / past.quantile(0.95);
  if (!a || !b || !Number.isFinite(ratio) || Math.abs(ratio - 1) < NOTABLE_CHANGE) return "noise";
  if (a.low > b.high) return "slower";
  return a.high < b.low ? "faster" : "noise";
}

/** `null` with too few calls to know the upper end. */
function rangeOf(histogram: Histogram): { low: number; high: number } | null {
  const { count } = histogram;
  const margin = CONFIDENCE * Math.sqrt((0.95 * 0.05) / Math.max(1, count));
  if (0.95 + margin >= 1) return null;
  return { low: histogram.quantile(0.95 - margin), high: histogram.quantile(0.95 + margin) };
}

function histogramOf({ merged }: Summary, name: string): Histogram {
  return totalsOf(merged.operations.filter((operation) => isPartOf(operation.name, name))).histogram;
}

/** At a glance, all calls of the store are one row. */
function isPartOf(name: string, row: string): boolean {
  return row === "mongo" ? isOrIsWithin(name, row) : name === row;
}
