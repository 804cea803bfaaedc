import type { Logger } from "../core/index.ts";
import type { LabelOptions, MeasureOptions } from "./recording/call-site.ts";
import type { Recorder } from "./recording/decorator.ts";
import type { OperationSinceStart } from "./recording/operation.ts";
import type { KeptTrace } from "./recording/slowest-traces.ts";
import type { OperationStats } from "./recording/totals.ts";
import type { GaugeSnapshot, Measurements } from "./storage/snapshot.ts";

/** `off` measures nothing, `counts` counts and times each call, `full` also knows which call was made by which. */
export type PerformanceMode = "off" | "counts" | "full";

export interface PerformanceMonitorOptions {
  mode: PerformanceMode;
  /** The slow threshold, in milliseconds, of operations that name none. */
  slowOperationMs: number;
  logger: Logger;
  /** Monotonic milliseconds; `performance.now` unless given. */
  now?: () => number;
  /** The time of day in epoch milliseconds; `Date.now` unless given. */
  epochMs?: () => number;
}

/** A function that answers a promise, whatever its arguments. */
export type AsyncFunction = (...args: never[]) => Promise<unknown>;

/** What may be said about an operation that was timed elsewhere. */
export interface RecordOptions extends Pick<MeasureOptions, "slowMs" | "part"> {
  /** Given where it failed; of bounded number, never user text. */
  errorCode?: string;
  /** Also adds it to the trace it is recorded in, as having ended just now. Only where the async context is the caller's. */
  inTrace?: boolean;
}

/** Counters since the start, and what runs now. */
export interface RunningStats extends OperationStats {
  inFlight: number;
}

export interface InFlightStats {
  inFlight: number;
  peakInFlight: number;
  /** How long, in milliseconds, that many ran together. */
  peakLastedMs: number;
}

export interface ConcurrencyStats extends InFlightStats {
  operations: Record<string, InFlightStats>;
}

/** What was measured since the start. */
export interface SinceStart {
  operations: OperationSinceStart[];
  /** Present values, with their extremes in the present window. */
  gauges: GaugeSnapshot[];
  counters: Record<string, number>;
  /** Traces in flight. */
  inFlight: number;
}

/**
 * Measures named operations. A name, like an error code, is one of a bounded number and never holds an id or
 * anything a person wrote; by custom it is dotted and snake case: `gemini.wait`, `process_question`.
 */
export interface PerformanceMonitor {
  readonly mode: PerformanceMode;
  /** What it measures calls with, for wrappers that are bound to it later; null when it measures nothing. */
  readonly recorder: Recorder | null;
  /**
   * Decorates an async method and wraps an async function alike: `monitorPerformance("mongo.insert")(insert)`.
   * Arguments, `this`, result and errors pass through unchanged; a failing call is timed too. Calls of several kinds
   * are told apart by labels, `{ labels: ["photo", "video"], label: (kind: string) => kind }`: figures are then those
   * of `upload{photo}`, `upload{video}` and `upload{other}`.
   */
  monitorPerformance<Args extends unknown[] = never[]>(
    name: string,
    options?: MeasureOptions | LabelOptions<Args>,
  ): <F extends AsyncFunction & ((...args: [...Args, ...never[]]) => Promise<unknown>)>(
    fn: F,
    context?: ClassMethodDecoratorContext,
  ) => F;
  /** The same for one call: `await monitor.measure("gemini", () => model.generate(…))`. */
  measure<T>(name: string, work: () => Promise<T>, options?: MeasureOptions): Promise<T>;
  /** Counts an operation that was timed elsewhere. It never warns. */
  record(name: string, durationMs: number, options?: RecordOptions): void;
  /** Adds to an amount that only grows, such as tokens. */
  count(name: string, amount: number): void;
  /**
   * Says that the enclosing call has waited for so long until now, or since it began where many share the wait and it
   * came later: its trace shows the time as a part of its own. It counts nothing, and means nothing unless `full`.
   */
  waited(name: string, durationMs: number): void;
  /** Reports that the event loop was blocked for `durationMs` until now: traces in progress show it as a part. */
  eventLoopBlocked(name: string, durationMs: number): void;
  /** A present value, such as a queue's length, read whenever a snapshot is made. Registering a name again replaces it. */
  gauge(name: string, read: () => number): void;
  /**
   * Measures `work` as the root of a trace of its own, whatever it was called from; `fields` join the line when it
   * is slow (update id, hashed chat key), as they do for slow calls inside it.
   */
  trace<T>(
    name: string,
    fields: Readonly<Record<string, unknown>>,
    work: () => Promise<T>,
    options?: MeasureOptions,
  ): Promise<T>;
  /** By operation name, since the start. */
  getStats(): Record<string, RunningStats>;
  /** Amounts that were counted, by name, since the start. */
  getCounters(): Record<string, number>;
  /** Traces in flight (each update on its trip counts once, whatever runs within it), and each operation's calls. */
  getConcurrencyStats(): ConcurrencyStats;
  /** All there is since the start, to be read often: nothing is encoded. */
  sinceStart(): SinceStart;
  /** The slowest traces of the present hour of the clock, the slowest first; none unless `full`. */
  slowestTraces(): readonly KeptTrace[];
  /** The slowest traces kept since this was called before. Whoever saves them is its only caller. */
  takeTraces(): KeptTrace[];
  /** What was measured since the present window was opened. */
  present(): Measurements;
  /** The same, and opens the next window. Whoever takes snapshots is its only caller. */
  nextWindow(): Measurements;
}
