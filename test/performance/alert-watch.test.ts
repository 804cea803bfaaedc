import { expect } from "chai";
import {
  type Alert,
  type AlertFigures,
  AlertWatch,
  OperationTotals,
  type ReportedOperation,
} from "../../lib/performance/index.ts";

const LIMITS = { answerP95Ms: 10_000, errorRate: 0.1, inboxAgeMs: 60_000 };
const LOOK_MS = 10_000;
const HOUR_MS = 3_600_000;
const WELL: AlertFigures = {
  operations: [],
  inboxAgeMs: 0,
  outboxAgeMs: 0,
  givenUp: 0,
  breaker: "closed",
  isBudgetReached: false,
  isDatabaseAway: false,
};

/** An operation whose calls all took `ms`, of which some failed. */
function operation(name: string, calls: number, ms: number, failed = 0): ReportedOperation {
  const totals = new OperationTotals();
  for (let call = 0; call < calls; call += 1) totals.histogram.record(ms);
  if (failed > 0) totals.countError("BROKEN", failed);
  return { name, slowMs: 1000, ...totals.stats() };
}

describe("the watch for alerts", () => {
  let watch: AlertWatch;
  let nowMs: number;
  /** How far the wall clock was set. */
  let setByMs: number;
  beforeEach(() => {
    watch = new AlertWatch(() => LIMITS);
    nowMs = 0;
    setByMs = 0;
  });

  /** Looks every 10 s for so long; answers what was told. */
  function lookFor(spanMs: number, figures: Partial<AlertFigures>): Alert[] {
    const told: Alert[] = [];
    for (const endMs = nowMs + spanMs; nowMs < endMs; nowMs += LOOK_MS) {
      const now = { epochMs: nowMs + setByMs, monotonicMs: nowMs };
      told.push(...watch.check({ ...WELL, ...figures }, now));
    }
    return told;
  }
  const brief = (alerts: readonly Alert[]): string[] =>
    alerts.map(({ kind, isOver }) => `${kind} ${isOver ? "over" : "raised"}`);

  const causes: [string, string, Partial<AlertFigures>][] = [
    ["slow answers", "answer_p95", { operations: [operation("process_question", 10, 12_000)] }],
    ["failing calls to the model", "errors", { operations: [operation("gemini", 100, 10, 20)] }],
    ["failing sends", "errors", { operations: [operation("telegram.sendMessage", 100, 10, 20)] }],
    ["people who wait", "inbox_age", { inboxAgeMs: 61_000 }],
    ["answers that are not sent", "outbox_age", { outboxAgeMs: 61_000 }],
    ["messages that were given up", "given_up", { givenUp: 1 }],
    ["an open breaker", "breaker", { breaker: "open" }],
    ["a spent budget", "budget", { isBudgetReached: true }],
    ["a database that is away", "database", { isDatabaseAway: true }],
  ];
  for (const [title, kind, figures] of causes) {
    it(`tells once of ${title}, and once that it is over`, () => {
      const fine = { operations: [operation("process_question", 10, 500), operation("gemini", 100, 10)] };
      expect(lookFor(60_000, fine)).to.deep.equal([]);
      const [alert, ...others] = lookFor(600_000, figures);
      expect(alert).to.deep.include({ kind, isOver: false, sinceMs: 60_000 });
      expect(brief(others)).to.deep.equal([]);
      expect(brief(lookFor(600_000, fine))).to.deep.equal([`${kind} over`]);
    });
  }

  it("says how bad it is, and what fails with what", () => {
    const operations = [operation("process_question", 40, 10_500), operation("gemini", 100, 10, 25)];
    const [slow, errors] = lookFor(60_000, { operations });
    expect(slow?.value).to.be.closeTo(10_500, 100);
    expect(errors).to.include({ value: 0.25, operation: "gemini", errorCode: "BROKEN" });
  });

  it("wakes nobody for a hiccup", () => {
    expect(lookFor(LOOK_MS, { inboxAgeMs: 90_000 })).to.deep.equal([]);
    expect(lookFor(60_000, {})).to.deep.equal([]);
  });

  it("tells one alert for a figure on the brink of its limit", () => {
    const told = [];
    for (let time = 0; time < 20; time += 1) {
      told.push(...lookFor(30_000, { inboxAgeMs: 61_000 }), ...lookFor(30_000, { inboxAgeMs: 55_000 }));
    }
    expect(brief(told)).to.deep.equal(["inbox_age raised"]);
  });

  it("tells at most one an hour of each kind, however often it comes and goes, and none that is over untold", () => {
    const told = [];
    while (nowMs < 3 * HOUR_MS) {
      told.push(...lookFor(60_000, { breaker: "open" }), ...lookFor(60_000, {}));
    }
    expect(brief(told)).to.deep.equal([
      "breaker raised",
      "breaker over",
      "breaker raised",
      "breaker over",
      "breaker raised",
      "breaker over",
    ]);
  });

  it("tells, an hour after the last alert, of what has begun since and still lasts", () => {
    lookFor(60_000, { breaker: "open" });
    lookFor(60_000, {});
    expect(lookFor(30 * 60_000, { breaker: "open" })).to.deep.equal([]);
    const [again] = lookFor(HOUR_MS, { breaker: "open" });
    expect(again).to.include({ kind: "breaker", sinceMs: 120_000 });
    expect(again?.atMs).to.be.within(HOUR_MS, HOUR_MS + 60_000);
  });

  it("is not confused by a clock that is set back or forward", () => {
    lookFor(LOOK_MS, { breaker: "open" });
    setByMs = -HOUR_MS;
    expect(brief(lookFor(30_000, { breaker: "open" }))).to.deep.equal(["breaker raised"]);
    const [over] = lookFor(LOOK_MS, {});
    expect(over).to.include({ isOver: true, lastedMs: 40_000 });
    setByMs = 2 * HOUR_MS;
    expect(lookFor(30 * 60_000, { breaker: "open" })).to.deep.equal([]);
  });

  it("leaves things as they are while a breaker tries, and while too few ask to say", () => {
    const slow = operation("process_question", 10, 12_000);
    const few = operation("process_question", 4, 20);
    expect(brief(lookFor(60_000, { operations: [slow], breaker: "open" }))).to.have.length(2);
    expect(lookFor(60_000, { operations: [few], breaker: "half-open" })).to.deep.equal([]);
    expect(brief(lookFor(60_000, { operations: [few], breaker: "closed" }))).to.deep.equal(["breaker over"]);
  });
});
