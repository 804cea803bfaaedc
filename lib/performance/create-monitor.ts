import { performance } from "node:perf_hooks"; // the global is a getter, which costs at each call
import type {
  ConcurrencyStats,
  InFlightStats,
  PerformanceMonitor,
  PerformanceMonitorOptions,
  RunningStats,
} from "./monitor.ts";
import { Counters } from "./recording/counters.ts";
import { createDecorator } from "./recording/decorator.ts";
import { Gauges } from "./recording/gauges.ts";
import { InFlight } from "./recording/in-flight.ts";
import { createCountedCalls, createTracedCalls } from "./recording/measured-calls.ts";
import { OperationRegistry } from "./recording/registry.ts";
import { SlowestTraces } from "./recording/slowest-traces.ts";
import type { Measurements } from "./storage/snapshot.ts";

/** Creates a monitor. Its memory does not grow with the number of calls. */
export function createPerformanceMonitor(options: PerformanceMonitorOptions): PerformanceMonitor {
  return options.mode === "off" ? createIdleMonitor() : createRunningMonitor(options);
}

/** A monitor that measures nothing and calls every function directly. */
export function createIdleMonitor(): PerformanceMonitor {
  return {
    mode: "off",
    recorder: null,
    monitorPerformance: () => (fn) => fn,
    measure: (_name, work) => work(),
    record() {},
    count() {},
    waited() {},
    eventLoopBlocked() {},
    gauge() {},
    trace: (_name, _fields, work) => work(),
    currentFields: () => null,
    getStats: () => ({}),
    getCounters: () => ({}),
    getConcurrencyStats: () => ({ inFlight: 0, peakInFlight: 0, peakLastedMs: 0, operations: {} }),
    sinceStart: () => ({ operations: [], gauges: [], counters: {}, inFlight: 0 }),
    slowestTraces: () => [],
    forgetTraces() {},
    takeTraces: () => [],
    present: noMeasurements,
    nextWindow: noMeasurements,
  };
}

function noMeasurements(): Measurements {
  return { operations: [], gauges: [] };
}

function createRunningMonitor({
  mode,
  slowOperationMs,
  logger,
  now = () => performance.now(),
  epochMs = () => Date.now(),
}: PerformanceMonitorOptions): PerformanceMonitor {
  const registry = new OperationRegistry(slowOperationMs);
  const slowest = new SlowestTraces(epochMs);
  const calls =
    mode === "full" ? createTracedCalls({ logger, now }, slowest) : createCountedCalls({ logger, now });
  const gauges = new Gauges(logger);
  const counters = new Counters();
  const traces = new InFlight();
  const present = (): Measurements => ({
    operations: registry.operations().flatMap((operation) => operation.snapshot(now()) ?? []),
    gauges: gauges.read(),
    counters: counters.snapshot(),
  });

  const recorder = { registry, calls };

  return {
    mode,
    recorder,
    monitorPerformance: createDecorator({ recorder }),
    measure: (name, work, options) => calls.call(registry.site(name, options), work, undefined, []),
    record(name, durationMs, options) {
      if (!Number.isFinite(durationMs)) return;
      const site = registry.site(name, options);
      site.operation.count(durationMs, options?.errorCode);
      if (durationMs >= site.slowMs) site.operation.countSlow();
      if (options?.inTrace) calls.addToTrace(site, durationMs);
    },
    count(name, amount) {
      if (Number.isFinite(amount)) counters.add(name, amount);
    },
    waited: (name, durationMs) => calls.addWait(registry.site(name), durationMs),
    eventLoopBlocked: (name, durationMs) => calls.addBlockedLoop(registry.site(name), durationMs),
    gauge: (name, read) => gauges.register(name, read),
    async trace(name, fields, work, options) {
      traces.enter(now());
      try {
        return await calls.trace(registry.site(name, options), fields, work);
      } finally {
        traces.leave(now());
      }
    },
    currentFields: () => calls.currentFields(),
    getStats: () => runningStats(registry, now()),
    getCounters: () => counters.totals(),
    getConcurrencyStats: () => concurrencyStats(registry, traces, now()),
    sinceStart: () => ({
      operations: registry.operations().flatMap((operation) => operation.sinceStart(now()) ?? []),
      gauges: gauges.read(),
      counters: counters.totals(),
      inFlight: traces.now,
    }),
    slowestTraces: () => slowest.current(),
    forgetTraces: (name, value) => slowest.forget(name, value),
    takeTraces: () => slowest.take(),
    present,
    nextWindow() {
      const measurements = present();
      for (const operation of registry.operations()) operation.nextWindow(now());
      gauges.nextWindow();
      counters.nextWindow();
      return measurements;
    },
  };
}

function runningStats(registry: OperationRegistry, nowMs: number): Record<string, RunningStats> {
  const entries = registry.operations().map((operation): [string, RunningStats] => {
    return [operation.name, { ...operation.totals(nowMs).stats(), inFlight: operation.inFlight.now }];
  });
  return Object.fromEntries(entries.filter(([, { count, peakInFlight }]) => count + peakInFlight > 0));
}

function concurrencyStats(registry: OperationRegistry, traces: InFlight, nowMs: number): ConcurrencyStats {
  const entries = registry.operations().map((operation): [string, InFlightStats] => {
    const { peakInFlight, peakLastedMs } = operation.totals(nowMs);
    return [operation.name, { inFlight: operation.inFlight.now, peakInFlight, peakLastedMs }];
  });
  return {
    inFlight: traces.now,
    peakInFlight: traces.peak,
    peakLastedMs: traces.peakLastedMs(nowMs),
    operations: Object.fromEntries(entries.filter(([, { peakInFlight }]) => peakInFlight > 0)),
  };
}
