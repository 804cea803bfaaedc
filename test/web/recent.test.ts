import { expect } from "chai";
import { silentLogger } from "../../lib/core/index.ts";
import {
  createPerformanceMonitor,
  type KeptTrace,
  type PerformanceMonitor,
} from "../../lib/performance/index.ts";
import { Recent } from "../../lib/web/recent.ts";

describe("the last five minutes", () => {
  let monitor: PerformanceMonitor;
  let traces: KeptTrace[];
  let recent: Recent;

  beforeEach(() => {
    monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 1_000, logger: silentLogger });
    traces = [];
    recent = new Recent({
      mode: monitor.mode,
      sinceStart: monitor.sinceStart,
      slowestTraces: () => traces,
    });
  });

  it("cover only the last seconds, whenever the monitor's minute begins", () => {
    monitor.record("process_question", 9_000);
    recent.take(0, 0);
    monitor.nextWindow();
    monitor.record("process_question", 100);
    monitor.record("process_question", 200);
    const { figures } = recent.take(2_000, 2_000);
    expect(figures.answerP99).to.be.closeTo(200, 2);
    expect(figures.questions).to.equal(60);
    for (let at = 4_000; at <= 14_000; at += 2_000) recent.take(at, at);
    expect(recent.all().at(-1)?.figures).to.include({ questions: 0, answerP99: null });
  });

  it("show the model's remaining quotas, and bytes and refused updates per minute", () => {
    let left = 12;
    monitor.gauge("model.quota.rpm", () => left);
    monitor.gauge("model.limit", () => 4);
    recent.take(0, 0);
    left = 9;
    monitor.count("file.bytes.read", 2_000_000);
    monitor.count("updates.refused", 2);
    const { figures } = recent.take(2_000, 2_000);
    expect(figures).to.include({ requestsLeftMinute: 9, modelLimit: 4, tokensLeftMinute: null });
    expect(figures).to.include({ readBytes: 60_000_000, writtenBytes: null, refused: 60 });
  });

  it("show the same rates when the clock is set back, and go forward only", () => {
    recent.take(3_600_000, 0);
    monitor.record("process_question", 100);
    expect(recent.take(2_000, 2_000).figures.questions).to.equal(30);
    expect(recent.all().map(({ at }) => at)).to.deep.equal([2_000]);
  });

  it("forget older samples", () => {
    for (let at = 0; at <= 400_000; at += 2_000) recent.take(at, at);
    expect(recent.all()).to.have.length(150);
  });

  it("name the slow operation and the part that takes most of its time", () => {
    recent.take(0, 0);
    for (let call = 0; call < 20; call += 1) monitor.record("process_question", 4_000);
    const span = { name: "model", part: "model", startMs: 3_000, durationMs: 800, parent: null };
    const wait = { name: "model.wait", part: "model.wait", startMs: 0, durationMs: 3_000, parent: null };
    const trace = { operation: "process_question", durationMs: 4_000, fields: {}, leftOut: 0 };
    traces = [{ ...trace, id: "1", startedAtMs: 1_000, spans: [wait, span] }];
    recent.take(6_000, 6_000);
    const { state, text } = recent.health(6_000);
    expect(state).to.equal("slow");
    expect(text).to.match(/^process_question takes .*, mostly model\.wait \(75 % of it\)$/);
  });

  it("name a slow answer before a busy event loop", () => {
    recent.take(0, 0);
    for (let call = 0; call < 20; call += 1) {
      monitor.record("process_question", 4_000);
      for (let sample = 0; sample < 100; sample += 1) monitor.record("event_loop.delay", 300);
    }
    recent.take(2_000, 2_000);
    expect(recent.health(2_000).text).to.match(/^process_question takes .*; the event loop is blocked/);
  });

  it("are not called healthy when nothing is measured", () => {
    const off = createPerformanceMonitor({ mode: "off", slowOperationMs: 1_000, logger: silentLogger });
    expect(new Recent(off).health(0)).to.deep.equal({ state: "unmeasured", text: "PERFORMANCE=off" });
  });

  it("are healthy again once the slow calls are five minutes old", () => {
    recent.take(0, 0);
    for (let call = 0; call < 20; call += 1) monitor.record("process_question", 4_000);
    for (let at = 2_000; at <= 340_000; at += 2_000) recent.take(at, at);
    expect(recent.health(340_000)).to.include({ state: "healthy" });
  });
});
