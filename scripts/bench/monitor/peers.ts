import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { build } from "hdr-histogram-js";
import { Histogram as PrometheusHistogram, Registry } from "prom-client";
import { Histogram } from "../../../lib/performance/index.ts";
import { atRank } from "../../simulate/report/statistics.ts";

/** Another library or method that records durations. */
export interface Peer {
  name: string;
  record(durationMs: number): void;
  /** Of everything recorded; computing it is part of the peer's cost. */
  quantile?(quantile: number): number;
  /** Drops the recorded durations if keeping them would make the next report slower. */
  startOver?(): void;
}

/** Bucket bounds for prom-client and OpenTelemetry: 1 µs to 1 h, each 1.5 times the one before. */
const BOUNDS_MS = Array.from({ length: 55 }, (_, index) => 0.001 * 1.5 ** index);

/** New instances, each used as its documentation shows. */
export function createPeers(): Peer[] {
  return [prometheus(), openTelemetry(), hdr(), sortedArray()];
}

/** The monitor's own histogram, for comparison. */
export function createOwn(): Peer {
  const histogram = new Histogram();
  return {
    name: "Helpline's histogram",
    record: (durationMs) => histogram.record(durationMs),
    quantile: (quantile) => histogram.quantile(quantile),
  };
}

function prometheus(): Peer {
  const histogram = new PrometheusHistogram({
    name: "duration_milliseconds",
    help: "How long calls took.",
    labelNames: ["operation"],
    buckets: BOUNDS_MS,
    registers: [new Registry()],
  });
  return {
    name: "prom-client",
    record: (durationMs) => histogram.observe({ operation: "bench" }, durationMs),
  };
}

function openTelemetry(): Peer {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    readers: [reader],
    views: [
      {
        instrumentName: "duration",
        aggregation: {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: BOUNDS_MS },
        },
      },
    ],
  });
  const histogram = provider.getMeter("bench").createHistogram("duration");
  return {
    name: "OpenTelemetry histogram",
    record: (durationMs) => histogram.record(durationMs, { operation: "bench" }),
  };
}

function hdr(): Peer {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 2,
  });
  return {
    name: "hdr-histogram-js",
    record: (durationMs) => histogram.recordValue(Math.max(1, Math.round(durationMs * 1000))),
    quantile: (quantile) => histogram.getValueAtPercentile(quantile * 100) / 1000,
  };
}

function sortedArray(): Peer {
  let durations: number[] = [];
  return {
    name: "array, sorted for the report",
    record: (durationMs) => durations.push(durationMs),
    quantile(quantile) {
      durations = durations.toSorted((a, b) => a - b);
      return atRank(durations, quantile);
    },
    startOver() {
      durations = [];
    },
  };
}
