import { failures, type ReportedOperation } from "./health.ts";

const HOUR_MS = 3_600_000;
/** What is over its limit for less than this is a hiccup nobody is woken for. */
const HOLDS_MS = 20_000;
/** A figure must fall to this share of its limit before all is well again, so that one on the brink alerts once. */
const CALM_SHARE = 0.8;
/** A p95 of fewer answers says little, and neither does the share of failures among fewer calls. */
const MIN_ANSWERS = 5;
const MIN_CALLS = 20;

const ANSWER = "process_question";
/** The operations whose failures people feel. */
const FELT = /^(process_|gemini$|telegram\.(send|edit))/;

/** What operators are alerted of. */
export type AlertKind = "answer_p95" | "errors" | "inbox_age" | "breaker" | "budget" | "database";

/** From where on a figure is worth an alert. */
export interface AlertLimits {
  answerP95Ms: number;
  /** A share, 0 to 1. */
  errorRate: number;
  inboxAgeMs: number;
}

/** What is looked at. */
export interface AlertFigures {
  /** Of the last minutes. */
  operations: readonly ReportedOperation[];
  inboxAgeMs: number;
  breaker: "closed" | "open" | "half-open";
  isBudgetReached: boolean;
  isDatabaseAway: boolean;
}

/** Something that went wrong, or is well again. */
export interface Alert {
  kind: AlertKind;
  isOver: boolean;
  /** Since when it was wrong, and when that was said; epoch milliseconds. */
  sinceMs: number;
  atMs: number;
  /** The figure: milliseconds or a share, as its limit is. */
  value: number;
  /** What fails, and mostly how. */
  operation?: string;
  errorCode?: string;
}

/** What a look says of one kind; `unclear` leaves things as they are. */
interface Judgement extends Pick<Alert, "value" | "operation" | "errorCode"> {
  state: "bad" | "good" | "unclear";
}

interface Course {
  /** Since when it is bad; undefined while it is not. */
  badSinceMs: number | undefined;
  /** Whether operators know that it is. */
  isTold: boolean;
  lastToldMs: number;
}

/** Whether an operation is among those alerts look at. */
export function isAlertOperation(name: string): boolean {
  return FELT.test(name);
}

/**
 * Says when something goes wrong and when it is well again: of each kind at most one alert an hour, each followed by at
 * most one that it is over. What goes wrong and well within the hour after an alert is not told.
 */
export class AlertWatch {
  private readonly courses = new Map<AlertKind, Course>();

  /** @param limits asked at each look */
  constructor(private readonly limits: () => AlertLimits) {}

  /** Looks at the present figures. @param nowMs epoch milliseconds */
  look(figures: AlertFigures, nowMs: number): Alert[] {
    const judgements = judge(figures, this.limits());
    return Object.entries(judgements).flatMap(
      ([kind, judgement]) => this.follow(kind as AlertKind, judgement, nowMs) ?? [],
    );
  }

  private follow(kind: AlertKind, judgement: Judgement, nowMs: number): Alert | null {
    const { state, ...about } = judgement;
    const course = this.courses.get(kind) ?? newCourse();
    this.courses.set(kind, course);
    if (state === "bad") course.badSinceMs ??= nowMs;
    const sinceMs = course.badSinceMs;
    if (sinceMs === undefined || state === "unclear") return null;
    const alert = { kind, sinceMs, atMs: nowMs, ...about };
    if (state === "good") {
      const { isTold } = course;
      course.badSinceMs = undefined;
      course.isTold = false;
      return isTold ? { ...alert, isOver: true } : null;
    }
    const isNews = !course.isTold && nowMs - sinceMs >= HOLDS_MS && nowMs - course.lastToldMs >= HOUR_MS;
    if (!isNews) return null;
    course.isTold = true;
    course.lastToldMs = nowMs;
    return { ...alert, isOver: false };
  }
}

function newCourse(): Course {
  return { badSinceMs: undefined, isTold: false, lastToldMs: Number.NEGATIVE_INFINITY };
}

function judge(figures: AlertFigures, limits: AlertLimits): Record<AlertKind, Judgement> {
  const { operations, inboxAgeMs, breaker, isBudgetReached, isDatabaseAway } = figures;
  return {
    answer_p95: judgeAnswers(operations, limits.answerP95Ms),
    errors: judgeErrors(operations, limits.errorRate),
    inbox_age: judgeFigure(inboxAgeMs, limits.inboxAgeMs),
    breaker: { state: breaker === "half-open" ? "unclear" : breaker === "open" ? "bad" : "good", value: 0 },
    budget: { state: isBudgetReached ? "bad" : "good", value: 0 },
    database: { state: isDatabaseAway ? "bad" : "good", value: 0 },
  };
}

function judgeFigure(value: number, limit: number): Judgement {
  const state = value >= limit ? "bad" : value < limit * CALM_SHARE ? "good" : "unclear";
  return { state, value };
}

function judgeAnswers(operations: readonly ReportedOperation[], limitMs: number): Judgement {
  const answers = operations.find(({ name }) => name === ANSWER);
  if (!answers || answers.count < MIN_ANSWERS) return { state: "unclear", value: 0 };
  return judgeFigure(answers.p95Ms, limitMs);
}

/** Of the operations people feel, the one that fails most often speaks for all. */
function judgeErrors(operations: readonly ReportedOperation[], limit: number): Judgement {
  const shares = operations
    .filter(({ name, count }) => isAlertOperation(name) && count >= MIN_CALLS)
    .map((operation) => ({ operation, share: failures(operation) / operation.count }));
  const worst = shares.toSorted((a, b) => b.share - a.share)[0];
  if (!worst) return { state: "unclear", value: 0 };
  const { operation, share } = worst;
  const [errorCode] = Object.entries(operation.errors).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return {
    ...judgeFigure(share, limit),
    operation: operation.name,
    ...(errorCode === undefined ? {} : { errorCode }),
  };
}
