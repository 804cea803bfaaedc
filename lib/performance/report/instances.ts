import pc from "picocolors";
import { failures } from "../analysis/health.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import { cut, formatCount, formatDuration, formatTime } from "./format.ts";
import { type Summary, summarize } from "./summary.ts";
import { renderTable, type TableColumn } from "./table.ts";

/** The messages that people sent and got answered. */
const QUESTION = "process_question";
/** Instances whose newest snapshot is younger than this, in milliseconds, still run: each writes every 10 s. */
const RUNNING_MS = 40_000;

const COLUMNS: readonly TableColumn[] = [
  { heading: "Since", width: 11 },
  { heading: "Until", width: 11 },
  { heading: "Asked", width: 6 },
  { heading: "p95", width: 7 },
  { heading: "Errors", width: 6 },
  { heading: "Memory", width: 7 },
];

/** How many instances run at `nowMs`, as far as the snapshots tell. */
export function countRunning(snapshots: readonly Snapshot[], nowMs: number): number {
  const running = snapshots.filter(({ toMs }) => toMs > nowMs - RUNNING_MS);
  return new Set(running.flatMap(({ instances }) => instances)).size;
}

/** The instances of a span, those that began last first, and all of them together. Hours and days are of all already. */
export function renderInstances(
  snapshots: readonly Snapshot[],
  options: { width: number; color: boolean; now: number },
): string {
  const { bold } = pc.createColors(options.color);
  const names = [...new Set(snapshots.flatMap(({ instances }) => instances))];
  const each = names
    .map((name) => ({ name, own: summarize(snapshots.filter(({ instances }) => instances.join() === name)) }))
    .flatMap(({ name, own }) => (own ? [{ name, own }] : []))
    .toSorted((a, b) => b.own.merged.fromMs - a.own.merged.fromMs);
  const all = summarize(snapshots);
  const table = renderTable(
    { heading: "Instance", longest: Math.max(12, ...names.map((name) => name.length + 2)) },
    COLUMNS,
    [
      ...(all ? [row("all together", all, options.now)] : []),
      ...each.map(({ name, own }) => row(name, own, options.now)),
    ],
    options,
  );
  const count = countRunning(snapshots, options.now);
  const title = count === 1 ? "One instance runs" : `${count} instances run`;
  const left = names.length - each.length;
  const note =
    left > 0 ? [cut(`${left} more ran in hours that are kept for all together.`, options.width)] : [];
  return `${[bold(title), "", ...table, ...note].join("\n")}\n`;
}

function row(name: string, { merged, operations }: Summary, nowMs: number): string[] {
  const asked = operations.find((operation) => operation.name === QUESTION);
  const memory = merged.gauges.find((gauge) => gauge.name === "process.rss_bytes");
  const failed = operations
    .filter((operation) => operation.name.startsWith("process_"))
    .reduce((sum, operation) => sum + failures(operation), 0);
  return [
    `  ${name}`,
    dayAndTime(merged.fromMs),
    merged.toMs > nowMs - RUNNING_MS ? "now" : dayAndTime(merged.toMs),
    asked ? formatCount(asked.count) : "0",
    asked ? formatDuration(asked.p95Ms) : "",
    failed === 0 ? "" : formatCount(failed),
    memory && merged.instances.length === 1 ? `${Math.round(memory.last / 1e6)} MB` : "",
  ];
}

/** Such as `11-30 16:47`; the year is that of the span. */
function dayAndTime(timeMs: number): string {
  return formatTime(timeMs).slice(5);
}
