import { PerformanceObserver, performance } from "node:perf_hooks";
import type { PerformanceMonitor } from "../monitor.ts";

/** Interval of the timer whose lateness is the event-loop delay. */
const LOOP_SAMPLE_MS = 20;

/** From this delay on, traces in progress show it. */
const BLOCKED_MS = 50;
/** The part of a trace in which the event loop was blocked. */
const BLOCKED = "event_loop.blocked";

/** Names of the measurements of the process itself. */
export const PROCESS_NAMES = {
  loopDelay: "event_loop.delay",
  garbageCollection: "gc",
  loopUtilization: "event_loop.utilization",
  heapUsedBytes: "process.heap_used_bytes",
  rssBytes: "process.rss_bytes",
} as const;

/**
 * Measures the process until stopped: event-loop delay and garbage collections as operations; event-loop utilization
 * (0 to 1, since the previous reading), heap and resident memory as gauges.
 */
export function watchProcess(monitor: PerformanceMonitor): { stop(): void } {
  if (monitor.mode === "off") return { stop() {} };

  // Not perf_hooks' own delay histogram, which cannot be merged over minutes and processes.
  let dueMs = performance.now() + LOOP_SAMPLE_MS;
  const sampling = setInterval(() => {
    const nowMs = performance.now();
    recordLoopDelay(monitor, nowMs - dueMs);
    dueMs = nowMs + LOOP_SAMPLE_MS;
  }, LOOP_SAMPLE_MS).unref();

  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) monitor.record(PROCESS_NAMES.garbageCollection, duration);
  });
  collections.observe({ entryTypes: ["gc"] });

  let before = performance.eventLoopUtilization();
  monitor.gauge(PROCESS_NAMES.loopUtilization, () => {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, before);
    before = current;
    return utilization;
  });
  monitor.gauge(PROCESS_NAMES.heapUsedBytes, () => process.memoryUsage().heapUsed);
  monitor.gauge(PROCESS_NAMES.rssBytes, () => process.memoryUsage.rss());

  return {
    stop() {
      clearInterval(sampling);
      collections.disconnect();
    },
  };
}

/**
 * A blocked loop skips the samples that would have shown the delay. They are added here (corrected for coordinated
 * omission), so that the p99 covers 1 % of the time rather than 1 % of the loop's turns.
 */
export function recordLoopDelay(monitor: PerformanceMonitor, delayMs: number): void {
  monitor.record(PROCESS_NAMES.loopDelay, Math.max(0, delayMs));
  if (delayMs >= BLOCKED_MS) monitor.eventLoopBlocked(BLOCKED, delayMs);
  for (let missedMs = delayMs - LOOP_SAMPLE_MS; missedMs > 0; missedMs -= LOOP_SAMPLE_MS) {
    monitor.record(PROCESS_NAMES.loopDelay, missedMs);
  }
}
