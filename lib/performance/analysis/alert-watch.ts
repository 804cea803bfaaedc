import { failures, type ReportedOperation } from "./health.ts";

const HOUR_MS = 3_600_000;
/** A limit must be exceeded for this long before there is an alert. */
const HOLDS_MS = 20_000;
/** A refusal, such as of a key, does not pass by itself: operators hear of the first one. */
const REPORTED_AT_ONCE: ReadonlySet<AlertKind> = new Set(["refused"]);
/** Hysteresis: a value must fall below this share of its limit to end an alert, so that one near the limit alerts once. */
const RECOVERED_SHARE = 0.8;
/** With fewer answers the p95 means little, as does the failure rate of fewer calls. */
const MIN_ANSWERS = 5;
const MIN_CALLS = 20;

const ANSWER = "process_question";
/** The operations whose failures people notice. */
const USER_FACING = /^(process_|model$|telegram\.(send|edit))/;

/** Conditions that operators are alerted to. */
export const ALERT_KINDS = [
  "answer_p95",
  "errors",
  "inbox_age",
  "outbox_age",
  "given_up",
  "breaker",
  "budget",
  "refused",
  "database",
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

/** The limits at which an alert is raised. */
export interface AlertLimits {
  answerP95Ms: number;
  /** A share, 0 to 1. */
  errorRate: number;
  /** For received messages without an answer as for answers that are not sent. */
  inboxAgeMs: number;
}

/** The values that are compared with the limits. */
export interface AlertFigures {
  /** Those of the last minutes. */
  operations: readonly ReportedOperation[];
  inboxAgeMs: number;
  /** The age of the oldest unsent message. */
  outboxAgeMs: number;
  /** Messages that were recently given up. */
  givenUp: number;
  breaker: "closed" | "open" | "half-open";
  isBudgetReached: boolean;
  /** A model refuses every call until an operator mends it. */
  isRefused: boolean;
}

/** What the figures tell; whether the database answers is watched apart from them. */
type JudgedKind = Exclude<AlertKind, "database">;

/** An alert, or the end of one. */
export interface Alert {
  kind: AlertKind;
  isOver: boolean;
  /** When the condition began, and when it was reported; epoch milliseconds. */
  sinceMs: number;
  atMs: number;
  /** The time between them by the monotonic clock. */
  lastedMs: number;
  /** Milliseconds, a share or a number of messages. */
  value: number;
  /** The operation that fails, and its most frequent error. */
  operation?: string;
  errorCode?: string;
}

/** The verdict on one condition; `unclear` changes nothing. */
interface Judgement extends Pick<Alert, "value" | "operation" | "errorCode"> {
  state: "bad" | "good" | "unclear";
}

/** A point in time: by the wall clock, to be shown, and by the monotonic clock, to measure with. */
export interface Instant {
  epochMs: number;
  monotonicMs: number;
}

interface Condition {
  /** When it became bad; undefined while it is good. */
  badSince: Instant | undefined;
  /** Whether operators were alerted. */
  isReported: boolean;
  /** Monotonic milliseconds. */
  lastReportedMs: number;
}

/** An alert of the last hour, or one that is not over, by the wall clock: for another process that goes on with the watch. */
export interface ReportedCondition {
  kind: AlertKind;
  /** When the condition began; missing when it is over. */
  sinceMs?: number | undefined;
  reportedAtMs: number;
}

/** Whether failures of this operation can raise an alert. */
export function isAlertOperation(name: string): boolean {
  return USER_FACING.test(name);
}

/**
 * Decides when to alert and when an alert is over: at most one alert an hour of each kind, each followed by at most one
 * end. Problems that come and go within the hour after an alert are not reported.
 */
export class AlertWatch {
  private readonly conditions = new Map<AlertKind, Condition>();

  /** @param limits read at each check */
  constructor(private readonly limits: () => AlertLimits) {}

  /** Checks the current values. */
  check(figures: AlertFigures, now: Instant): Alert[] {
    const judgements = judge(figures, this.limits());
    return Object.entries(judgements).flatMap(
      ([kind, judgement]) => this.follow(kind as AlertKind, judgement, now) ?? [],
    );
  }

  /** Checks whether the database answers. */
  checkDatabase(isAway: boolean, now: Instant): Alert | null {
    return this.follow("database", { state: isAway ? "bad" : "good", value: 0 }, now);
  }

  /**
   * Takes on an alert that is over, which another watch raised. @param endedAt when that was
   * @returns false when this one had reported the kind within the hour before, perhaps the same alert
   */
  adopt({ kind, lastedMs }: Alert, endedAt: Instant): boolean {
    const condition = this.condition(kind);
    const reportedMs = endedAt.monotonicMs - lastedMs + HOLDS_MS;
    if (reportedMs - condition.lastReportedMs < HOUR_MS) return false;
    condition.lastReportedMs = reportedMs;
    return true;
  }

  /** What was reported, so that another watch does not repeat it. */
  reported(now: Instant): ReportedCondition[] {
    return [...this.conditions].flatMap(([kind, { badSince, isReported, lastReportedMs }]) => {
      const ageMs = now.monotonicMs - lastReportedMs;
      if (!isReported && ageMs >= HOUR_MS) return [];
      const sinceMs = isReported ? badSince?.epochMs : undefined;
      return [{ kind, ...(sinceMs === undefined ? {} : { sinceMs }), reportedAtMs: now.epochMs - ageMs }];
    });
  }

  /** Restores what another watch had reported. A difference between their clocks shifts the next alert by as much. */
  restore(reported: readonly ReportedCondition[], now: Instant): void {
    const monotonicMs = (epochMs: number): number => now.monotonicMs - Math.max(0, now.epochMs - epochMs);
    for (const { kind, sinceMs, reportedAtMs } of reported) {
      this.conditions.set(kind, {
        badSince: sinceMs === undefined ? undefined : { epochMs: sinceMs, monotonicMs: monotonicMs(sinceMs) },
        isReported: sinceMs !== undefined,
        lastReportedMs: monotonicMs(reportedAtMs),
      });
    }
  }

  private follow(kind: AlertKind, judgement: Judgement, now: Instant): Alert | null {
    const { state, ...about } = judgement;
    const condition = this.condition(kind);
    if (state === "bad") condition.badSince ??= now;
    const { badSince } = condition;
    if (badSince === undefined || state === "unclear") return null;
    const lastedMs = now.monotonicMs - badSince.monotonicMs;
    const alert = { kind, sinceMs: badSince.epochMs, atMs: now.epochMs, lastedMs, ...about };
    if (state === "good") {
      const { isReported } = condition;
      condition.badSince = undefined;
      condition.isReported = false;
      return isReported ? { ...alert, isOver: true } : null;
    }
    const { isReported, lastReportedMs } = condition;
    const holdsMs = REPORTED_AT_ONCE.has(kind) ? 0 : HOLDS_MS;
    if (isReported || lastedMs < holdsMs || now.monotonicMs - lastReportedMs < HOUR_MS) return null;
    condition.isReported = true;
    condition.lastReportedMs = now.monotonicMs;
    return { ...alert, isOver: false };
  }

  private condition(kind: AlertKind): Condition {
    const known = this.conditions.get(kind);
    if (known) return known;
    const condition = { badSince: undefined, isReported: false, lastReportedMs: Number.NEGATIVE_INFINITY };
    this.conditions.set(kind, condition);
    return condition;
  }
}

function judge(figures: AlertFigures, limits: AlertLimits): Record<JudgedKind, Judgement> {
  const { operations, inboxAgeMs, outboxAgeMs, givenUp, breaker, isBudgetReached, isRefused } = figures;
  return {
    answer_p95: judgeAnswers(operations, limits.answerP95Ms),
    errors: judgeErrors(operations, limits.errorRate),
    inbox_age: judgeFigure(inboxAgeMs, limits.inboxAgeMs),
    outbox_age: judgeFigure(outboxAgeMs, limits.inboxAgeMs),
    given_up: { state: givenUp > 0 ? "bad" : "good", value: givenUp },
    breaker: { state: breaker === "half-open" ? "unclear" : breaker === "open" ? "bad" : "good", value: 0 },
    budget: { state: isBudgetReached ? "bad" : "good", value: 0 },
    refused: { state: isRefused ? "bad" : "good", value: 0 },
  };
}

function judgeFigure(value: number, limit: number): Judgement {
  const state = value >= limit ? "bad" : value < limit * RECOVERED_SHARE ? "good" : "unclear";
  return { state, value };
}

function judgeAnswers(operations: readonly ReportedOperation[], limitMs: number): Judgement {
  const answers = operations.find(({ name }) => name === ANSWER);
  if (!answers || answers.count < MIN_ANSWERS) return { state: "unclear", value: 0 };
  return judgeFigure(answers.p95Ms, limitMs);
}

/** Judges the user-facing operation with the highest failure rate. */
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
