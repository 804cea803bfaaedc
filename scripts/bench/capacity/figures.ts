import { atRank } from "../../simulate/report/statistics.ts";
import type { Journey, LoadResult } from "../own-time/exchange.ts";
import { fetchMs, ownMs, ownTime } from "../own-time/journeys.ts";

/** The share of questions that may take the bot longer than its limit. */
export const LATE_SHARE = 0.05;

export interface Quantiles {
  p50: number;
  p95: number;
  max: number;
}

/** The times of a load's answered questions, in milliseconds. */
export interface LoadTimes {
  /** From the arrival at Telegram until the bot fetches it. */
  atTelegram: Quantiles;
  /** From there to the call of the model. */
  beforeModel: Quantiles;
  /** From the model's last word to the send. */
  afterModel: Quantiles;
  /** These three together: all that is not the model's. */
  own: Quantiles;
  /** From the arrival at Telegram to the answer. */
  wait: Quantiles;
}

export interface LoadFigures extends LoadTimes {
  /** Questions a second. */
  rate: number;
  questions: number;
  /** Whether the load ended before its time, because it could not pass. */
  isCutShort: boolean;
  /** Questions without an answer. */
  lost: number;
  /** Answers that were sent before the answer to an earlier question of the same chat. */
  outOfOrder: number;
}

/** The figures of a load that was offered at a rate. */
export function readLoad(
  rate: number,
  { journeys, isCutShort }: Pick<LoadResult, "journeys" | "isCutShort">,
): LoadFigures {
  const answered = journeys.filter(isAnswered);
  return {
    rate,
    questions: journeys.length,
    isCutShort,
    lost: journeys.length - answered.length,
    outOfOrder: countOutOfOrder(answered),
    ...timesOf(answered),
  };
}

/** Whether the rate of a load is one that the bot takes: the p95 of its own time is below the limit. */
export function isTaken({ lost, isCutShort, own }: LoadFigures, limitMs: number): boolean {
  return lost === 0 && !isCutShort && own.p95 < limitMs;
}

/** What must not happen under any load; empty when all is well. */
export function findWrong({ lost, outOfOrder }: Pick<LoadFigures, "lost" | "outOfOrder">): string[] {
  return [
    ...(lost > 0 ? [`${lost} questions were not answered`] : []),
    ...(outOfOrder > 0 ? [`${outOfOrder} answers were sent before one to an earlier question`] : []),
  ];
}

/** The waits for an answer of some people. */
export function waitsOf(journeys: readonly Journey[]): Quantiles {
  return timesOf(journeys.filter(isAnswered)).wait;
}

type Answered = Required<Journey>;

function isAnswered(journey: Journey): journey is Answered {
  return journey.sentMs !== undefined;
}

function countOutOfOrder(journeys: readonly Answered[]): number {
  /** The latest answer to each user so far. */
  const lastSentMs = new Map<number, number>();
  let count = 0;
  for (const { userId, sentMs } of journeys.toSorted((a, b) => a.number - b.number)) {
    const before = lastSentMs.get(userId) ?? 0;
    if (sentMs < before) count += 1;
    lastSentMs.set(userId, Math.max(sentMs, before));
  }
  return count;
}

function timesOf(journeys: readonly Answered[]): LoadTimes {
  const over = (time: (journey: Answered) => number): Quantiles => quantiles(journeys.map(time));
  return {
    atTelegram: over(fetchMs),
    beforeModel: over((journey) => ownTime(journey).beforeMs),
    afterModel: over((journey) => ownTime(journey).afterMs),
    own: over(ownMs),
    wait: over(({ sentMs, arrivedMs }) => sentMs - arrivedMs),
  };
}

/** NaN for no values. */
function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: atRank(sorted, 0.5), p95: atRank(sorted, 0.95), max: atRank(sorted, 1) };
}
