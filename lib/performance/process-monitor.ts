import { createIdleMonitor } from "./create-monitor.ts";
import type { PerformanceMonitor } from "./monitor.ts";
import { createDecorator } from "./recording/decorator.ts";

const IDLE = createIdleMonitor();

/** The monitor of this process; until one is bound, nothing is measured and every figure is empty. */
let bound = IDLE;
/** The recorder of the bound monitor, kept apart so that decorated functions find it with one look. */
const source = { recorder: IDLE.recorder };

/**
 * Makes `monitor` the monitor of this process: decorated functions and `performanceMonitor` use it from now on. Calls
 * in progress end at the monitor they began at.
 * @returns a function that unbinds it, unless another one was bound meanwhile
 */
export function bindPerformanceMonitor(monitor: PerformanceMonitor): () => void {
  use(monitor);
  return () => {
    if (bound === monitor) use(IDLE);
  };
}

function use(monitor: PerformanceMonitor): void {
  bound = monitor;
  source.recorder = monitor.recorder;
}

/**
 * Decorates an async method (`@monitorPerformance("inbox.accept")`) and wraps an async function
 * (`monitorPerformance("model")(generate)`): the monitor of this process measures each call under `name`. Without a
 * bound monitor, or with `PERFORMANCE=off`, a call goes straight on to the function.
 */
export const monitorPerformance = createDecorator(source);

/** The monitor of this process, usable before one is bound: `performanceMonitor.getStats()`. */
export const performanceMonitor: PerformanceMonitor = {
  get mode() {
    return bound.mode;
  },
  get recorder() {
    return bound.recorder;
  },
  monitorPerformance,
  measure: (name, work, options) => bound.measure(name, work, options),
  record: (name, durationMs, options) => bound.record(name, durationMs, options),
  count: (name, amount) => bound.count(name, amount),
  waited: (name, durationMs) => bound.waited(name, durationMs),
  eventLoopBlocked: (name, durationMs) => bound.eventLoopBlocked(name, durationMs),
  gauge: (name, read) => bound.gauge(name, read),
  trace: (name, fields, work, options) => bound.trace(name, fields, work, options),
  currentFields: () => bound.currentFields(),
  getStats: () => bound.getStats(),
  getCounters: () => bound.getCounters(),
  getConcurrencyStats: () => bound.getConcurrencyStats(),
  sinceStart: () => bound.sinceStart(),
  slowestTraces: () => bound.slowestTraces(),
  forgetTraces: (name, value) => bound.forgetTraces(name, value),
  takeTraces: () => bound.takeTraces(),
  present: () => bound.present(),
  nextWindow: () => bound.nextWindow(),
};
