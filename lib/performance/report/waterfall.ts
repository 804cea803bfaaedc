import pc from "picocolors";
import { breakDownTrace, OWN_PART } from "../analysis/breakdown.ts";
import type { KeptSpan, KeptTrace } from "../recording/slowest-traces.ts";
import { cut, formatDuration, formatTime } from "./format.ts";

/** The longest calls of each trace are shown, the others counted. */
const MAX_CALLS = 12;
const MAX_PARTS = 5;
const NAME_WIDTH = 30;
const DURATION_WIDTH = 8;
const INDENT = 2;
/** A bar's end, by eighths of a character. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

export interface WaterfallOptions {
  width: number;
  color: boolean;
}

/** Draws the slowest traces, each with a waterfall of its calls. */
export function renderTraces(traces: readonly KeptTrace[], options: WaterfallOptions): string {
  if (traces.length === 0) return "No slow trace is kept of this span (they need PERFORMANCE=full).\n";
  return traces.map((trace) => `${renderTrace(trace, options).join("\n")}\n`).join("\n");
}

function renderTrace(trace: KeptTrace, options: WaterfallOptions): string[] {
  const { bold, dim, red } = pc.createColors(options.color);
  const { operation, durationMs, startedAtMs, fields, errorCode } = trace;
  // The trace's id is for the log and takes half of a line; the update's is as good there.
  const about = Object.entries(fields).flatMap(([name, value]) =>
    name === "trace" ? [] : [`${name} ${value}`],
  );
  const head = `${operation} ${formatDuration(durationMs)}`;
  const failure = errorCode === undefined ? "" : ` failed: ${errorCode}`;
  const rest = `  ${[formatTime(startedAtMs), ...about].join(", ")}`;
  const room = options.width - head.length - failure.length;
  const shown = trace.spans
    .map((span, place) => ({ span, place }))
    .toSorted((a, b) => b.span.durationMs - a.span.durationMs)
    .slice(0, MAX_CALLS)
    .toSorted((a, b) => a.place - b.place);
  const left = trace.spans.length - shown.length + trace.leftOut;
  return [
    `${bold(head)}${red(failure)}${dim(cut(rest, room))}`,
    ...renderParts(trace, options.width),
    ...shown.map(({ span }) => renderCall(span, trace, options)),
    ...(left > 0 ? [dim(`${" ".repeat(INDENT)}and ${left} shorter calls`)] : []),
  ];
}

/** The parts the time went to, as in the slow-operation warning; no line when it was all the operation's own. */
function renderParts(trace: KeptTrace, width: number): string[] {
  const parts = breakDownTrace(trace).filter(({ ms }) => ms >= trace.durationMs * 0.01);
  if (parts.every(({ part }) => part === OWN_PART)) return [];
  const words = parts.slice(0, MAX_PARTS).map(({ part, ms }) => `${part} ${formatDuration(ms)}`);
  return [cut(`${" ".repeat(INDENT)}${words.join(", ")}`, width)];
}

function renderCall(span: KeptSpan, trace: KeptTrace, { width, color }: WaterfallOptions): string {
  const { cyan, red } = pc.createColors(color);
  const room = width - INDENT - NAME_WIDTH - DURATION_WIDTH - 2;
  const name = cut(`${" ".repeat(depthOf(span, trace))}${span.name}`, NAME_WIDTH).padEnd(NAME_WIDTH);
  const duration = formatDuration(span.durationMs).padStart(DURATION_WIDTH);
  const paint = span.errorCode === undefined ? cyan : red;
  const drawn = bar(span.startMs, span.durationMs, trace.durationMs, room);
  const left = room - drawn.length;
  const failure = span.errorCode === undefined || left < 4 ? "" : cut(` ${span.errorCode}`, left);
  return `${" ".repeat(INDENT)}${paint(name)}${duration}  ${paint(drawn + failure)}`;
}

function depthOf({ parent }: KeptSpan, { spans }: KeptTrace): number {
  let depth = 0;
  for (let at = parent; at !== null && depth < spans.length; at = spans[at]?.parent ?? null) depth += 1;
  return depth;
}

/** At least an eighth of a character for each call, within the row. */
function bar(startMs: number, durationMs: number, wholeMs: number, width: number): string {
  const scale = wholeMs > 0 ? width / wholeMs : 0;
  const start = Math.min(width - 1, Math.max(0, Math.floor(startMs * scale)));
  const eighths = Math.max(1, Math.round(Math.min(durationMs * scale, width - start) * 8));
  return `${" ".repeat(start)}${"█".repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8] ?? ""}`;
}
