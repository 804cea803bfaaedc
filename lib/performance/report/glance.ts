import pc from "picocolors";
import { breakDownTrace } from "../analysis/breakdown.ts";
import { assessHealth, isBusyLoop, isFailing, isSlow } from "../analysis/health.ts";
import { PROCESS_NAMES } from "../recording/process-watch.ts";
import type { KeptTrace } from "../recording/slowest-traces.ts";
import type { Snapshot } from "../storage/snapshot.ts";
import { COURSE_COLUMNS, renderP95Course, renderRateCourse } from "./course.ts";
import {
  cut,
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatShare,
  formatSpan,
  formatTime,
  formatTimeBeside,
  joinFitting,
} from "./format.ts";
import { columnsOf, type Summary, sinceWhen } from "./summary.ts";

/** A running bot saves every 10 s; after this long without data it has stopped or lost its database. */
const SILENT_MS = 30_000;
/** The operation that people wait for. */
const ANSWER = "process_question";
const MAX_REASONS = 3;
/** Sending takes less than this unless Telegram pauses a chat or cannot be reached. */
const NOTABLE_UNSENT_MS = 10_000;

export interface GlanceOptions {
  /** Columns of the terminal; 80 or more. */
  width: number;
  color: boolean;
  /** Epoch milliseconds. */
  now: number;
}

/** The top of the report: the span, the health with cause and start, response times over the span, the current load. */
export function renderGlance(
  snapshots: readonly Snapshot[],
  summary: Summary,
  traces: readonly KeptTrace[],
  options: GlanceOptions,
): string[] {
  return [
    renderHeader(summary.merged, options),
    ...renderHealth(snapshots, summary, traces, options),
    ...renderCourse(snapshots, options),
    ...renderLoad(summary, options),
  ];
}

function renderHeader({ fromMs, toMs, instances }: Snapshot, { now, color, width }: GlanceOptions): string {
  const { bold, yellow } = pc.createColors(color);
  const processes = instances.length === 1 ? "" : `, ${instances.length} processes`;
  const end = formatTimeBeside(toMs, fromMs);
  const span = `${formatTime(fromMs)} to ${end} (${formatSpan(toMs - fromMs)}${processes})`;
  const silentMs = now - toMs;
  const silence = silentMs > SILENT_MS ? `, silent for ${formatSpan(silentMs)}` : "";
  return `${bold("Helpline")} ${span}${yellow(cut(silence, width - span.length - 9))}`;
}

function renderHealth(
  snapshots: readonly Snapshot[],
  { merged, operations }: Summary,
  traces: readonly KeptTrace[],
  { color, width }: GlanceOptions,
): string[] {
  const colors = pc.createColors(color);
  const { state, text, operation } = assessHealth(operations);
  const paint = { healthy: colors.green, slow: colors.yellow, failing: colors.red }[state];
  const word = { healthy: "Healthy", slow: "Slow", failing: "Failing" }[state];
  const verdict = `${paint(word)}: ${cut(text, width - word.length - 2)}`;
  if (operation === undefined) return [verdict];
  const isBad = { healthy: () => false, slow: isSlowNow, failing: isFailing }[state];
  const sinceMs = sinceWhen(snapshots, operation, isBad);
  const reasons = reasonsOf(operation, traces);
  const why = [
    sinceMs === null
      ? "Over now: the last minutes were fine"
      : `Since ${formatTimeBeside(sinceMs, merged.toMs)}`,
    ...(reasons === "" ? [] : [`Why: ${reasons}`]),
  ];
  return [verdict, cut(why.join(". "), width)];
}

function isSlowNow(operation: Parameters<typeof isSlow>[0]): boolean {
  return operation.name === PROCESS_NAMES.loopDelay ? isBusyLoop(operation) : isSlow(operation);
}

/** Where the time of its slowest traces went, the largest parts first. */
function reasonsOf(operation: string, traces: readonly KeptTrace[]): string {
  const ofIt = traces.filter((trace) => trace.operation === operation);
  const byPart = new Map<string, number>();
  for (const { part, ms } of ofIt.flatMap(breakDownTrace)) byPart.set(part, (byPart.get(part) ?? 0) + ms);
  const totalMs = ofIt.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const notable = [...byPart].filter(([, ms]) => ms >= totalMs * 0.05).toSorted(([, a], [, b]) => b - a);
  return notable
    .slice(0, MAX_REASONS)
    .map(([part, ms]) => `${part} ${Math.round((ms / totalMs) * 100)} %`)
    .join(", ");
}

/** Response time and throughput over the span; of answers, where there were any. */
function renderCourse(snapshots: readonly Snapshot[], { color }: GlanceOptions): string[] {
  const names = new Set(
    snapshots.flatMap(({ operations }) =>
      operations.filter(({ histogram }) => histogram.buckets !== "").map(({ name }) => name),
    ),
  );
  if (![...names].some(isUpdate)) return [];
  const updates = columnsOf(snapshots, isUpdate, COURSE_COLUMNS);
  const rate = renderRateCourse("Updates", updates, color);
  if (!names.has(ANSWER)) return [renderP95Course("Update p95", updates, color), rate];
  const answers = columnsOf(snapshots, (name) => name === ANSWER, COURSE_COLUMNS);
  return [renderP95Course("Answer p95", answers, color), rate];
}

function isUpdate(name: string): boolean {
  return name.startsWith("process_");
}

/** Two lines: people, queues, model and tokens; then the process. */
function renderLoad({ merged, operations }: Summary, { width }: GlanceOptions): string[] {
  const gauge = (name: string) => merged.gauges.find((other) => other.name === name);
  const counter = (name: string) => merged.counters?.find((other) => other.name === name)?.total ?? 0;
  const loop = operations.find(({ name }) => name === PROCESS_NAMES.loopDelay);
  const people = gauge("people.active");
  const waiting = gauge("inbox.waiting");
  const oldest = gauge("inbox.oldest_ms");
  const slots = gauge("model.in_flight");
  const limit = gauge("model.limit");
  const refused = counter("updates.refused");
  const tokens = counter("model.tokens.prompt") + counter("model.tokens.output");
  const paused = gauge("outbox.paused_chats");
  const unsent = gauge("outbox.oldest_ms");
  const givenUp = gauge("outbox.given_up");
  const unreachable = gauge("operators.unreachable");
  const busy = gauge(PROCESS_NAMES.loopUtilization);
  const heap = gauge(PROCESS_NAMES.heapUsedBytes);
  const rss = gauge(PROCESS_NAMES.rssBytes);
  const oldestFor = oldest && oldest.max > 0 ? ` for ${formatDuration(oldest.max)}` : "";
  const most = [
    ...(people && people.max > 0 ? [formatCountOf(people.max, "person", "people")] : []),
    ...(waiting && waiting.max > 0 ? [`${formatCount(waiting.max)} waiting${oldestFor}`] : []),
    ...(slots && limit && limit.last > 0 ? [`${slots.max} of ${limit.last} at the model`] : []),
    ...(paused && paused.max > 0 ? [`${formatCountOf(paused.max, "chat", "chats")} paused`] : []),
  ];
  const unsentFor = unsent && unsent.max >= NOTABLE_UNSENT_MS ? formatDuration(unsent.max) : null;
  const work = [
    ...(unreachable && unreachable.max > 0
      ? [unreachable.last > 0 ? "Operators are not reached" : "Operators were not reached for a while"]
      : []),
    ...(givenUp && givenUp.max > 0 ? [`${formatCountOf(givenUp.max, "message", "messages")} given up`] : []),
    ...(unsentFor === null ? [] : [`a message unsent for ${unsentFor}`]),
    ...(most.length > 0 ? [`At most ${most.join(", ")}`] : []),
    ...(refused > 0 ? [`${formatCountOf(refused, "update", "updates")} refused`] : []),
    ...(tokens > 0 ? [`${formatCount(tokens)} tokens`] : []),
  ];
  const machine = [
    ...(loop ? [`event loop delay p99 ${formatDuration(loop.p99Ms)}`] : []),
    ...(busy ? [`busy ${formatShare(busy.last)}`] : []),
    ...(heap ? [`heap ${formatBytes(heap.last)}`] : []),
    ...(rss ? [`memory ${formatBytes(rss.last)}`] : []),
  ];
  return [joinFitting(work, "; ", width), joinFitting(machine, ", ", width)].filter((line) => line !== "");
}
