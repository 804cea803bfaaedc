import type { Content } from "../content/index.ts";
import { type Clock, errorMessage, type Logger } from "../core/index.ts";
import {
  assessHealth,
  type Column,
  columnsOf,
  failures,
  formatDuration,
  formatShare,
  type PerformanceMonitor,
  type ReportedOperation,
  type Snapshot,
  summarize,
} from "../performance/index.ts";
import type {
  FeedbackCounts,
  FeedbackStore,
  LibraryUseStore,
  PeopleStore,
  PerformanceStore,
} from "../store/index.ts";
import { type Gaps, readGaps } from "./gaps.ts";
import { drawStatsChart, type StatsChart } from "./stats-chart.ts";

export interface StatsPictureDeps {
  content: Pick<Content, "translate" | "pages">;
  monitor: Pick<PerformanceMonitor, "sinceStart">;
  store: {
    performance: Pick<PerformanceStore, "between">;
    people: Pick<PeopleStore, "audienceSize">;
    feedback: Pick<FeedbackStore, "counts">;
    libraryUse: LibraryUseStore;
  };
  clock: Clock;
  logger: Logger;
  /** Draws the chart. */
  draw?: (chart: StatsChart) => Promise<Uint8Array>;
}

/** The reply to `/stats`: Markdown, and a chart as PNG, or null if it could not be drawn. */
export interface StatsPicture {
  text: string;
  png: Uint8Array | null;
}

const DAY_MS = 24 * 60 * 60_000;
const COLUMNS = 48;
const GAPS_SHOWN = 5;
/** Questions that were asked, without the messages of hand-overs. */
const QUESTION = "question";

type Key = Extract<Parameters<Content["translate"]>[1], `stats.${string}`>;
type Say = (key: Key, values?: Record<string, string | number>) => string;

/** Summarizes the last day in one of the content's languages. */
export function createStatsPicture(deps: StatsPictureDeps): (language: string) => Promise<StatsPicture> {
  const { content, monitor, store, clock, logger, draw = drawStatsChart } = deps;

  function now(say: Say): string {
    const { gauges, inFlight } = monitor.sinceStart();
    const gauge = (name: string): number => gauges.find((other) => other.name === name)?.last ?? 0;
    return say("stats.now", { inFlight, waiting: gauge("inbox.waiting"), queued: gauge("model.queued") });
  }

  return async (language) => {
    const say: Say = (key, values) => content.translate(language, key, values);
    const to = clock.now();
    const from = new Date(to - DAY_MS);
    const [records, people, feedback, gaps] = await Promise.all([
      store.performance.between(from, new Date(to)),
      store.people.audienceSize(),
      store.feedback.counts(from),
      readGaps(store.libraryUse, content.pages, { clock, days: 1 }),
    ]);
    const snapshots = records.map(({ snapshot }) => JSON.parse(snapshot) as Snapshot);
    const operations = summarize(snapshots)?.operations ?? [];
    const lines = [
      healthLine(operations, say),
      "",
      ...questionLines(operations, say),
      ratingsLine(feedback, say),
      now(say),
      say("stats.people", { people }),
      ...gapLines(gaps, say),
    ];
    const columns = snapshots.length > 0 ? columnsOf(snapshots, (name) => name === QUESTION, COLUMNS) : [];
    const firstMs = Math.min(to, ...snapshots.map(({ fromMs }) => fromMs));
    const png = await draw(chartOf(columns, firstMs, to, say)).catch((error: unknown) => {
      logger.warn("The chart of /stats could not be drawn", { error: errorMessage(error) });
      return null;
    });
    return { text: lines.join("\n"), png };
  };
}

/** The worst problem, or that there is none. */
function healthLine(operations: readonly ReportedOperation[], say: Say): string {
  const { state, operation: name = "" } = assessHealth(operations);
  const operation = operations.find((other) => other.name === name);
  if (state === "healthy" || !operation) return say("stats.healthy");
  if (state === "slow") return say("stats.slow", { operation: name, value: formatDuration(operation.p95Ms) });
  const [code = ""] = Object.entries(operation.errors).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return say("stats.failing", {
    operation: name,
    share: formatShare(failures(operation) / Math.max(1, operation.count)),
    code,
  });
}

function questionLines(operations: readonly ReportedOperation[], say: Say): string[] {
  const questions = operations.find(({ name }) => name === QUESTION);
  if (!questions) return [say("stats.no_questions")];
  const { count, p50Ms, p95Ms } = questions;
  return [
    say("stats.questions", { asked: count, failed: failures(questions) }),
    say("stats.answer_time", { half: formatDuration(p50Ms), most: formatDuration(p95Ms) }),
  ];
}

function ratingsLine({ up, down, ratings, meanRating }: FeedbackCounts, say: Say): string {
  const thumbs = say("stats.thumbs", { up, down });
  if (ratings === 0) return thumbs;
  return `${thumbs} ${say("stats.ratings", { ratings, mean: meanRating.toFixed(1) })}`;
}

/** What was asked and not found, in words that several people used. */
function gapLines({ unanswered, groups }: Gaps, say: Say): string[] {
  if (unanswered === 0) return [];
  const words = groups.slice(0, GAPS_SHOWN).map((group) => `${group.words.join(" ")} (${group.people})`);
  return [
    say("stats.unanswered", { questions: unanswered }),
    ...(words.length > 0 ? [say("stats.unanswered_words", { words: words.join(", ") })] : []),
  ];
}

function chartOf(columns: readonly Column[], fromMs: number, toMs: number, say: Say): StatsChart {
  const stepMs = (toMs - fromMs) / Math.max(1, columns.length);
  const stats = columns.map(({ totals }) => totals?.stats());
  return {
    title: say("stats.chart_title"),
    times: columns.map((_, index) => new Date(fromMs + index * stepMs).toISOString().slice(11, 16)),
    questions: { name: say("stats.chart_questions"), counts: stats.map((column) => column?.count ?? 0) },
    p95: {
      name: say("stats.chart_p95"),
      seconds: stats.map((column) => (column && column.count > 0 ? column.p95Ms / 1000 : null)),
    },
  };
}
