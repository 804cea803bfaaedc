import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { OperationSinceStart, PerformanceMonitor } from "../performance/index.ts";
import type { Readiness } from "./health.ts";

/**
 * Upper bounds of the Prometheus buckets, in milliseconds: from a database read to the longest a person waits. 20 is the
 * limit for the event-loop delay.
 */
const BOUNDS_MS = [1, 5, 10, 20, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/** Default gauges of prom-client with the ending of a counter; `nodejs_active_resources` and the like say the same. */
const MISNAMED = [
  "nodejs_active_resources_total",
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
];

/** The sources of the metrics. */
export interface MetricSources {
  monitor: Pick<PerformanceMonitor, "sinceStart">;
  readiness(): Promise<Readiness>;
}

type Operations = readonly OperationSinceStart[];

/** The monitor's measurements and Node's default metrics in Prometheus' text format. */
export interface Metrics {
  contentType: string;
  render(): Promise<string>;
}

/**
 * Everything is read on scrape, so that metrics add no cost per call. The label values (operations, error codes) are
 * bounded.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  for (const name of MISNAMED) processRegistry.removeSingleMetric(name);
  return {
    contentType: processRegistry.contentType,
    async render() {
      const ours = new Registry();
      const { operations, gauges, counters, inFlight } = sources.monitor.sinceStart();
      addFailures(ours, operations);
      addInFlight(ours, operations, inFlight);
      for (const [name, total] of Object.entries(counters)) addCounter(ours, name, total);
      for (const { name, last } of gauges) addGauge(ours, name, last);
      addReadiness(ours, await sources.readiness());
      return [renderDurations(operations), await ours.metrics(), await processRegistry.metrics()].join("\n");
    },
  };
}

/** Serves `/metrics`. */
export function registerMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.get("/metrics", async (_request, reply) => {
    const text = await metrics.render();
    return reply.header("cache-control", "no-store").type(metrics.contentType).send(text);
  });
}

function addFailures(registry: Registry, operations: Operations): void {
  const errors = new Counter({
    name: "helpline_operation_errors_total",
    help: "Failed calls by operation and error code.",
    labelNames: ["operation", "code"],
    registers: [registry],
  });
  const slow = new Counter({
    name: "helpline_operation_slow_total",
    help: "Calls that took as long as their slow threshold or longer.",
    labelNames: ["operation"],
    registers: [registry],
  });
  for (const { name, totals } of operations) {
    if (totals.slow > 0) slow.inc({ operation: name }, totals.slow);
    for (const [code, count] of totals.errors) errors.inc({ operation: name, code }, count);
  }
}

function addInFlight(registry: Registry, operations: Operations, inFlight: number): void {
  new Gauge({
    name: "helpline_updates_in_flight",
    help: "Updates being handled now.",
    registers: [registry],
  }).set(inFlight);
  const byOperation = new Gauge({
    name: "helpline_operation_in_flight",
    help: "Calls in flight now.",
    labelNames: ["operation"],
    registers: [registry],
  });
  for (const { name, inFlight: now } of operations) {
    if (now > 0) byOperation.set({ operation: name }, now); // most operations are idle most of the time
  }
}

/** `model.tokens` becomes `helpline_model_tokens_total`. */
function addCounter(registry: Registry, name: string, total: number): void {
  new Counter({
    name: `helpline_${name.replaceAll(/\W/g, "_")}_total`,
    help: `All ${name} since the start.`,
    registers: [registry],
  }).inc(total);
}

/** `inbox.oldest_ms` becomes `helpline_inbox_oldest_seconds`, as Prometheus' base units are seconds and bytes. */
function addGauge(registry: Registry, name: string, value: number): void {
  const isDuration = name.endsWith("_ms");
  new Gauge({
    name: `helpline_${name.replace(/_ms$/, "_seconds").replaceAll(/\W/g, "_")}`,
    help: `The current value of ${name}.`,
    registers: [registry],
  }).set(isDuration ? value / 1000 : value);
}

function addReadiness(registry: Registry, readiness: Readiness): void {
  const ready = new Gauge({
    name: "helpline_ready",
    help: "Whether a check of /readyz passes (1) or not (0).",
    labelNames: ["check"],
    registers: [registry],
  });
  for (const [check, state] of Object.entries(readiness)) ready.set({ check }, state === "ok" ? 1 : 0);
}

/**
 * Writes histograms in Prometheus' text format from the monitor's finer ones: prom-client's own would have to observe
 * every call.
 */
function renderDurations(operations: Operations): string {
  const name = "helpline_operation_duration_seconds";
  const lines = [`# HELP ${name} How long calls took, failed ones included.`, `# TYPE ${name} histogram`];
  for (const { name: operation, totals } of operations) {
    const { histogram } = totals;
    const label = `operation="${escapeLabel(operation)}"`;
    histogram.countsUpTo(BOUNDS_MS).forEach((count, index) => {
      lines.push(`${name}_bucket{${label},le="${(BOUNDS_MS[index] ?? 0) / 1000}"} ${count}`);
    });
    lines.push(`${name}_bucket{${label},le="+Inf"} ${histogram.count}`);
    lines.push(
      `${name}_sum{${label}} ${histogram.sumMs / 1000}`,
      `${name}_count{${label}} ${histogram.count}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
