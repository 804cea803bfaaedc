import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import * as z from "zod";
import { startTelemetry } from "../../../lib/app/telemetry/index.ts";
import { systemClock } from "../../../lib/core/index.ts";
import {
  createPerformanceMonitor,
  type KeptTrace,
  type PerformanceMonitor,
} from "../../../lib/performance/index.ts";

interface Received {
  path: string;
  body: unknown;
}

/** What is read of OTLP's JSON. */
const tracesBody = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({
          attributes: z.array(
            z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) }),
          ),
        }),
        scopeSpans: z
          .array(
            z.object({
              spans: z.array(
                z.object({
                  name: z.string(),
                  traceId: z.string(),
                  spanId: z.string(),
                  parentSpanId: z.string().optional(),
                  status: z.object({ code: z.number(), message: z.string().optional() }),
                  startTimeUnixNano: z.string(),
                  endTimeUnixNano: z.string(),
                }),
              ),
            }),
          )
          .length(1),
      }),
    )
    .length(1),
});
const numbers = z.object({ dataPoints: z.array(z.object({ asDouble: z.number() })) });
const metricsBody = z.object({
  resourceMetrics: z
    .array(
      z.object({
        scopeMetrics: z.array(
          z.object({
            metrics: z.array(
              z.object({
                name: z.string(),
                unit: z.string().optional(),
                histogram: z
                  .object({
                    dataPoints: z.array(
                      z.object({
                        count: z.number(),
                        sum: z.number(),
                        bucketCounts: z.array(z.number()),
                        explicitBounds: z.array(z.number()),
                      }),
                    ),
                  })
                  .optional(),
                sum: numbers.extend({ isMonotonic: z.boolean() }).optional(),
                gauge: numbers.optional(),
              }),
            ),
          }),
        ),
      }),
    )
    .length(1),
});

const TRACE: KeptTrace = {
  id: "slot",
  operation: "process_question",
  startedAtMs: 1_700_000_000_000,
  durationMs: 2_500,
  fields: { trace: "0123456789abcdef0123456789abcdef", update: 7, chat: "c4a7" },
  spans: [
    {
      name: "model",
      part: "model",
      startMs: 100,
      durationMs: 2_000,
      parent: null,
      errorCode: "MODEL_TIMEOUT",
    },
    { name: "mongodb.find", part: "mongo", startMs: 150, durationMs: 5, parent: 0 },
  ],
  leftOut: 0,
};

describe("OpenTelemetry", () => {
  let server: Server;
  let url: string;
  let received: Received[];
  let status: number;
  let warnings: string[];
  let monitor: PerformanceMonitor;

  beforeEach(async () => {
    received = [];
    warnings = [];
    status = 200;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        received.push({ path: request.url ?? "", body: JSON.parse(Buffer.concat(chunks).toString()) });
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
        server.emit("received");
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const logger = { error() {}, warn: (message: string) => warnings.push(message), info() {}, debug() {} };
    monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 1_000, logger });
  });

  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });

  const open = () =>
    startTelemetry({
      url,
      instance: "one",
      monitor,
      clock: systemClock,
      logger: { error() {}, warn: (message) => void warnings.push(message), info() {}, debug() {} },
    });

  it("gets the slowest traces, with the id that the log has and each call below its caller", async () => {
    const telemetry = open();
    telemetry.sendTraces([TRACE]);
    await once(server, "received");
    const [first] = received;
    expect(first?.path).to.equal("/v1/traces");
    const [resourceSpans] = tracesBody.parse(first?.body).resourceSpans;
    const attributes = Object.fromEntries(
      (resourceSpans?.resource.attributes ?? []).map(({ key, value }) => [key, value.stringValue]),
    );
    expect(attributes).to.include({ "service.name": "helpline", "service.instance.id": "one" });
    const [root, model, find] = resourceSpans?.scopeSpans[0]?.spans ?? [];
    expect(root).to.include({ name: "process_question", traceId: TRACE.fields.trace });
    expect(root?.parentSpanId ?? "").to.equal("");
    expect(model).to.include({ name: "model", parentSpanId: root?.spanId });
    expect(model?.status).to.deep.equal({ code: 2, message: "MODEL_TIMEOUT" });
    expect(find).to.include({ name: "mongodb.find", parentSpanId: model?.spanId });
    expect(model?.startTimeUnixNano).to.equal("1700000000100000000");
    expect(model?.endTimeUnixNano).to.equal("1700000002100000000");
    await telemetry.close();
  });

  it("gets durations, errors, counters and gauges", async () => {
    monitor.record("model", 700);
    monitor.record("model", 90_000, { errorCode: "MODEL_TIMEOUT" });
    monitor.count("model.tokens", 12);
    monitor.gauge("inbox.oldest_ms", () => 1_500);
    await open().close();
    const sent = received.find(({ path }) => path === "/v1/metrics");
    const metrics = metricsBody
      .parse(sent?.body)
      .resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: some }) => some));
    const named = (name: string) => metrics.find((metric) => metric.name === name);
    const [durations] = named("helpline.operation.duration")?.histogram?.dataPoints ?? [];
    expect(durations).to.deep.include({ count: 2, sum: 90.7 });
    const { bucketCounts = [], explicitBounds = [] } = durations ?? {};
    expect(bucketCounts).to.have.length(explicitBounds.length + 1);
    expect(bucketCounts[explicitBounds.indexOf(1)]).to.equal(1);
    expect(bucketCounts.at(-1)).to.equal(1);
    expect(named("helpline.operation.errors")?.sum?.dataPoints[0]?.asDouble).to.equal(1);
    expect(named("helpline.model.tokens")?.sum).to.deep.include({ isMonotonic: true });
    expect(named("helpline.inbox.oldest")).to.include({ unit: "s" });
    expect(named("helpline.inbox.oldest")?.gauge?.dataPoints[0]?.asDouble).to.equal(1.5);
  });

  it("that refuses what it is sent is named in the log, and holds up nothing", async () => {
    status = 400;
    const telemetry = open();
    telemetry.sendTraces([TRACE]);
    await once(server, "received");
    await telemetry.close();
    expect(warnings.join("\n")).to.include("did not take the traces").and.include("did not take the metrics");
  });
});
