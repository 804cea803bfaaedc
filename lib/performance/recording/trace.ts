import type { CallSite } from "./call-site.ts";

/** More calls than this in one trace are counted, not kept: a trace stays small whatever its work does. */
const MAX_SPANS = 256;

/** The calls made on behalf of one piece of work, such as an update's whole trip. */
export interface Trace {
  readonly fields: Readonly<Record<string, unknown>>;
  /** In the order they were added; the root is not among them. */
  spans: Span[];
  /** How many calls found no room. */
  leftOut: number;
  /** Once true, what still runs in this async context (a pooled socket, a queue) belongs to it no longer. */
  ended: boolean;
}

/** One call within a trace. Times are monotonic milliseconds. */
export interface Span {
  readonly trace: Trace;
  /** `null` if and only if it is the trace's root. */
  readonly parent: Span | null;
  readonly site: CallSite;
  readonly startMs: number;
  /** Infinite while it runs. */
  endMs: number;
  /** Given once it failed. */
  errorCode: string | undefined;
  /** Whether a slow-operation warning told of it. */
  isReported: boolean;
}

/** Begins a trace; its first call is the root. */
export function startTrace(site: CallSite, fields: Readonly<Record<string, unknown>>, startMs: number): Span {
  const trace = { fields, spans: [], leftOut: 0, ended: false };
  return newSpan(trace, null, site, startMs, Number.POSITIVE_INFINITY);
}

/** Adds a call to its parent's trace: one that runs, or one that was timed elsewhere and has its end. */
export function addSpan(
  parent: Span,
  site: CallSite,
  startMs: number,
  endMs = Number.POSITIVE_INFINITY,
): Span {
  const { trace } = parent;
  const span = newSpan(trace, parent, site, startMs, endMs);
  if (trace.spans.length < MAX_SPANS) trace.spans.push(span);
  else trace.leftOut += 1;
  return span;
}

/** Ends a trace and lets its calls go: the async context may live on in a socket or a queue for hours. */
export function endTrace(trace: Trace): void {
  trace.ended = true;
  trace.spans = [];
}

/** Whether `span` was made, directly or not, by `ancestor`. */
export function isWithin(span: Span, ancestor: Span): boolean {
  for (let at = span.parent; at !== null; at = at.parent) if (at === ancestor) return true;
  return false;
}

function newSpan(trace: Trace, parent: Span | null, site: CallSite, startMs: number, endMs: number): Span {
  return { trace, parent, site, startMs, endMs, errorCode: undefined, isReported: false };
}
