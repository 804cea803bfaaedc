import { expect } from "chai";
import type { Content } from "../../lib/content/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { type StatsChart, statsChartSvg } from "../../lib/operations/stats-chart.ts";
import { createStatsPicture } from "../../lib/operations/stats-picture.ts";
import { createPerformanceMonitor, OperationTotals, type Snapshot } from "../../lib/performance/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { loadSample } from "../support/sample.ts";

describe("the picture of /stats", () => {
  const clock = new FakeClock();
  let content: Content;

  before(async () => {
    content = await loadSample();
  });

  function open(snapshots: readonly Snapshot[], draw?: (chart: StatsChart) => Promise<Uint8Array>) {
    const monitor = createPerformanceMonitor({
      mode: "counts",
      slowOperationMs: 1_000,
      logger: silentLogger,
    });
    const records = snapshots.map((snapshot) => ({
      _id: snapshot.id,
      minute: new Date(snapshot.fromMs),
      snapshot: JSON.stringify(snapshot),
    }));
    return createStatsPicture({
      content,
      logger: silentLogger,
      ...(draw ? { draw } : {}),
      monitor,
      clock,
      store: {
        performance: { between: async () => records },
        people: { audienceSize: async () => 12 },
        libraryUse: {
          unanswered: async () =>
            [1, 2, 3, 4, 5, 5].map((telegramUserId) => ({
              telegramUserId,
              language: "en",
              text: "how much is a vasectomy",
            })),
          pages: async () => [],
        },
        feedback: { counts: async () => ({ up: 3, down: 1, ratings: 2, meanRating: 3.5 }) },
      },
    });
  }

  it("summarizes the bot in a few lines, with a chart", async () => {
    const { text, png } = await open([])("en");
    if (!png) throw new Error("nothing was drawn");
    expect(text)
      .to.match(/Questions: 0/)
      .and.match(/👍 3, 👎 1/)
      .and.match(/reached: 12/)
      .and.match(/without an answer: 6/)
      .and.match(/vasectomy \(5\)/);
    expect(text.length).to.be.lessThan(1024);
    expect(Buffer.from(png.subarray(0, 8)).toString("latin1")).to.equal("\x89PNG\r\n\x1a\n");
    expect(png.length).to.be.lessThan(1_000_000);
  });

  it("counts the day's questions, with median and p95 of their durations", async () => {
    const totals = new OperationTotals();
    for (let seconds = 1; seconds <= 20; seconds += 1) totals.histogram.record(seconds * 1_000);
    const fromMs = clock.now() - 3_600_000;
    const operation = { name: "question", slowMs: null, ...totals.encode() };
    // The same questions and many messages of hand-overs.
    const relayed = new OperationTotals();
    for (let message = 0; message < 500; message += 1) relayed.histogram.record(20);
    const handled = { name: "process_question", slowMs: 10_000, ...relayed.encode() };
    const snapshot = {
      id: "a",
      fromMs,
      toMs: fromMs + 60_000,
      runStartedAtMs: fromMs,
      instances: ["a"],
      operations: [operation, handled],
    };
    const chart = async (asked: StatsChart) => {
      drawn.push(asked);
      return new Uint8Array();
    };
    const drawn: StatsChart[] = [];
    const picture = open([{ ...snapshot, gauges: [], counters: [] }], chart);
    const { text } = await picture("en");
    expect(text).to.match(/Questions: 20, of which failed: 0/);
    expect(text).to.match(/half within 10\.\d s, 95 % within (19|20)\.\d s/);
    expect(drawn[0]?.questions.counts.reduce((sum, count) => sum + count, 0)).to.equal(20);
    expect((await picture("fr")).text).to.match(/Questions\s: 20, dont échouées\s: 0/);
    expect(drawn[1]?.title).to.match(/durée de leurs réponses/);
  });

  it("draws a single point, and leaves gaps where nothing was asked", () => {
    const svg = statsChartSvg({
      title: "Questions & <answers>",
      times: ["10:00", "10:30", "11:00"],
      questions: { name: "Questions", counts: [0, 7, 0] },
      p95: { name: "p95", seconds: [null, 1.5, null] },
    });
    expect(svg.match(/<circle /g)).to.have.length(1);
    expect(svg.match(/<rect x="\d+\.\d" /g)).to.have.length(1);
    expect(svg).to.include("Questions &amp; &lt;answers>");
    expect(svg).not.to.include("NaN");
  });

  it("shows the rest when no chart can be drawn", async () => {
    const { text, png } = await open([], async () => {
      throw new Error("no room for another process");
    })("en");
    expect(png).to.equal(null);
    expect(text).to.match(/Nothing is slow/);
  });
});
