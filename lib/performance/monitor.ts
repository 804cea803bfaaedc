import type { Logger } from "../core/index.ts";
import type { LabelOptions, MeasureOptions } from "./recording/call-site.ts";
import type { Recorder } from "./recording/decorator.ts";
import type { OperationSinceStart } from "./recording/operation.ts";
import type { KeptTrace } from "./recording/slowest-traces.ts";
import type { OperationStats } from "./recording/totals.ts";
import type { GaugeSnapshot, Measurements } from "./storage/snapshot.ts";

/** `off` measures nothing, `counts` counts and times each call, `full` also traces which call made which. */
export type PerformanceMode = "off" | "counts" | "full";

export interface PerformanceMonitorOptions {
  mode: PerformanceMode;
  /** The slow threshold, in milliseconds, of operations that set none. */
  slowOperationMs: number;
  logger: Logger;
  /** Monotonic milliseconds; `performance.now` unless given. */
  now?: () => number;
  /** The time of day in epoch milliseconds; `Date.now` unless given. */
  epochMs?: () => number;
}

/** Any function that returns a promise. */
export type AsyncFunction = (...args: never[]) => Promise<unknown>;

/** Options for a call that was timed elsewhere. */
export interface RecordOptions extends Pick<MeasureOptions, "slowMs" | "part"> {
  /** Set when the call failed; one of a bounded set, never user text. */
  errorCode?: string;
  /** Also adds it to the current trace, as a call that ended just now. Use only in the caller's async context. */
  inTrace?: boolean;
}

/** Totals since the start, and the calls in flight. */
export interface RunningStats extends OperationStats {
  inFlight: number;
}

export interface InFlightStats {
  inFlight: number;
  peakInFlight: number;
  /** How long, in milliseconds, `peakInFlight` calls ran at once. */
  peakLastedMs: number;
}

export interface ConcurrencyStats extends InFlightStats {
  operations: Record<string, InFlightStats>;
}

/** All measurements since the start. */
export interface SinceStart {
  operations: OperationSinceStart[];
  /** Current values, with their extremes in the current window. */
  gauges: GaugeSnapshot[];
  counters: Record<string, number>;
  /** Traces in flight. */
  inFlight: number;
}

/**
 * Measures named operations. Names and error codes come from a bounded set and never contain ids or user text. By
 * convention a name is dotted snake case: `model.wait`, `process_question`.
 */
export interface PerformanceMonitor {
  readonly mode: PerformanceMode;
  /** What it measures calls with, for wrappers that are bound to it later; null when it measures nothing. */
  readonly recorder: Recorder | null;
  /**
   * Decorates an async method and wraps an async function alike: `monitorPerformance("mongo.insert")(insert)`.
   * Arguments, `this`, result and errors pass through unchanged; failed calls are timed too. Labels split an operation
   * by its arguments: `{ labels: ["photo", "video"], label: (kind: string) => kind }` counts calls as `upload{photo}`,
   * `upload{video}` or `upload{other}`.
   */
  monitorPerformance<Args extends unknown[] = never[]>(
    name: string,
    options?: MeasureOptions | LabelOptions<Args>,
  ): <F extends AsyncFunction & ((...args: [...Args, ...never[]]) => Promise<unknown>)>(
    fn: F,
    context?: ClassMethodDecoratorContext,
  ) => F;
  /** Measures one call: `await monitor.measure("model", () => model.generate(…))`. */
  measure<T>(name: string, work: () => Promise<T>, options?: MeasureOptions): Promise<T>;
  /** Counts a call that was timed elsewhere. Never warns. */
  record(name: string, durationMs: number, options?: RecordOptions): void;
  /** Adds to a counter, such as tokens used. */
  count(name: string, amount: number): void;
  /**
   * Reports that the enclosing call has been waiting for the last `durationMs`, at most since it began: its trace shows
   * that time as a part of its own. Counts no call, and does nothing unless the mode is `full`.
   */
  waited(name: string, durationMs: number): void;
  /** Reports that the event loop was blocked for `durationMs` until now: traces in progress show it as a part. */
  eventLoopBlocked(name: string, durationMs: number): void;
  /** A current value, such as a queue's length, read for each snapshot. Registering a name again replaces its reader. */
  gauge(name: string, read: () => number): void;
  /**
   * Measures `work` as the root of a new trace. `fields` (update id, the chat's pseudonym) are logged with its slow-operation
   * warning and those of slow calls within it.
   */
  trace<T>(
    name: string,
    fields: Readonly<Record<string, unknown>>,
    work: () => Promise<T>,
    options?: MeasureOptions,
  ): Promise<T>;
  /** The fields of the trace in whose async context this is called, such as for a log line; null outside of one. */
  currentFields(): Readonly<Record<string, unknown>> | null;
  /** Statistics since the start, by operation name. */
  getStats(): Record<string, RunningStats>;
  /** Counters since the start, by name. */
  getCounters(): Record<string, number>;
  /** Traces in flight, each counted once whatever runs within it, and the calls of each operation. */
  getConcurrencyStats(): ConcurrencyStats;
  /** All measurements since the start. Cheap enough to read often: nothing is encoded. */
  sinceStart(): SinceStart;
  /** The slowest traces of the current clock hour, the slowest first; empty unless the mode is `full`. */
  slowestTraces(): readonly KeptTrace[];
  /** Drops the kept traces whose field `name` has this value. */
  forgetTraces(name: string, value: string): void;
  /** The slowest traces kept since the last call. Only the snapshot writer may call it. */
  takeTraces(): KeptTrace[];
  /** Measurements of the current window. */
  present(): Measurements;
  /** Measurements of the current window, which it closes. Only the snapshot writer may call it. */
  nextWindow(): Measurements;
}
