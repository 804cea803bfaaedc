import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { Clock, Logger } from "../../core/index.ts";
import type { KeptTrace, PerformanceMonitor } from "../../performance/index.ts";
import { MetricsProducer } from "./metrics-producer.ts";
import { spansOf } from "./trace-spans.ts";

export interface TelemetryOptions {
  /** The collector's address, such as `http://127.0.0.1:4318`. */
  url: string;
  /** Tells processes apart. */
  instance: string;
  monitor: Pick<PerformanceMonitor, "sinceStart">;
  clock: Clock;
  logger: Logger;
}

/** What sends measurements to an OpenTelemetry collector. A failure is logged and holds up nothing. */
export interface Telemetry {
  sendTraces(traces: readonly KeptTrace[]): void;
  /** Sends the figures once more. */
  close(): Promise<void>;
}

/** The official packages ship no way to send what was measured by other means, so their exporters are called directly. */
export function startTelemetry({ url, instance, monitor, clock, logger }: TelemetryOptions): Telemetry {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ "service.name": "helpline", "service.instance.id": instance }))
    .merge(detectResources({ detectors: [envDetector] })); // OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES
  const address = (path: string): string => `${url.replace(/\/+$/, "")}/v1/${path}`;
  const traces = new OTLPTraceExporter({ url: address("traces") });
  const metrics = new ReportingMetricExporter({ url: address("metrics") }, (error) =>
    report("metrics", error),
  );
  const nowMs = (): number => clock.now();
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics,
    metricProducers: [new MetricsProducer(monitor, resource, nowMs)],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });

  function report(what: string, error: unknown): void {
    logger.warn(`OpenTelemetry's collector did not take the ${what}`, { error });
  }

  return {
    sendTraces(kept) {
      const spans = kept.flatMap((trace) => spansOf(trace, resource));
      if (spans.length === 0) return;
      traces.export(spans, ({ error }) => {
        if (error) report("traces", error);
      });
    },
    async close() {
      await provider.shutdown().catch((error: unknown) => report("metrics", error));
      await traces.shutdown().catch((error: unknown) => report("traces", error));
    },
  };
}

/** Tells of failures, which the reader keeps to itself. */
class ReportingMetricExporter extends OTLPMetricExporter {
  readonly #failed: (error: Error) => void;

  constructor(config: ConstructorParameters<typeof OTLPMetricExporter>[0], failed: (error: Error) => void) {
    super(config);
    this.#failed = failed;
  }

  override export(...[metrics, done]: Parameters<OTLPMetricExporter["export"]>): void {
    super.export(metrics, (result) => {
      if (result.error) this.#failed(result.error);
      done(result);
    });
  }
}
