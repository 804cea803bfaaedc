import type { CallSite } from "./call-site.ts";

/** Further calls of a trace are counted but not kept, so that its size stays bounded. */
const MAX_SPANS = 256;

/** The calls made on behalf of one unit of work, such as the handling of an update. */
export interface Trace {
  readonly fields: Readonly<Record<string, unknown>>;
  /** In the order they were added; the root is not among them. */
  spans: Span[];
  /** Calls beyond `MAX_SPANS`. */
  leftOut: number;
  /** Once true, calls that still run in this async context (a pooled socket, a queue) no longer belong to it. */
  ended: boolean;
}

/** One call within a trace. Times are monotonic milliseconds. */
export interface Span {
  readonly trace: Trace;
  /** `null` if and only if this is the root. */
  readonly parent: Span | null;
  readonly site: CallSite;
  readonly startMs: number;
  /** Infinity while it runs. */
  endMs: number;
  /** Set when it failed. */
  errorCode: string | undefined;
  /** Whether a slow-operation warning named it. */
  isReported: boolean;
}

/** Starts a trace and returns its root. */
export function startTrace(site: CallSite, fields: Readonly<Record<string, unknown>>, startMs: number): Span {
  const trace = { fields, spans: [], leftOut: 0, ended: false };
  return newSpan(trace, null, site, startMs, Number.POSITIVE_INFINITY);
}

/** Adds a call to its parent's trace. A call that was timed elsewhere already has its end. */
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

/** Ends a trace and drops its calls: a socket or a queue may hold the async context for hours. */
export function endTrace(trace: Trace): void {
  trace.ended = true;
  trace.spans = [];
}

/** Whether `span` was called, directly or indirectly, by `ancestor`. */
export function isWithin(span: Span, ancestor: Span): boolean {
  for (let at = span.parent; at !== null; at = at.parent) if (at === ancestor) return true;
  return false;
}

function newSpan(trace: Trace, parent: Span | null, site: CallSite, startMs: number, endMs: number): Span {
  return { trace, parent, site, startMs, endMs, errorCode: undefined, isReported: false };
}
