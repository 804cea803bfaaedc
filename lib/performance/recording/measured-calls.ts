import { AsyncLocalStorage } from "node:async_hooks";
import { errorCode, isCancellation, type Logger } from "../../core/index.ts";
import type { CallSite } from "./call-site.ts";
import { warnSlowCall, warnSlowSpan } from "./slow-operation.ts";
import type { SlowestTraces } from "./slowest-traces.ts";
import { addSpan, endTrace, type Span, startTrace } from "./trace.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type AnyFunction<T = unknown> = (...args: unknown[]) => Promise<T>;

/** How calls are measured; the `counts` and `full` modes differ only in this. */
export interface MeasuredCalls {
  /** Measures a call of `fn`, which sees the same `this` and arguments as in a direct call. */
  call<T>(site: CallSite, fn: AnyFunction<T>, self: unknown, args: unknown[]): Promise<T>;
  /** Measures a call of `work` as the root of a new trace. */
  trace<T>(site: CallSite, fields: Fields, work: () => Promise<T>): Promise<T>;
  /** Adds a call that ended just now to the current trace, if there is one. */
  addToTrace(site: CallSite, durationMs: number): void;
  /** Adds the part of a wait, ended just now, that fell into the enclosing call, if long enough to matter. */
  addWait(site: CallSite, durationMs: number): void;
  /** The fields of the current trace; null outside of one. */
  currentFields(): Fields | null;
  /** Records that the event loop was blocked for the last `durationMs`, which held up every call in progress. */
  addBlockedLoop(site: CallSite, durationMs: number): void;
}

interface Dependencies {
  logger: Logger;
  now: () => number;
}

/** A shorter wait is the driver's own overhead and would only clutter traces. */
const NOTABLE_WAIT_MS = 5;
/** Blocked periods kept for traces that are still in progress. */
const MAX_BLOCKED_PERIODS = 50;
const NO_FIELDS: Fields = {};

/** Undefined for a call that nobody wants the result of any more: it has not failed. */
function failureCode(error: unknown): string | undefined {
  return isCancellation(error) ? undefined : errorCode(error);
}

/** Counts and times each call, without tracing which call made which. */
export function createCountedCalls({ logger, now }: Dependencies): MeasuredCalls {
  /** Runs for every call, so the common path allocates nothing. */
  function end(site: CallSite, startMs: number, fields: Fields | null, error?: string): void {
    const endMs = now();
    site.operation.end(startMs, endMs, error);
    if (endMs - startMs < site.slowMs) return;
    site.operation.countSlow();
    if (fields === null && !site.warnsWithin) return;
    warnSlowCall(logger, { site, startMs, endMs, fields: fields ?? NO_FIELDS, errorCode: error });
  }

  async function settle<T>(
    site: CallSite,
    startMs: number,
    fields: Fields | null,
    promise: Promise<T>,
  ): Promise<T> {
    let result: T;
    try {
      result = await promise;
    } catch (error) {
      end(site, startMs, fields, failureCode(error));
      throw error;
    }
    end(site, startMs, fields);
    return result;
  }

  function call<T>(
    site: CallSite,
    fn: AnyFunction<T>,
    self: unknown,
    args: unknown[],
    fields: Fields | null = null,
  ): Promise<T> {
    const startMs = now();
    site.operation.begin(startMs);
    let promise: Promise<T>;
    try {
      promise = fn.apply(self, args);
    } catch (error) {
      end(site, startMs, fields, failureCode(error));
      throw error; // thrown, not rejected: so would the bare function
    }
    return settle(site, startMs, fields, promise);
  }

  return {
    call,
    trace: (site, fields, work) => call(site, work, undefined, [], fields),
    currentFields: () => null,
    addToTrace() {},
    addWait() {},
    addBlockedLoop() {},
  };
}

/** Counts and times each call, and groups the calls of a trace to show where its time went. */
export function createTracedCalls(
  { logger, now }: Dependencies,
  slowest: Pick<SlowestTraces, "offer">,
): MeasuredCalls {
  const current = new AsyncLocalStorage<Span>();
  /** The latest periods in which the event loop was blocked, oldest first. */
  let blockedPeriods: { site: CallSite; startMs: number; endMs: number }[] = [];

  function enclosing(): Span | null {
    const span = current.getStore();
    return span === undefined || span.trace.ended ? null : span;
  }

  /** Adds them to a trace as it ends, because a blocked loop is noticed outside the async context of any call. */
  function addBlockedPeriods(root: Span): void {
    const latest = blockedPeriods.at(-1);
    if (!latest || latest.endMs <= root.startMs) return; // as for nearly every trace
    for (const { site, startMs, endMs } of blockedPeriods) {
      if (startMs < root.endMs && endMs > root.startMs) {
        addSpan(root, site, Math.max(startMs, root.startMs), Math.min(endMs, root.endMs));
      }
    }
  }

  function end(site: CallSite, span: Span, error?: string): void {
    const endMs = now();
    const { startMs, trace } = span;
    span.endMs = endMs;
    span.errorCode = error;
    site.operation.end(startMs, endMs, error);
    if (span.parent === null) addBlockedPeriods(span);
    if (endMs - startMs >= site.slowMs) {
      site.operation.countSlow();
      const slowCall = { site, startMs, endMs, fields: trace.fields, errorCode: error };
      if (span.parent === null || site.warnsWithin) warnSlowSpan(logger, span, slowCall);
    }
    if (span.parent !== null) return;
    if (isWorthKeeping(span)) slowest.offer(span);
    endTrace(trace);
  }

  async function settle<T>(site: CallSite, span: Span, promise: Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await promise;
    } catch (error) {
      end(site, span, failureCode(error));
      throw error;
    }
    end(site, span);
    return result;
  }

  function callIn<T>(
    span: Span,
    site: CallSite,
    fn: AnyFunction<T>,
    self: unknown,
    args: unknown[],
  ): Promise<T> {
    site.operation.begin(span.startMs);
    let promise: Promise<T>;
    try {
      // Reflect.apply rather than a closure, which would be allocated for each call.
      promise = current.run(span, Reflect.apply<unknown, unknown[], Promise<T>>, fn, self, args);
    } catch (error) {
      end(site, span, failureCode(error));
      throw error; // thrown, not rejected: so would the bare function
    }
    return settle(site, span, promise);
  }

  return {
    call(site, fn, self, args) {
      const around = enclosing();
      const startMs = now();
      const span = around ? addSpan(around, site, startMs) : startTrace(site, NO_FIELDS, startMs);
      return callIn(span, site, fn, self, args);
    },
    trace: (site, fields, work) => callIn(startTrace(site, fields, now()), site, work, undefined, []),
    currentFields: () => enclosing()?.trace.fields ?? null,
    addToTrace(site, durationMs) {
      const around = enclosing();
      if (!around) return;
      const endMs = now();
      addSpan(around, site, endMs - durationMs, endMs);
    },
    addWait(site, durationMs) {
      const around = enclosing();
      if (!around) return;
      const endMs = now();
      const startMs = Math.max(around.startMs, endMs - durationMs);
      if (endMs - startMs >= NOTABLE_WAIT_MS) addSpan(around, site, startMs, endMs);
    },
    addBlockedLoop(site, durationMs) {
      const endMs = now();
      blockedPeriods = [...blockedPeriods, { site, startMs: endMs - durationMs, endMs }].slice(
        -MAX_BLOCKED_PERIODS,
      );
    },
  };
}

/** Explicit traces are; calls outside of any trace only when slow, which long polls never are. */
function isWorthKeeping({ trace, site, startMs, endMs }: Span): boolean {
  return trace.fields !== NO_FIELDS || endMs - startMs >= site.slowMs;
}
