import pc from "picocolors";
import type { KeptTrace } from "../recording/slowest-traces.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import { type GlanceOptions, renderGlance } from "./glance.ts";
import { countRunning } from "./instances.ts";
import { renderOperation } from "./operation-details.ts";
import { renderOperations } from "./operations-table.ts";
import { allRows, glanceRows, type SortKey, sortRows } from "./rows.ts";
import { summarize } from "./summary.ts";

/** A terminal of 24 lines, less one for the prompt. */
const MAX_LINES = 23;

export interface ReportOptions extends GlanceOptions {
  /** The slowest traces of the span, to name the cause. */
  traces?: readonly KeptTrace[];
  /** One operation or group in detail. */
  operation?: string;
  /** All operations, even if they do not fit the screen. */
  all?: boolean;
  sort?: SortKey;
}

/** The report when nothing was measured. */
export const NOTHING_RECORDED =
  "Nothing is recorded yet. Start the bot (npm start), ask it something, and look again.\n";

/**
 * The report of `npm run stats`: is the bot healthy, what is slow, why, and since when. No line is wider than `width`;
 * without `all` or `operation` it fits a terminal of 24 lines.
 */
export function renderReport(snapshots: readonly Snapshot[], options: ReportOptions): string {
  const summary = summarize(snapshots);
  if (!summary) return NOTHING_RECORDED;
  const { operation, traces = [], all = false, sort } = options;
  if (operation !== undefined) return toText(renderOperation(snapshots, summary, traces, operation, options));
  const head = [...renderGlance(snapshots, summary, traces, options), ""];
  const rows = all ? allRows(summary) : glanceRows(summary);
  const sorted = sort === undefined ? rows : sortRows(rows, sort);
  if (sorted.length === 0) return toText([...head, "No update has been handled in this span."]);
  const room = all ? sorted.length : MAX_LINES - head.length - 2;
  const hidden = allRows(summary).length - Math.min(sorted.length, room);
  const running = countRunning(snapshots, options.now);
  const hints = [
    ...(all || hidden <= 0 ? [] : ["Every operation: --all"]),
    ...(running > 1 ? [`Each of the ${running} instances that run: --instances`] : []),
  ];
  const more = hints.length === 0 ? [] : [pc.createColors(options.color).dim(hints.join("   "))];
  return toText([...head, ...renderOperations(sorted.slice(0, room), options), ...more]);
}

function toText(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
