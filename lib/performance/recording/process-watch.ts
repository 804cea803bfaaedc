import { PerformanceObserver } from "node:perf_hooks";
import type { PerformanceMonitor } from "../monitor.ts";

/** How often the event loop is asked to turn; what it is late by is the delay. */
const LOOP_SAMPLE_MS = 20;

/** From this delay on, whatever was under way was held up. */
const STANDSTILL_MS = 50;
/** The part of a trace in which the event loop stood still. */
const STANDSTILL = "event_loop.blocked";

/** The names under which the process itself is recorded. */
export const PROCESS_NAMES = {
  loopDelay: "event_loop.delay",
  garbageCollection: "gc",
  loopUtilization: "event_loop.utilization",
  heapUsedBytes: "process.heap_used_bytes",
  rssBytes: "process.rss_bytes",
} as const;

/**
 * Records, until stopped, what no caller could: event-loop delay and garbage collections as operations,
 * event-loop utilisation (0 to 1, since the reading before), heap and resident memory as gauges.
 */
export function watchProcess(monitor: PerformanceMonitor): { stop(): void } {
  if (monitor.mode === "off") return { stop() {} };

  // Not perf_hooks' own delay histogram: that one cannot be merged over minutes and processes.
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
    const present = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(present, before);
    before = present;
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
 * A blocked loop skips the samples that would have seen it blocked; they are counted here, so that a p99 tells of
 * 1 % of the time and not of 1 % of the times the loop happened to turn.
 */
export function recordLoopDelay(monitor: PerformanceMonitor, delayMs: number): void {
  monitor.record(PROCESS_NAMES.loopDelay, Math.max(0, delayMs));
  if (delayMs >= STANDSTILL_MS) monitor.eventLoopBlocked(STANDSTILL, delayMs);
  for (let missedMs = delayMs - LOOP_SAMPLE_MS; missedMs > 0; missedMs -= LOOP_SAMPLE_MS) {
    monitor.record(PROCESS_NAMES.loopDelay, missedMs);
  }
}
