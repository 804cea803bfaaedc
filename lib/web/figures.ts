import { Histogram, type OperationTotals } from "../performance/index.ts";

/** The values of one point of the charts: durations in milliseconds, rates per minute; `null` without data. */
export type Figures = Record<FigureName, number | null>;

export const FIGURE_NAMES = [
  "answerP50",
  "answerP95",
  "answerP99",
  "questions",
  "updates",
  "refused",
  "inFlight",
  "waiting",
  "oldestMs",
  "modelInFlight",
  "modelQueued",
  "modelLimit",
  "modelWaitP95",
  "modelP95",
  "requestsLeftMinute",
  "tokensLeftMinute",
  "requestsLeftDay",
  "secondInFlight",
  "secondQueued",
  "secondLimit",
  "secondRequestsLeftMinute",
  "secondRequestsLeftDay",
  "sendP95",
  "pausedChats",
  "mongoP95",
  "poolInUse",
  "poolOpen",
  "poolWaiting",
  "updateErrors",
  "modelErrors",
  "telegramErrors",
  "mongoErrors",
  "loopP99",
  "busy",
  "rssBytes",
  "readBytes",
  "writtenBytes",
] as const;

export type FigureName = (typeof FIGURE_NAMES)[number];

/** Operations whose durations are shown. */
const DURATIONS = {
  answer: /^process_question$/,
  model: /^model$/,
  modelWait: /^model\.wait$/,
  send: /^telegram\.(send|edit)/,
  mongo: /^mongo\./,
  loop: /^event_loop\.delay$/,
} as const;

/** Operations whose errors are added up into rates. */
const KINDS = {
  update: /^process_/,
  model: /^model$/,
  telegram: /^telegram\./,
  mongo: /^mongo\./,
} as const;

/** Gauges of a remaining quota: of several values the lowest counts. */
const REMAINING = /^model\.quota\./;

type Duration = keyof typeof DURATIONS;
type Kind = keyof typeof KINDS;

/** The measurements that the charts need, of one snapshot or of several added up. */
export class ChartTotals {
  private readonly durations: Record<Duration, Histogram> = {
    answer: new Histogram(),
    model: new Histogram(),
    modelWait: new Histogram(),
    send: new Histogram(),
    mongo: new Histogram(),
    loop: new Histogram(),
  };
  private readonly errors: Record<Kind, number> = { update: 0, model: 0, telegram: 0, mongo: 0 };
  private updates = 0;
  private peakInFlight = 0;
  private readonly gauges = new Map<string, number>();
  private readonly counters = new Map<string, number>();

  addOperation(name: string, { histogram, errors, peakInFlight }: OperationTotals): void {
    for (const duration of Object.keys(DURATIONS) as Duration[]) {
      if (DURATIONS[duration].test(name)) this.durations[duration].add(histogram);
    }
    const failures = [...errors.values()].reduce((sum, count) => sum + count, 0);
    for (const kind of Object.keys(KINDS) as Kind[])
      if (KINDS[kind].test(name)) this.errors[kind] += failures;
    if (!KINDS.update.test(name)) return;
    this.updates += histogram.count;
    this.peakInFlight = Math.max(this.peakInFlight, peakInFlight);
  }

  /** Of several values of a gauge the highest counts; of a remaining quota the lowest. */
  addGauge(name: string, { min, max }: { min: number; max: number }): void {
    const known = this.gauges.get(name);
    this.gauges.set(name, REMAINING.test(name) ? Math.min(min, known ?? min) : Math.max(max, known ?? max));
  }

  /** Adds the increase of a counter. */
  addCounter(name: string, amount: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + amount);
  }

  /**
   * @param spanMs the time the totals cover
   * @param earlier a former state of these totals, to get only the difference
   */
  figures(spanMs: number, earlier?: ChartTotals): Figures {
    const durations = earlier ? this.durationsSince(earlier) : this.durations;
    const perMinute = (count: number): number => count / (spanMs / 60_000);
    const errors = (kind: Kind): number => perMinute(this.errors[kind] - (earlier?.errors[kind] ?? 0));
    const gauge = (name: string): number | null => this.gauges.get(name) ?? null;
    const counter = (name: string): number | null => {
      const total = this.counters.get(name);
      return total === undefined ? null : perMinute(total - (earlier?.counters.get(name) ?? 0));
    };
    return {
      answerP50: quantile(durations.answer, 0.5),
      answerP95: quantile(durations.answer, 0.95),
      answerP99: quantile(durations.answer, 0.99),
      questions: perMinute(durations.answer.count),
      updates: perMinute(this.updates - (earlier?.updates ?? 0)),
      refused: counter("updates.refused") ?? 0,
      inFlight: this.peakInFlight,
      waiting: gauge("inbox.waiting"),
      oldestMs: gauge("inbox.oldest_ms"),
      modelInFlight: gauge("model.in_flight"),
      modelQueued: gauge("model.queued"),
      modelLimit: gauge("model.limit"),
      modelWaitP95: quantile(durations.modelWait, 0.95),
      modelP95: quantile(durations.model, 0.95),
      requestsLeftMinute: gauge("model.quota.rpm"),
      tokensLeftMinute: gauge("model.quota.tpm"),
      requestsLeftDay: gauge("model.quota.rpd"),
      secondInFlight: gauge("model.in_flight.2"),
      secondQueued: gauge("model.queued.2"),
      secondLimit: gauge("model.limit.2"),
      secondRequestsLeftMinute: gauge("model.quota.rpm.2"),
      secondRequestsLeftDay: gauge("model.quota.rpd.2"),
      sendP95: quantile(durations.send, 0.95),
      pausedChats: gauge("outbox.paused_chats"),
      mongoP95: quantile(durations.mongo, 0.95),
      poolInUse: gauge("mongodb.pool.in_use"),
      poolOpen: gauge("mongodb.pool.connections"),
      poolWaiting: gauge("mongodb.pool.waiting"),
      updateErrors: errors("update"),
      modelErrors: errors("model"),
      telegramErrors: errors("telegram"),
      mongoErrors: errors("mongo"),
      loopP99: quantile(durations.loop, 0.99),
      busy: gauge("event_loop.utilization"),
      rssBytes: gauge("process.rss_bytes"),
      readBytes: counter("file.bytes.read"),
      writtenBytes: counter("file.bytes.written"),
    };
  }

  private durationsSince(earlier: ChartTotals): Record<Duration, Histogram> {
    const { durations } = this;
    return {
      answer: durations.answer.since(earlier.durations.answer),
      model: durations.model.since(earlier.durations.model),
      modelWait: durations.modelWait.since(earlier.durations.modelWait),
      send: durations.send.since(earlier.durations.send),
      mongo: durations.mongo.since(earlier.durations.mongo),
      loop: durations.loop.since(earlier.durations.loop),
    };
  }
}

function quantile(histogram: Histogram, share: number): number | null {
  return histogram.count === 0 ? null : histogram.quantile(share);
}
