import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { type PerformanceMonitor, renderReport, type Snapshot } from "../../lib/performance/index.ts";
import { createBench } from "./support.ts";

const NOON = new Date(2026, 0, 31, 12, 0).getTime();
const MINUTE_MS = 60_000;

function snapshotOf(measure: (monitor: PerformanceMonitor) => void, instance = "one"): Snapshot {
  const { monitor } = createBench();
  measure(monitor);
  const times = { runStartedAtMs: NOON, fromMs: NOON, toMs: NOON + 59 * MINUTE_MS };
  return { id: instance, instances: [instance], ...times, ...monitor.present() };
}

function render(
  snapshots: Snapshot[],
  options: Partial<{ width: number; color: boolean; now: number }> = {},
): string[] {
  return renderReport(snapshots, { width: 80, color: false, now: NOON + 59 * MINUTE_MS, ...options }).split(
    "\n",
  );
}

function recordMany(monitor: PerformanceMonitor, name: string, ms: number, count: number): void {
  for (let call = 0; call < count; call += 1) monitor.record(name, ms);
}

describe("the performance report", () => {
  it("is a friendly line when nothing is recorded", () => {
    expect(render([])).to.deep.equal([
      "Nothing is recorded yet. Start the bot (npm start), ask it something, and look again.",
      "",
    ]);
  });

  it("tells the span, what is the matter, and every operation, slow ones first and marked", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "mongo.find.updates", 1.5, 12_345);
        recordMany(monitor, "process_question", 6210, 20);
        monitor.record("telegram.getUpdates", 30_000, { slowMs: null });
        monitor.record("telegram.sendMessage", 140, { errorCode: "429" });
      }),
    ]);
    expect(lines).to.deep.equal([
      "Helpline 2026-01-31 12:00 to 12:59 (59 min)",
      "Slow: process_question takes 6.21 s (p95; 1.00 s is slow)",
      "",
      "Operation                Count Errors     p50     p95     p99     Max  Peak",
      "! process_question          20         6.21 s  6.21 s  6.21 s  6.21 s",
      "  telegram.sendMessage       1      1  140 ms  140 ms  140 ms  140 ms",
      "  mongo.find.updates    12,345        1.50 ms 1.50 ms 1.50 ms 1.50 ms",
      "  telegram.getUpdates        1         30.0 s  30.0 s  30.0 s  30.0 s",
      "",
    ]);
  });

  it("says that all is well when it is", () => {
    const lines = render([snapshotOf((monitor) => recordMany(monitor, "gemini", 300, 10))]);
    expect(lines[1]).to.equal("Healthy: nothing slow, nothing failing");
  });

  it("names what fails, how often and why, before what is slow", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "mongo", 5000, 10);
        recordMany(monitor, "gemini", 10, 36);
        for (const errorCode of ["429", "503", "429", "429"]) monitor.record("gemini", 10, { errorCode });
        monitor.record("gemini", 10, { errorCode: "429" });
      }),
    ]);
    expect(lines[1]).to.equal("Failing: gemini failed 5 times (12.2 %), mostly 429");
    expect(lines.filter((line) => line.startsWith("! "))).to.have.length(2);
  });

  it("does not call a single failure failing", () => {
    const lines = render([snapshotOf((monitor) => monitor.record("gemini", 10, { errorCode: "429" }))]);
    expect(lines[1]).to.match(/^Healthy/);
  });

  it("tells of a blocked event loop and of memory in a line of their own, not in the table", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "event_loop.delay", 400, 5);
        recordMany(monitor, "gc", 3, 5);
        monitor.gauge("event_loop.utilization", () => 0.42);
        monitor.gauge("process.heap_used_bytes", () => 54e6);
        monitor.gauge("process.rss_bytes", () => 1.2e9);
        monitor.record("gemini", 5);
      }),
    ]);
    expect(lines[1]).to.equal("Slow: the event loop is blocked for up to 400 ms");
    expect(lines[2]).to.equal("event loop delay p99 400 ms, busy 42.0 %, heap 54 MB, memory 1.20 GB");
    expect(lines.filter((line) => /^ {2}\w/.test(line))).to.have.length(1);
  });

  it("merges processes and says how many there were", () => {
    const ten = (monitor: PerformanceMonitor) => recordMany(monitor, "gemini", 300, 10);
    const lines = render([snapshotOf(ten, "one"), snapshotOf(ten, "two")]);
    expect(lines[0]).to.equal("Helpline 2026-01-31 12:00 to 12:59 (59 min, 2 processes)");
    expect(lines[4]).to.match(/^ {2}gemini +20 /);
  });

  it("says when the bot was last heard of, if it writes no more", () => {
    const ten = (monitor: PerformanceMonitor) => recordMany(monitor, "gemini", 300, 10);
    const lines = render([snapshotOf(ten)], { now: NOON + 179 * MINUTE_MS });
    expect(lines[0]).to.equal("Helpline 2026-01-31 12:00 to 12:59 (59 min), last heard of 2 h ago");
  });

  it("fits 80 columns and 24 lines, whatever the names and numbers, and uses more room where there is", () => {
    const snapshot = snapshotOf((monitor) => {
      for (let id = 0; id < 40; id += 1) {
        const name = `mongo.findOneAndUpdate.a_collection_with_a_long_name_${id}`;
        for (let call = 0; call < 7; call += 1) monitor.record(name, 59_999.4, { errorCode: "E".repeat(90) });
        recordMany(monitor, name, 0.12345, 2000);
        recordMany(monitor, name, 3_599_999, 7);
      }
    });
    for (const color of [false, true]) {
      const lines = render([snapshot], { color }).map(stripVTControlCharacters);
      expect(Math.max(...lines.map((line) => line.length))).to.be.within(70, 80);
      expect(lines.length).to.be.at.most(24);
      expect(lines.at(-2)).to.equal("and 25 more");
    }
    const wide = render([snapshot], { width: 140 }).join("\n");
    expect(wide).to.match(/a_collection_with_a_long_name_\d+ /);
  });

  it("uses colour only where asked, and says the same without", () => {
    const snapshot = snapshotOf((monitor) => recordMany(monitor, "gemini", 3000, 10));
    const [plain, colored] = [render([snapshot]), render([snapshot], { color: true })];
    expect(plain.join("")).not.to.include("\u001b");
    expect(colored.join("")).to.include("\u001b[33m");
    expect(colored.map(stripVTControlCharacters)).to.deep.equal(plain);
  });
});
