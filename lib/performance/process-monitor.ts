import { createIdleMonitor } from "./create-monitor.ts";
import type { AsyncFunction, PerformanceMonitor } from "./monitor.ts";
import type { LabelOptions, MeasureOptions } from "./recording/call-site.ts";

/**
 * The monitor of this process. Until one is bound, nothing is measured and every figure is empty. It lets a class or a
 * function be measured where it is defined, long before the settings are read.
 */
let bound: PerformanceMonitor = createIdleMonitor();

/**
 * Makes `monitor` the process's: decorated functions and `performanceMonitor` use it from now on.
 * @returns a function that unbinds it again, unless another one was bound meanwhile
 */
export function bindPerformanceMonitor(monitor: PerformanceMonitor): () => void {
  bound = monitor;
  return () => {
    if (bound === monitor) bound = createIdleMonitor();
  };
}

type BareFunction = (...args: unknown[]) => Promise<unknown>;

/** The process's monitor, wherever one is needed: `performanceMonitor.getStats()`. */
export const performanceMonitor: PerformanceMonitor = {
  get mode() {
    return bound.mode;
  },
  monitorPerformance,
  measure: (name, work, options) => bound.measure(name, work, options),
  record: (name, durationMs, options) => bound.record(name, durationMs, options),
  count: (name, amount) => bound.count(name, amount),
  waited: (name, durationMs) => bound.waited(name, durationMs),
  stoodStill: (name, durationMs) => bound.stoodStill(name, durationMs),
  gauge: (name, read) => bound.gauge(name, read),
  trace: (name, fields, work, options) => bound.trace(name, fields, work, options),
  getStats: () => bound.getStats(),
  getCounters: () => bound.getCounters(),
  getConcurrencyStats: () => bound.getConcurrencyStats(),
  sinceStart: () => bound.sinceStart(),
  slowestTraces: () => bound.slowestTraces(),
  takeTraces: () => bound.takeTraces(),
  present: () => bound.present(),
  nextWindow: () => bound.nextWindow(),
};

/**
 * Decorates an async method (`@monitorPerformance("inbox.accept")`) and wraps an async function
 * (`monitorPerformance("gemini")(generate)`): each call is measured by the process's monitor under `name`. Without a bound
 * monitor, or with `PERFORMANCE=off`, a call costs one comparison more than a bare one.
 */
export function monitorPerformance<Args extends unknown[] = never[]>(
  name: string,
  options?: MeasureOptions | LabelOptions<Args>,
) {
  return <F extends AsyncFunction & ((...args: [...Args, ...never[]]) => Promise<unknown>)>(
    fn: F,
    _context?: ClassMethodDecoratorContext,
  ): F => {
    let measuredBy: PerformanceMonitor | undefined;
    let measured = fn as unknown as BareFunction;
    function monitored(this: unknown, ...args: unknown[]): Promise<unknown> {
      if (measuredBy !== bound) {
        measuredBy = bound;
        measured = bound.monitorPerformance<Args>(name, options)(fn) as unknown as BareFunction;
      }
      return measured.apply(this, args);
    }
    Object.defineProperty(monitored, "name", { value: fn.name, configurable: true });
    Object.defineProperty(monitored, "length", { value: fn.length, configurable: true });
    return monitored as unknown as F;
  };
}
