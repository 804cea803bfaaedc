import type { HrTime } from "@opentelemetry/api";
import { ValueType } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  InstrumentType,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import type { OperationSinceStart, PerformanceMonitor } from "../../performance/index.ts";

/** Upper bounds of the buckets in milliseconds, as in `/metrics`. */
const BOUNDS_MS = [1, 5, 10, 20, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/** Reads the monitor's figures when they are sent, so that they cost nothing per call. */
export class MetricsProducer implements MetricProducer {
  readonly #startTime: HrTime;

  constructor(
    private readonly monitor: Pick<PerformanceMonitor, "sinceStart">,
    private readonly resource: Resource,
    private readonly nowMs: () => number,
  ) {
    this.#startTime = toHrTime(nowMs());
  }

  async collect(): Promise<CollectionResult> {
    const { operations, counters, gauges, inFlight } = this.monitor.sinceStart();
    const metrics = [
      this.#durations(operations),
      this.#errors(operations),
      ...Object.entries(counters).map(([name, total]) => this.#sum(`helpline.${name}`, [[total, {}]])),
      ...gauges.map(({ name, last }) => this.#gauge(name, last)),
      this.#gauge("updates.in_flight", inFlight),
    ];
    return {
      resourceMetrics: {
        resource: this.resource,
        scopeMetrics: [{ scope: { name: "helpline" }, metrics }],
      },
      errors: [],
    };
  }

  #durations(operations: readonly OperationSinceStart[]): MetricData {
    return {
      descriptor: descriptor("helpline.operation.duration", "s", InstrumentType.HISTOGRAM),
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: operations.map(({ name, totals }) =>
        this.#point<Histogram>(
          {
            count: totals.histogram.count,
            sum: totals.histogram.sumMs / 1000,
            buckets: {
              boundaries: BOUNDS_MS.map((bound) => bound / 1000),
              counts: bucketCounts(totals.histogram.countsUpTo(BOUNDS_MS), totals.histogram.count),
            },
          },
          { operation: name },
        ),
      ),
    };
  }

  #errors(operations: readonly OperationSinceStart[]): MetricData {
    const failed = operations.flatMap(({ name, totals }) =>
      [...totals.errors].map(([code, count]): [number, Record<string, string>] => [
        count,
        { operation: name, code },
      ]),
    );
    return this.#sum("helpline.operation.errors", failed);
  }

  #sum(name: string, values: readonly [number, Record<string, string>][]): MetricData {
    return {
      descriptor: descriptor(name, "", InstrumentType.COUNTER),
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: values.map(([value, attributes]) => this.#point(value, attributes)),
    };
  }

  /** `inbox.oldest_ms` becomes `helpline.inbox.oldest` in seconds. */
  #gauge(name: string, value: number): MetricData {
    const isDuration = name.endsWith("_ms");
    return {
      descriptor: descriptor(
        `helpline.${name.replace(/_ms$/, "")}`,
        isDuration ? "s" : "",
        InstrumentType.OBSERVABLE_GAUGE,
      ),
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints: [this.#point(isDuration ? value / 1000 : value, {})],
    };
  }

  #point<Value>(value: Value, attributes: Record<string, string>): DataPoint<Value> {
    return { startTime: this.#startTime, endTime: toHrTime(this.nowMs()), attributes, value };
  }
}

/** Counts up to each bound become counts between bounds, the last one for what is over all of them. */
function bucketCounts(upTo: readonly number[], all: number): number[] {
  return [...upTo, all].map((count, index) => count - (upTo[index - 1] ?? 0));
}

function descriptor(name: string, unit: string, type: InstrumentType): MetricData["descriptor"] {
  return {
    name,
    description: "",
    unit,
    type,
    valueType: ValueType.DOUBLE,
    advice: {},
  } as MetricData["descriptor"];
}

/** Epoch milliseconds as seconds and nanoseconds. */
export function toHrTime(epochMs: number): HrTime {
  return [Math.floor(epochMs / 1000), Math.round((epochMs % 1000) * 1e6)];
}
