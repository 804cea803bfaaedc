import pc from "picocolors";
import { formatCount, formatDuration } from "./format.ts";
import { sparkline } from "./sparkline.ts";
import type { Column } from "./summary.ts";

/** One column for each minute of an hour; with the label they fill 80 characters. */
export const COURSE_COLUMNS = 60;
const LABEL_WIDTH = 19;

/** Response times over the span: a label, the highest p95, and a bar for each column. */
export function renderP95Course(label: string, columns: readonly Column[], color: boolean): string {
  const values = columns.map(({ totals }) =>
    totals !== null && totals.histogram.count > 0 ? totals.histogram.quantile(0.95) : null,
  );
  return renderLine(label, formatDuration(largest(values)), values, color);
}

/** Calls per minute over the span: a label, the highest rate, and a bar for each column. */
export function renderRateCourse(label: string, columns: readonly Column[], color: boolean): string {
  const values = columns.map(({ totals, measuredMs }) =>
    totals === null || measuredMs <= 0 ? null : totals.histogram.count / (measuredMs / 60_000),
  );
  const most = largest(values);
  const text = most < 10 ? most.toFixed(1) : formatCount(Math.round(most));
  return renderLine(label, `${text}/min`, values, color);
}

function renderLine(label: string, most: string, values: readonly (number | null)[], color: boolean): string {
  const { cyan } = pc.createColors(color);
  return `${label}${most.padStart(LABEL_WIDTH - label.length)} ${cyan(sparkline(values).trimEnd())}`;
}

function largest(values: readonly (number | null)[]): number {
  return Math.max(...values.map((value) => value ?? 0));
}
