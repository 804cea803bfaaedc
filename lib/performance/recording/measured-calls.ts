import { AsyncLocalStorage } from "node:async_hooks";
import { errorCode, type Logger } from "../../core/index.ts";
import type { CallSite } from "./call-site.ts";
import { warnSlowCall, warnSlowSpan } from "./slow-operation.ts";
import type { SlowestTraces } from "./slowest-traces.ts";
import { addSpan, endTrace, type Span, startTrace } from "./trace.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type AnyFunction<T = unknown> = (...args: unknown[]) => Promise<T>;

/** How calls are measured: the one thing in which the modes differ. */
export interface MeasuredCalls {
  /** Calls `fn` as if it had been called directly. */
  call<T>(site: CallSite, fn: AnyFunction<T>, self: unknown, args: unknown[]): Promise<T>;
  /** Calls `work` as the root of a trace. */
  trace<T>(site: CallSite, fields: Fields, work: () => Promise<T>): Promise<T>;
  /** Adds a call that ended just now to the trace it is told in, if there is one. */
  addToTrace(site: CallSite, durationMs: number): void;
  /** Adds a wait that ended just now to the call it is told in, as far as it fell into it and is long enough to tell. */
  addWait(site: CallSite, durationMs: number): void;
  /** Says that the event loop stood still for so long until now: whatever is under way waited with it. */
  noteStandstill(site: CallSite, durationMs: number): void;
}

interface Dependencies {
  logger: Logger;
  now: () => number;
}

/** A shorter wait is the way through the driver, and would only clutter traces. */
const NOTABLE_WAIT_MS = 5;
/** So many standstills are remembered, for traces that are still under way. */
const STANDSTILLS = 50;
const NO_FIELDS: Fields = {};

/** Counts and times each call; which call made which stays unknown. */
export function createCountedCalls({ logger, now }: Dependencies): MeasuredCalls {
  /** Each call passes here, so the common way through allocates nothing. */
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
      end(site, startMs, fields, errorCode(error));
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
      end(site, startMs, fields, errorCode(error));
      throw error; // thrown, not rejected: so would the bare function
    }
    return settle(site, startMs, fields, promise);
  }

  return {
    call,
    trace: (site, fields, work) => call(site, work, undefined, [], fields),
    addToTrace() {},
    addWait() {},
    noteStandstill() {},
  };
}

/** Counts and times each call, and keeps the calls of one trace together to say where its time went. */
export function createTracedCalls(
  { logger, now }: Dependencies,
  slowest: Pick<SlowestTraces, "offer">,
): MeasuredCalls {
  const current = new AsyncLocalStorage<Span>();
  /** The latest times in which the event loop stood still, oldest first. */
  let standstills: { site: CallSite; startMs: number; endMs: number }[] = [];

  function enclosing(): Span | null {
    const span = current.getStore();
    return span === undefined || span.trace.ended ? null : span;
  }

  /** Makes them parts of a trace that ends: they have no caller in whose context they could be told. */
  function addStandstills(root: Span): void {
    const latest = standstills.at(-1);
    if (!latest || latest.endMs <= root.startMs) return; // as for nearly every trace
    for (const { site, startMs, endMs } of standstills) {
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
    if (span.parent === null) addStandstills(span);
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
      end(site, span, errorCode(error));
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
      // Not a function of our own: it would be made anew for each call.
      promise = current.run(span, Reflect.apply<unknown, unknown[], Promise<T>>, fn, self, args);
    } catch (error) {
      end(site, span, errorCode(error));
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
    noteStandstill(site, durationMs) {
      const endMs = now();
      standstills = [...standstills, { site, startMs: endMs - durationMs, endMs }].slice(-STANDSTILLS);
    },
  };
}

/** Traces that were asked for; and calls outside of any once they are slow, which long polls never are. */
function isWorthKeeping({ trace, site, startMs, endMs }: Span): boolean {
  return trace.fields !== NO_FIELDS || endMs - startMs >= site.slowMs;
}
