import { createRequire } from "node:module";
import type { Clock } from "./core/index.ts";
import {
  assessHealth,
  type Column,
  columnsOf,
  formatDuration,
  type PerformanceMonitor,
  type Snapshot,
  summarize,
} from "./performance/index.ts";
import type { FeedbackStore, PeopleStore, PerformanceStore } from "./store/index.ts";

export interface StatsPictureDeps {
  monitor: Pick<PerformanceMonitor, "sinceStart">;
  store: {
    performance: Pick<PerformanceStore, "between">;
    people: Pick<PeopleStore, "audienceSize">;
    feedback: Pick<FeedbackStore, "counts">;
  };
  clock: Clock;
}

/** One screen for operators: Markdown, and a chart as PNG. */
export interface StatsPicture {
  text: string;
  png: Uint8Array;
}

const DAY_MS = 24 * 60 * 60_000;
const COLUMNS = 48;
const QUESTION = "process_question";
const WIDTH = 800;
const HEIGHT = 420;
const FONT = "DejaVu Sans";

/** How the bot did over the last day. */
export function createStatsPicture({ monitor, store, clock }: StatsPictureDeps): () => Promise<StatsPicture> {
  return async () => {
    const to = new Date(clock.now());
    const from = new Date(to.getTime() - DAY_MS);
    const [records, people, feedback] = await Promise.all([
      store.performance.between(from, to),
      store.people.audienceSize(),
      store.feedback.counts(from),
    ]);
    const snapshots = records.map(({ snapshot }) => JSON.parse(snapshot) as Snapshot);
    const summary = summarize(snapshots);
    const operations = summary?.operations ?? [];
    const questions = operations.find(({ name }) => name === QUESTION);
    const failed = Object.values(questions?.errors ?? {}).reduce((sum, count) => sum + count, 0);
    const { state, text } = assessHealth(operations);
    const { gauges, inFlight } = monitor.sinceStart();
    const gauge = (name: string): number => gauges.find((other) => other.name === name)?.last ?? 0;
    const lines = [
      `**The last 24 hours: ${state}**`,
      text,
      "",
      `Questions: ${questions?.count ?? 0}, of which failed: ${failed}`,
      questions
        ? `Answer time: half within ${formatDuration(questions.p50Ms)}, 95 % within ${formatDuration(questions.p95Ms)}`
        : "Answer time: nothing was asked",
      `Ratings: 👍 ${feedback.up}, 👎 ${feedback.down}, ${feedback.ratings} of 1 to 4${
        feedback.ratings > 0 ? ` (mean ${feedback.meanRating.toFixed(1)})` : ""
      }`,
      `Now: ${inFlight} in hand, ${gauge("inbox.waiting")} waiting, ${gauge("gemini.queued")} waiting for the model`,
      `People who can be reached: ${people}`,
    ];
    const columns = snapshots.length > 0 ? columnsOf(snapshots, (name) => name === QUESTION, COLUMNS) : [];
    const firstMs = Math.min(to.getTime(), ...snapshots.map(({ fromMs }) => fromMs));
    return { text: lines.join("\n"), png: await drawChart(columns, firstMs, to.getTime()) };
  };
}

/** Questions as bars, their p95 as a line. The libraries are large and rarely needed, so they are loaded here. */
async function drawChart(columns: readonly Column[], fromMs: number, toMs: number): Promise<Uint8Array> {
  const [{ init }, { Resvg }] = await Promise.all([import("echarts"), import("@resvg/resvg-js")]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(chartOption(columns, fromMs, toMs));
    const { resolve } = createRequire(import.meta.url);
    const fonts = ["DejaVuSans", "DejaVuSans-Bold"].map((font) =>
      resolve(`dejavu-fonts-ttf/ttf/${font}.ttf`),
    );
    const picture = new Resvg(chart.renderToSVGString(), {
      font: { fontFiles: fonts, loadSystemFonts: false, defaultFontFamily: FONT },
    });
    return picture.render().asPng();
  } finally {
    chart.dispose();
  }
}

function chartOption(columns: readonly Column[], fromMs: number, toMs: number) {
  const stepMs = (toMs - fromMs) / Math.max(1, columns.length);
  const times = columns.map((_, index) => new Date(fromMs + index * stepMs).toISOString().slice(11, 16));
  const stats = columns.map(({ totals }) => totals?.stats());
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, fontSize: 14 },
    title: {
      text: "Questions and how long their answers took",
      textStyle: { fontFamily: FONT, fontSize: 18 },
      left: 16,
      top: 12,
    },
    legend: { top: 44, left: 16, data: ["questions", "95 % answered within (s)"] },
    grid: { left: 60, right: 60, top: 96, bottom: 48 },
    xAxis: { type: "category" as const, data: times, name: "UTC" },
    yAxis: [
      { type: "value" as const, minInterval: 1 },
      { type: "value" as const, splitLine: { show: false } },
    ],
    series: [
      {
        name: "questions",
        type: "bar" as const,
        itemStyle: { color: "#7fb2e5" },
        data: stats.map((column) => column?.count ?? 0),
      },
      {
        name: "95 % answered within (s)",
        type: "line" as const,
        yAxisIndex: 1,
        itemStyle: { color: "#c2410c" },
        data: stats.map((column) => (column && column.count > 0 ? column.p95Ms / 1000 : null)),
      },
    ],
  };
}
