import Table from "cli-table3";
import pc from "picocolors";
import { formatBytes, formatCount, formatDuration, formatShare, formatSpan, formatTime } from "./format.ts";
import { assessHealth, failures, isFailing, isSlow, type ReportedOperation } from "./health.ts";
import { PROCESS_NAMES } from "./process-watch.ts";
import { type GaugeSnapshot, mergeSnapshots, type Snapshot } from "./snapshot.ts";
import { OperationTotals } from "./totals.ts";

/** With the lines around it, the table then fits a screen of 24 lines. */
const MAX_ROWS = 15;
/** A running bot writes every 10 s; one that was silent for longer than this has stopped, or lost its database. */
const SILENT_MS = 30_000;
const HEADINGS = ["Operation", "Count", "Errors", "p50", "p95", "p99", "Max", "Peak"];
const NUMBER_WIDTHS = [7, 6, 7, 7, 7, 7, 5];
const GAP = 1;
const MIN_NAME_WIDTH = 16;

export interface ReportOptions {
  /** Columns of the terminal; 80 or more. */
  width: number;
  color: boolean;
  /** Epoch milliseconds. */
  now: number;
}

/** The report of `npm run stats`: is it healthy, what is slow, since when. Lines end in a newline, none is wider than asked. */
export function renderReport(snapshots: readonly Snapshot[], options: ReportOptions): string {
  const [first, ...others] = snapshots;
  if (!first)
    return "Nothing is recorded yet. Start the bot (npm start), ask it something, and look again.\n";
  const merged = mergeSnapshots([first, ...others]);
  const operations = merged.operations.map((operation): ReportedOperation => {
    const totals = new OperationTotals();
    totals.addEncoded(operation);
    return { name: operation.name, slowMs: operation.slowMs, ...totals.stats() };
  });
  const lines = [
    renderHeader(merged, options),
    renderHealth(operations, options),
    ...renderProcess(operations, merged.gauges),
    "",
    ...renderTable(operations.filter(isListed), options),
  ];
  return `${lines.join("\n")}\n`;
}

function renderHeader({ fromMs, toMs, instances }: Snapshot, { now, color }: ReportOptions): string {
  const { bold, yellow } = pc.createColors(color);
  const processes = instances.length === 1 ? "" : `, ${instances.length} processes`;
  const span = `${formatTime(fromMs)} to ${formatTime(toMs).slice(-5)} (${formatSpan(toMs - fromMs)}${processes})`;
  const silentMs = now - toMs;
  const since = silentMs > SILENT_MS ? yellow(`, last heard of ${formatSpan(silentMs)} ago`) : "";
  return `${bold("Helpline")} ${span}${since}`;
}

function renderHealth(operations: readonly ReportedOperation[], { color, width }: ReportOptions): string {
  const colors = pc.createColors(color);
  const { state, text } = assessHealth(operations);
  const paint = { healthy: colors.green, slow: colors.yellow, failing: colors.red }[state];
  const word = { healthy: "Healthy", slow: "Slow", failing: "Failing" }[state];
  return `${paint(word)}: ${cut(text, width - word.length - 2)}`;
}

function renderProcess(operations: readonly ReportedOperation[], gauges: readonly GaugeSnapshot[]): string[] {
  const gauge = (name: string) => gauges.find((other) => other.name === name);
  const loop = operations.find(({ name }) => name === PROCESS_NAMES.loopDelay);
  const busy = gauge(PROCESS_NAMES.loopUtilization);
  const heap = gauge(PROCESS_NAMES.heapUsedBytes);
  const rss = gauge(PROCESS_NAMES.rssBytes);
  const facts = [
    ...(loop ? [`event loop delay p99 ${formatDuration(loop.p99Ms)}`] : []),
    ...(busy ? [`busy ${formatShare(busy.last)}`] : []),
    ...(heap ? [`heap ${formatBytes(heap.last)}`] : []),
    ...(rss ? [`memory ${formatBytes(rss.last)}`] : []),
  ];
  return facts.length > 0 ? [facts.join(", ")] : [];
}

function renderTable(operations: readonly ReportedOperation[], { width, color }: ReportOptions): string[] {
  const { bold } = pc.createColors(color);
  const numbers = NUMBER_WIDTHS.reduce((sum, number) => sum + number + GAP, 0);
  const longest = Math.max(...operations.map(({ name }) => name.length + 2), MIN_NAME_WIDTH);
  const nameWidth = Math.max(MIN_NAME_WIDTH, Math.min(longest, width - numbers));
  const table = new Table({
    head: HEADINGS.map((heading) => bold(heading)),
    colWidths: [nameWidth, ...NUMBER_WIDTHS.map((number) => number + GAP)],
    colAligns: ["left", ...NUMBER_WIDTHS.map(() => "right" as const)],
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    chars: NO_BORDERS,
  });
  const sorted = operations.toSorted(slowestFirst);
  table.push(...sorted.slice(0, MAX_ROWS).map((operation) => renderRow(operation, color)));
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  const left = sorted.length - MAX_ROWS;
  return left > 0 ? [...lines, `and ${left} more`] : lines;
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

/** What is slow or fails comes first; what may take its time, such as a long poll, last. */
function slowestFirst(a: ReportedOperation, b: ReportedOperation): number {
  return rank(b) - rank(a) || b.p95Ms - a.p95Ms;
}

function rank(operation: ReportedOperation): number {
  if (isSlow(operation) || isFailing(operation)) return 2;
  return operation.slowMs === null ? 0 : 1;
}

/** The process's own operations have their line above the table. */
function isListed({ name, count }: ReportedOperation): boolean {
  return count > 0 && name !== PROCESS_NAMES.loopDelay && name !== PROCESS_NAMES.garbageCollection;
}

function plain(text: string): string {
  return text;
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
