import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import {
  comparisonData,
  type KeptTrace,
  type PerformanceMonitor,
  type ReportOptions,
  renderComparison,
  renderInstances,
  renderReport,
  renderTraces,
  reportCsv,
  reportData,
  type Snapshot,
} from "../../lib/performance/index.ts";
import { createBench } from "./support.ts";

const NOON = new Date(2026, 0, 31, 12, 0).getTime();
const MINUTE_MS = 60_000;

function snapshotOf(measure: (monitor: PerformanceMonitor) => void, instance = "one"): Snapshot {
  const { monitor } = createBench();
  measure(monitor);
  const times = { runStartedAtMs: NOON, fromMs: NOON, toMs: NOON + 59 * MINUTE_MS };
  return { id: instance, instances: [instance], ...times, ...monitor.present() };
}

function render(snapshots: Snapshot[], options: Partial<ReportOptions> = {}): string[] {
  return renderReport(snapshots, { width: 80, color: false, now: NOON + 59 * MINUTE_MS, ...options }).split(
    "\n",
  );
}

function recordMany(monitor: PerformanceMonitor, name: string, ms: number, count: number): void {
  for (let call = 0; call < count; call += 1) monitor.record(name, ms);
}

describe("the performance report", () => {
  it("is a friendly line when nothing was recorded", () => {
    expect(render([])).to.deep.equal([
      "Nothing is recorded yet. Start the bot (npm start), ask it something, and look again.",
      "",
    ]);
  });

  it("shows the span, the worst problem and the main operations, slow ones first and marked", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "mongo.updates.accept", 1.5, 12_000);
        recordMany(monitor, "mongo.people.find", 1.5, 345);
        recordMany(monitor, "process_question", 6210, 20);
        monitor.record("telegram.getUpdates", 30_000, { slowMs: null });
        monitor.record("telegram.sendMessage", 140, { errorCode: "429" });
      }),
    ]);
    expect(lines).to.deep.equal([
      "Helpline 2026-01-31 12:00 to 12:59 (59 min)",
      "Slow: process_question takes 6.21 s (p95; 1.00 s is slow)",
      "Since 12:00",
      "Answer p95   6.21 s █",
      "Updates     0.3/min █",
      "",
      "Operation                Count Errors     p50     p95     p99     Max  Peak",
      "! process_question          20         6.21 s  6.21 s  6.21 s  6.21 s",
      "  telegram.sendMessage       1      1  140 ms  140 ms  140 ms  140 ms",
      "  mongo                 12,345        1.50 ms 1.50 ms 1.50 ms 1.50 ms",
      "Every operation: --all",
      "",
    ]);
  });

  it("shows a slow store in one row, and a part of it only if that fails", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "mongo.people.find", 4000, 20);
        recordMany(monitor, "mongodb.find.people", 4000, 20);
        recordMany(monitor, "mongodb.pool.wait", 4000, 20);
        for (let call = 0; call < 5; call += 1) monitor.record("mongo.outbox.update", 1, { errorCode: "6" });
      }),
    ]);
    const marked = lines.filter((line) => line.startsWith("! ")).map((line) => line.split(" ")[1]);
    expect(marked).to.have.members(["mongo", "mongodb.pool.wait", "mongo.outbox.update"]);
  });

  it("lists each of several instances that run, and all of them together, and tells where to find that", () => {
    const asked = (count: number) => (monitor: PerformanceMonitor) =>
      recordMany(monitor, "process_question", 300, count);
    const ended = { ...snapshotOf(asked(7), "ended"), toMs: NOON + 5 * MINUTE_MS };
    const snapshots = [snapshotOf(asked(3), "one"), snapshotOf(asked(5), "two"), ended];
    const now = NOON + 59 * MINUTE_MS;
    const lines = renderInstances(snapshots, { width: 80, color: false, now }).split("\n");
    expect(lines.map((line) => line.trim().replaceAll(/ +/g, " "))).to.deep.equal([
      "2 instances run",
      "",
      "Instance Since Until Asked p95 Errors Memory",
      "all together 01-31 12:00 now 15 300 ms",
      "one 01-31 12:00 now 3 300 ms",
      "two 01-31 12:00 now 5 300 ms",
      "ended 01-31 12:00 01-31 12:05 7 300 ms",
      "",
    ]);
    expect(render(snapshots).at(-2)).to.match(/Each of the 2 instances that run: --instances$/);
  });

  it("says when everything is healthy", () => {
    const lines = render([snapshotOf((monitor) => recordMany(monitor, "model", 300, 10))]);
    expect(lines[1]).to.equal("Healthy: nothing slow, nothing failing");
  });

  it("names failing operations, with rate and error, before slow ones", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "mongo", 5000, 10);
        recordMany(monitor, "model", 10, 36);
        for (const errorCode of ["429", "503", "429", "429"]) monitor.record("model", 10, { errorCode });
        monitor.record("model", 10, { errorCode: "429" });
      }),
    ]);
    expect(lines[1]).to.equal("Failing: model failed 5 times (12.2 %), mostly 429");
    expect(lines.filter((line) => line.startsWith("! "))).to.have.length(2);
  });

  it("does not call a single failure failing", () => {
    const lines = render([snapshotOf((monitor) => monitor.record("model", 10, { errorCode: "429" }))]);
    expect(lines[1]).to.match(/^Healthy/);
  });

  it("shows a blocked event loop and memory in a line of their own, not in the table", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "event_loop.delay", 400, 2_000);
        recordMany(monitor, "gc", 3, 5);
        monitor.gauge("event_loop.utilization", () => 0.42);
        monitor.gauge("process.heap_used_bytes", () => 54e6);
        monitor.gauge("process.rss_bytes", () => 1.2e9);
        monitor.record("model", 5);
      }),
    ]);
    expect(lines[1]).to.equal("Slow: the event loop is blocked for up to 400 ms");
    expect(lines[3]).to.equal("event loop delay p99 400 ms, busy 42.0 %, heap 54 MB, memory 1.20 GB");
    expect(lines.filter((line) => /^ {2}\w/.test(line))).to.have.length(1);
  });

  it("does not take the start of the program for a blocked event loop", () => {
    const lines = render([
      snapshotOf((monitor) => {
        recordMany(monitor, "event_loop.delay", 1, 800);
        recordMany(monitor, "event_loop.delay", 130, 9);
      }),
    ]);
    expect(lines[1]).to.match(/^Healthy/);
  });

  it("merges processes and shows their number", () => {
    const ten = (monitor: PerformanceMonitor) => recordMany(monitor, "model", 300, 10);
    const lines = render([snapshotOf(ten, "one"), snapshotOf(ten, "two")]);
    expect(lines[0]).to.equal("Helpline 2026-01-31 12:00 to 12:59 (59 min, 2 processes)");
    expect(lines[4]).to.match(/^ {2}model +20 /);
  });

  it("says for how long the bot has written nothing", () => {
    const ten = (monitor: PerformanceMonitor) => recordMany(monitor, "model", 300, 10);
    const lines = render([snapshotOf(ten)], { now: NOON + 179 * MINUTE_MS });
    expect(lines[0]).to.equal("Helpline 2026-01-31 12:00 to 12:59 (59 min), silent for 2 h");
  });

  it("fits 80 columns and 24 lines with any names and numbers, and uses a wider terminal", () => {
    const snapshot = snapshotOf((monitor) => {
      recordMany(monitor, "process_question", 59_999.4, 123_456);
      for (let id = 0; id < 40; id += 1) {
        const name = `mongodb.findOneAndUpdate.a_collection_with_a_long_name_${id}`;
        for (let call = 0; call < 7; call += 1) monitor.record(name, 59_999.4, { errorCode: "E".repeat(90) });
        recordMany(monitor, name, 0.12345, 20);
        recordMany(monitor, name, 3_599_999, 7);
      }
    });
    for (const color of [false, true]) {
      const lines = render([snapshot], { color }).map(stripVTControlCharacters);
      expect(Math.max(...lines.map((line) => line.length))).to.be.within(70, 80);
      expect(lines.length, "with the empty last one, where the prompt is").to.equal(24);
      expect(lines.at(-2)).to.equal("Every operation: --all");
    }
    const wide = render([snapshot], { width: 140 }).join("\n");
    expect(wide).to.match(/a_collection_with_a_long_name_\d+ /);
  });

  it("uses color only on request, with the same text", () => {
    const snapshot = snapshotOf((monitor) => recordMany(monitor, "model", 3000, 10));
    const [plain, colored] = [render([snapshot]), render([snapshot], { color: true })];
    expect(plain.join("")).not.to.include("\u001b");
    expect(colored.join("")).to.include("\u001b[33m");
    expect(colored.map(stripVTControlCharacters)).to.deep.equal(plain);
  });
});

/** A trace as the monitor keeps it. */
function trace(changes: Partial<KeptTrace> = {}): KeptTrace {
  return {
    id: "t",
    operation: "process_question",
    startedAtMs: NOON,
    durationMs: 4_000,
    fields: { update: 7, chat: "a1b2" },
    spans: [
      { name: "model.wait", part: "model.wait", startMs: 0, durationMs: 1_000, parent: null },
      { name: "model", part: "model", startMs: 1_000, durationMs: 3_000, parent: null, errorCode: "E" },
      { name: "telegram.sendMessageDraft", part: "telegram.send", startMs: 2_000, durationMs: 1, parent: 1 },
    ],
    leftOut: 0,
    ...changes,
  };
}

/** A minute of answers of this duration. */
function minuteOf(minute: number, ms: number, count = 100): Snapshot {
  const snapshot = snapshotOf((monitor) => recordMany(monitor, "process_question", ms, count));
  const fromMs = NOON + minute * MINUTE_MS;
  return { ...snapshot, id: `one ${minute}`, fromMs, toMs: fromMs + MINUTE_MS };
}

describe("the top of the report", () => {
  it("says why it is slow and since when, and draws its course", () => {
    const minutes = [10, 10, 10, 4000, 4000, 4000].map((ms, minute) => minuteOf(minute, ms));
    const lines = render(minutes, { traces: [trace(), trace({ operation: "other" })] });
    expect(lines.slice(1, 5)).to.deep.equal([
      "Slow: process_question takes 4.00 s (p95; 1.00 s is slow)",
      "Since 12:03. Why: model 75 %, model.wait 25 %",
      "Answer p95   4.00 s ▁▁▁███",
      "Updates     100/min ██████",
    ]);
  });

  it("says when a slow operation has recovered", () => {
    const minutes = [4000, 4000, 10].map((ms, minute) => minuteOf(minute, ms));
    expect(render(minutes)[2]).to.equal("Over now: the last minutes were fine");
  });

  it("leaves a gap where nothing was measured", () => {
    const minutes = [0, 1, 4, 5].map((minute) => minuteOf(minute, minute < 2 ? 100 : 200));
    expect(render(minutes)[2]).to.equal("Answer p95   200 ms ▅▅  ██");
  });

  it("shows the peaks of people, updates and calls, and the tokens", () => {
    const snapshot = snapshotOf((monitor) => {
      monitor.record("process_question", 5);
      const gauges = { "people.active": 12, "inbox.waiting": 5, "inbox.oldest_ms": 2100 };
      for (const [name, value] of Object.entries(gauges)) monitor.gauge(name, () => value);
      monitor.gauge("model.in_flight", () => 7);
      monitor.gauge("model.limit", () => 8);
      monitor.count("model.tokens.prompt", 1200);
    });
    expect(render([snapshot])).to.include(
      "At most 12 people, 5 waiting for 2.10 s, 7 of 8 at the model; 1,200 tokens",
    );
  });

  it("shows refused updates", () => {
    const snapshot = snapshotOf((monitor) => {
      monitor.record("process_question", 5);
      monitor.gauge("people.active", () => 12);
      monitor.count("updates.refused", 340);
    });
    expect(render([snapshot])).to.include("At most 12 people; 340 updates refused");
  });

  it("shows messages that were given up or not sent for long first", () => {
    const snapshot = snapshotOf((monitor) => {
      monitor.record("process_question", 5);
      monitor.gauge("people.active", () => 12);
      monitor.gauge("outbox.oldest_ms", () => 95_000);
      monitor.gauge("outbox.given_up", () => 2);
    });
    const line = "2 messages given up; a message unsent for 1.58 min; At most 12 people";
    expect(render([snapshot])).to.include(line);
  });

  it("leaves out the last words of a line rather than cut them", () => {
    const snapshot = snapshotOf((monitor) => {
      monitor.record("process_question", 5);
      const gauges = {
        "people.active": 1,
        "inbox.waiting": 5,
        "inbox.oldest_ms": 2100,
        "outbox.paused_chats": 1,
      };
      for (const [name, value] of Object.entries({ ...gauges, "model.in_flight": 7, "model.limit": 8 }))
        monitor.gauge(name, () => value);
      monitor.count("model.tokens.prompt", 1200);
    });
    const line = "At most 1 person, 5 waiting for 2.10 s, 7 of 8 at the model, 1 chat paused";
    expect(render([snapshot])).to.include(line);
    expect(render([snapshot], { width: 140 })).to.include(`${line}; 1,200 tokens`);
  });

  it("shows and sorts all operations on request", () => {
    const snapshot = snapshotOf((monitor) => {
      recordMany(monitor, "content.load", 5, 3);
      recordMany(monitor, "model", 900, 1);
      recordMany(monitor, "mongo.people.find", 1, 9);
    });
    const names = (options: Partial<ReportOptions>) =>
      render([snapshot], options).flatMap((line) => /^ {2}(\S+)/.exec(line)?.[1] ?? []);
    expect(names({})).to.deep.equal(["model", "mongo"]);
    expect(names({ all: true })).to.deep.equal(["model", "content.load", "mongo.people.find"]);
    expect(names({ all: true, sort: "count" })).to.deep.equal(["mongo.people.find", "content.load", "model"]);
  });

  it("shows one operation in detail, and lists the known ones for an unknown name", () => {
    const snapshot = snapshotOf((monitor) => {
      recordMany(monitor, "model", 3_000, 8);
      monitor.record("model", 20, { errorCode: "GEMINI_TIMEOUT" });
      monitor.record("model.wait", 5);
      monitor.record("mongo.people.find", 5);
    });
    const text = render([snapshot], { operation: "model" }).join("\n");
    expect(text)
      .to.match(/! model +9/)
      .and.match(/ {2}model\.wait +1/)
      .and.not.include("mongo");
    const one = render([snapshotOf((monitor) => monitor.record("model", 20, { errorCode: "E" }))], {
      operation: "model",
    });
    expect(one).to.include("1 failed: E").and.include("0 slow (1.00 s or more)");
    expect(render([snapshot], { operation: "gemin" })).to.include("  mongo.people.find");
  });
});

describe("the waterfall of a slow trace", () => {
  it("draws each call at its time and length, and names the parts", () => {
    const lines = renderTraces([trace({ leftOut: 2 })], { width: 80, color: false }).split("\n");
    expect(lines).to.deep.equal([
      "process_question 4.00 s  2026-01-31 12:00, update 7, chat a1b2",
      "  model 3.00 s, model.wait 1.00 s",
      "  model.wait                      1.00 s  █████████▌",
      "  model                           3.00 s           ████████████████████████████▌",
      "   telegram.sendMessageDraft     1.00 ms                     ▏",
      "  and 2 shorter calls",
      "",
    ]);
  });

  it("is one line for an operation that called nothing", () => {
    const pause = trace({ operation: "outbox.pause", spans: [], fields: {} });
    expect(renderTraces([pause], { width: 80, color: false })).to.equal(
      "outbox.pause 4.00 s  2026-01-31 12:00\n",
    );
  });

  it("stays within the width for any trace", () => {
    const name = "a.very.long.name.of.an.operation.indeed";
    const spans = Array.from({ length: 50 }, (_, place) => {
      const parent = place === 0 ? null : place - 1;
      return { name, part: name, startMs: 4_000, durationMs: 1e-3, parent, errorCode: "E".repeat(90) };
    });
    const fields = { update: 1, chat: "c".repeat(90) };
    const text = renderTraces([trace({ spans, fields }), trace({ durationMs: 0 })], {
      width: 80,
      color: false,
    });
    expect(Math.max(...text.split("\n").map((line) => line.length))).to.be.at.most(80);
  });

  it("is a friendly line when there is no trace", () => {
    expect(renderTraces([], { width: 80, color: false })).to.match(/^No slow trace is kept/);
  });
});

describe("the comparison of two spans", () => {
  const compare = (now: Snapshot[], before: Snapshot[]): string =>
    renderComparison(now, before, { width: 80, color: false, before: "yesterday" });

  it("marks significant changes", () => {
    expect(compare([minuteOf(9, 200)], [minuteOf(0, 100)])).to.match(/! process_question .* ▲ 2\.0 ×/);
    expect(compare([minuteOf(9, 150)], [minuteOf(0, 100)])).to.match(/! process_question .* ▲ \+50 %/);
    expect(compare([minuteOf(9, 70)], [minuteOf(0, 100)])).to.match(/ {2}process_question .* ▼ -30 %/);
  });

  it("treats small changes and changes of few calls as noise", () => {
    expect(compare([minuteOf(9, 105)], [minuteOf(0, 100)])).to.match(/ {2}process_question .* ≈/);
    expect(compare([minuteOf(9, 900, 5)], [minuteOf(0, 100, 5)])).to.match(/ {2}process_question .* ≈/);
  });

  it("is data for programs on request", () => {
    const data = comparisonData([minuteOf(9, 200)], [minuteOf(0, 100)], {});
    const question = data?.operations.find(({ name }) => name === "process_question");
    expect(question?.change).to.equal("slower");
    expect(question?.now.p95Ms).to.be.closeTo(200, 3);
    expect(question?.before?.p95Ms).to.be.closeTo(100, 2);
    expect(data?.before.fromMs).to.be.lessThan(data?.now.fromMs ?? 0);
    expect(comparisonData([minuteOf(9, 200)], [], {})).to.equal(null);
  });

  it("says when there is nothing to compare with, and which operations are new", () => {
    expect(compare([minuteOf(9, 105)], [])).to.equal(
      "Nothing is recorded of the same span yesterday to compare.\n",
    );
    const other = snapshotOf((monitor) => monitor.record("model", 5));
    expect(compare([minuteOf(9, 105)], [other])).to.match(/process_question .* new/);
  });

  it("fits 80 columns", () => {
    const lines = compare([minuteOf(9, 3_599_999, 999_999)], [minuteOf(0, 0.1, 999_999)]).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80);
  });
});

describe("the report as data", () => {
  it("contains all figures, the health and the traces", () => {
    const data = reportData([minuteOf(0, 4000)], [trace()], {});
    expect(data).to.deep.include({ fromMs: NOON, toMs: NOON + MINUTE_MS, instances: ["one"] });
    expect(data?.health).to.include({ state: "slow", operation: "process_question" });
    expect(data?.operations[0]).to.include({ name: "process_question", count: 100, p95Ms: 4000 });
    expect(data?.slowestTraces).to.have.length(1);
    expect(reportData([], [], {})).to.equal(null);
  });

  it("has a line for each operation as comma-separated values", () => {
    const snapshot = snapshotOf((monitor) => {
      recordMany(monitor, 'odd "name", yes', 2, 3);
      monitor.record("model", 5, { errorCode: "E" });
    });
    expect(reportCsv([snapshot], {}).split("\r\n")).to.deep.equal([
      "operation,count,errors,slow,p50_ms,p90_ms,p95_ms,p99_ms,p99_9_ms,max_ms,mean_ms,peak_in_flight,peak_lasted_ms",
      "model,1,1,0,5.000,5.000,5.000,5.000,5.000,5.000,5.000,0,0",
      '"odd ""name"", yes",3,0,0,2.000,2.000,2.000,2.000,2.000,2.000,2.000,0,0',
      "",
    ]);
  });
});
