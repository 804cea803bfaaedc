import { readFileSync } from "node:fs";
import { expect } from "chai";
import Fastify from "fastify";
import { parse } from "yaml";
import { silentLogger } from "../../lib/core/index.ts";
import {
  createPerformanceMonitor,
  type PerformanceMonitor,
  watchProcess,
} from "../../lib/performance/index.ts";
import { createMetrics, registerMetrics } from "../../lib/web/index.ts";

/** A line of Prometheus' text format: name, labels, value. prom-client writes `Nan`, which Prometheus accepts too. */
const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[\d.e+-]+|Na[nN]|\+Inf)$/;
const READY = {
  database: "ok",
  polling: "Telegram has answered no poll yet",
  inbox: "ok",
  outbox: "ok",
  operators: "ok",
};

describe("/metrics", () => {
  let monitor: PerformanceMonitor;
  let watch: { stop(): void };

  beforeEach(() => {
    monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 1_000, logger: silentLogger });
    watch = watchProcess(monitor);
    for (const gauge of [
      "inbox.waiting",
      "inbox.oldest_ms",
      "outbox.unsettled",
      "outbox.paused_chats",
      "model.in_flight",
      "model.queued",
      "model.limit",
      "mongodb.pool.connections",
      "mongodb.pool.in_use",
      "mongodb.pool.waiting",
      "people.active",
    ])
      monitor.gauge(gauge, () => 1_500);
  });

  afterEach(() => watch.stop());

  async function scrape(): Promise<string> {
    const app = Fastify();
    registerMetrics(app, createMetrics({ monitor, readiness: () => Promise.resolve(READY) }));
    const response = await app.inject("/metrics");
    expect(response.statusCode).to.equal(200);
    expect(response.headers["content-type"]).to.match(/^text\/plain; version=0\.0\.4/);
    return response.body;
  }

  it("is in Prometheus' text format, with Node's default metrics", async () => {
    monitor.record("process_question", 700);
    const text = await scrape();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const line of lines) expect(line).to.match(SAMPLE);
    const families = text.split("\n").filter((line) => line.startsWith("# TYPE "));
    expect(new Set(families).size, "each family is told of once").to.equal(families.length);
    expect(text).to.include("process_cpu_seconds_total").and.to.include("nodejs_heap_size_used_bytes");
  });

  it("has durations as a histogram in seconds, since the start rather than the minute", async () => {
    monitor.record("process_question", 700);
    monitor.nextWindow();
    monitor.record("process_question", 7_000);
    const text = await scrape();
    const of = 'operation="process_question"';
    expect(text).to.include(`helpline_operation_duration_seconds_bucket{${of},le="0.5"} 0`);
    expect(text).to.include(`helpline_operation_duration_seconds_bucket{${of},le="1"} 1`);
    expect(text).to.include(`helpline_operation_duration_seconds_bucket{${of},le="10"} 2`);
    expect(text).to.include(`helpline_operation_duration_seconds_bucket{${of},le="+Inf"} 2`);
    expect(text).to.include(`helpline_operation_duration_seconds_sum{${of}} 7.7`);
    expect(text).to.include(`helpline_operation_duration_seconds_count{${of}} 2`);
  });

  it("has each label of an operation", async () => {
    const options = { labels: ["photo"], label: (kind: string) => kind };
    await monitor.monitorPerformance("upload", options)(async (kind: string) => kind)("photo");
    expect(await scrape()).to.include(
      'helpline_operation_duration_seconds_count{operation="upload{photo}"} 1',
    );
  });

  it("has errors by code, gauges in base units, and the readiness checks", async () => {
    monitor.count("model.tokens", 12);
    monitor.record("model", 100, { errorCode: "GEMINI_429" });
    const text = await scrape();
    expect(text).to.include('helpline_operation_errors_total{operation="model",code="GEMINI_429"} 1');
    expect(text).to.include("helpline_model_tokens_total 12\n");
    expect(text).to.include("helpline_inbox_oldest_seconds 1.5\n");
    expect(text).to.include("helpline_inbox_waiting 1500\n");
    expect(text)
      .to.include('helpline_ready{check="polling"} 0')
      .and.to.include('helpline_ready{check="inbox"} 1');
  });

  it("stays bounded when names are built from ids by mistake", async () => {
    const before = (await scrape()).length;
    for (let id = 0; id < 5_000; id += 1) monitor.record(`work.${id}`, 1, { errorCode: `E${id}` });
    const operations = new Set((await scrape()).match(/operation="[^"]*"/g));
    expect(operations.size).to.be.at.most(301);
    expect(before).to.be.above(0);
  });

  it("has alert rules that each have a name, an expression and a summary", () => {
    const { groups } = parse(readFileSync("ops/prometheus-alerts.yml", "utf8")) as {
      groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules).not.to.deep.equal([]);
    for (const { alert, expr, annotations } of rules) {
      for (const text of [alert, expr, annotations.summary]) expect(text).to.be.a("string").and.not.equal("");
    }
  });
});
