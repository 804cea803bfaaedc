import type { KeptTrace } from "../recording/slowest-traces.ts";
import { isWithin, type Span } from "../recording/trace.ts";

/** An interval of monotonic milliseconds. */
export interface Interval {
  startMs: number;
  endMs: number;
}

/** The time an operation spent in one part. */
export interface PartTime {
  part: string;
  ms: number;
}

/** The part for time in which no measured call ran. */
export const OWN_PART = "own";

/**
 * Divides an operation's time among the parts it called, largest first; the parts add up to its duration.
 * Each moment is charged once, to the running call that started last: of nested calls that is the innermost, and
 * concurrent calls are never counted twice. Calls of one part add up; the remaining time is `own`.
 */
export function breakDown(span: Span, endMs: number): PartTime[] {
  const inside = span.trace.spans
    .filter((other) => isWithin(other, span))
    .map((other) => ({ part: other.site.part, startMs: other.startMs, endMs: other.endMs }));
  return divide(inside, span.startMs, endMs);
}

/** The same for a whole kept trace. */
export function breakDownTrace({ spans, durationMs }: KeptTrace): PartTime[] {
  const inside = spans.map((span) => ({
    part: span.part,
    startMs: span.startMs,
    endMs: span.startMs + span.durationMs,
  }));
  return divide(inside, 0, durationMs);
}

function divide(calls: readonly (Interval & { part: string })[], startMs: number, endMs: number): PartTime[] {
  const inside = calls.map((call) => ({
    part: call.part,
    startMs: clamp(call.startMs, startMs, endMs),
    endMs: clamp(call.endMs, startMs, endMs),
  }));
  const byPart = new Map<string, number>();
  let ownMs = endMs - startMs;
  for (const [{ part }, ms] of chargeLatestStarted(inside)) {
    byPart.set(part, (byPart.get(part) ?? 0) + ms);
    ownMs -= ms;
  }
  byPart.set(OWN_PART, (byPart.get(OWN_PART) ?? 0) + ownMs);
  return [...byPart].map(([part, ms]) => ({ part, ms })).toSorted((a, b) => b.ms - a.ms);
}

/**
 * Charges each moment to the interval covering it that started last (of equal starts, the later in the list).
 * Goes from the last start to the first; each interval gets the part of it that is not covered yet.
 */
export function chargeLatestStarted<I extends Interval>(
  intervals: readonly I[],
): [interval: I, ms: number][] {
  const latestFirst = intervals.toReversed().toSorted((a, b) => b.startMs - a.startMs);
  /** Disjoint, the earliest on top; none starts before the current interval. */
  const covered: Interval[] = [];
  return latestFirst.map((interval) => {
    let { endMs } = interval;
    let ms = interval.endMs - interval.startMs;
    for (let top = covered.at(-1); top && top.startMs <= interval.endMs; top = covered.at(-1)) {
      ms -= Math.min(top.endMs, interval.endMs) - top.startMs;
      endMs = Math.max(endMs, top.endMs);
      covered.pop();
    }
    covered.push({ startMs: interval.startMs, endMs });
    return [interval, ms];
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
