import { expect } from "chai";
import {
  type Alert,
  type AlertFigures,
  AlertWatch,
  OperationTotals,
  type ReportedOperation,
} from "../../lib/performance/index.ts";

const LIMITS = { answerP95Ms: 10_000, errorRate: 0.1, inboxAgeMs: 60_000 };
const CHECK_MS = 10_000;
const HOUR_MS = 3_600_000;
const WELL: AlertFigures = {
  operations: [],
  inboxAgeMs: 0,
  outboxAgeMs: 0,
  givenUp: 0,
  breaker: "closed",
  isBudgetReached: false,
  isRefused: false,
};

/** An operation whose calls all took `ms`; `failed` of them failed. */
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

  /** Checks every 10 s for `spanMs`; returns the alerts. */
  function checkFor(spanMs: number, figures: Partial<AlertFigures>): Alert[] {
    const told: Alert[] = [];
    for (const endMs = nowMs + spanMs; nowMs < endMs; nowMs += CHECK_MS) {
      const now = { epochMs: nowMs + setByMs, monotonicMs: nowMs };
      told.push(...watch.check({ ...WELL, ...figures }, now));
    }
    return told;
  }
  const brief = (alerts: readonly Alert[]): string[] =>
    alerts.map(({ kind, isOver }) => `${kind} ${isOver ? "over" : "raised"}`);

  const causes: [string, string, Partial<AlertFigures>][] = [
    ["slow answers", "answer_p95", { operations: [operation("process_question", 10, 12_000)] }],
    ["failing calls to the model", "errors", { operations: [operation("model", 100, 10, 20)] }],
    ["failing sends", "errors", { operations: [operation("telegram.sendMessage", 100, 10, 20)] }],
    ["people who wait", "inbox_age", { inboxAgeMs: 61_000 }],
    ["answers that are not sent", "outbox_age", { outboxAgeMs: 61_000 }],
    ["messages that were given up", "given_up", { givenUp: 1 }],
    ["an open breaker", "breaker", { breaker: "open" }],
    ["a spent budget", "budget", { isBudgetReached: true }],
  ];
  for (const [title, kind, figures] of causes) {
    it(`reports ${title} once, and once that it is over`, () => {
      const fine = { operations: [operation("process_question", 10, 500), operation("model", 100, 10)] };
      expect(checkFor(60_000, fine)).to.deep.equal([]);
      const [alert, ...others] = checkFor(600_000, figures);
      expect(alert).to.deep.include({ kind, isOver: false, sinceMs: 60_000 });
      expect(brief(others)).to.deep.equal([]);
      expect(brief(checkFor(600_000, fine))).to.deep.equal([`${kind} over`]);
    });
  }

  it("reports a database that is away once, and once that it is over", () => {
    const check = (isAway: boolean, seconds: number): Alert | null =>
      watch.checkDatabase(isAway, { epochMs: 1_000 * seconds, monotonicMs: 1_000 * seconds });
    const told = [check(false, 0), check(true, 10), check(true, 20), check(true, 30), check(true, 40)];
    expect(told.map((alert) => alert?.isOver)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      false,
      undefined,
    ]);
    expect(check(false, 50)).to.deep.include({
      kind: "database",
      isOver: true,
      sinceMs: 10_000,
      lastedMs: 40_000,
    });
  });

  it("takes on the end of an alert of another watch, unless it reported one within the hour", () => {
    const ended = (lastedMs: number): Alert => {
      return { kind: "database", isOver: true, sinceMs: 0, atMs: lastedMs, lastedMs, value: 0 };
    };
    const at = (monotonicMs: number) => ({ epochMs: monotonicMs, monotonicMs });
    expect(watch.adopt(ended(40_000), at(100_000))).to.equal(true);
    expect(watch.adopt(ended(40_000), at(100_000)), "the same one").to.equal(false);
    const another = new AlertWatch(() => LIMITS);
    another.restore(watch.reported(at(200_000)), at(200_000));
    expect(another.adopt(ended(41_000), at(101_000)), "as another instance saw it").to.equal(false);
    expect(watch.adopt(ended(40_000), at(100_000 + HOUR_MS - 1))).to.equal(false);
    expect(watch.adopt(ended(40_000), at(100_000 + HOUR_MS))).to.equal(true);
  });

  it("reports the value, and the failing operation with its error", () => {
    const operations = [operation("process_question", 40, 10_500), operation("model", 100, 10, 25)];
    const [slow, errors] = checkFor(60_000, { operations });
    expect(slow?.value).to.be.closeTo(10_500, 100);
    expect(errors).to.include({ value: 0.25, operation: "model", errorCode: "BROKEN" });
  });

  it("does not report short problems", () => {
    expect(checkFor(CHECK_MS, { inboxAgeMs: 90_000 })).to.deep.equal([]);
    expect(checkFor(60_000, {})).to.deep.equal([]);
  });

  it("reports a value near its limit once", () => {
    const told = [];
    for (let time = 0; time < 20; time += 1) {
      told.push(...checkFor(30_000, { inboxAgeMs: 61_000 }), ...checkFor(30_000, { inboxAgeMs: 55_000 }));
    }
    expect(brief(told)).to.deep.equal(["inbox_age raised"]);
  });

  it("reports each kind at most once an hour, and the end only of reported ones", () => {
    const told = [];
    while (nowMs < 3 * HOUR_MS) {
      told.push(...checkFor(60_000, { breaker: "open" }), ...checkFor(60_000, {}));
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

  it("reports, an hour after the last alert, a problem that began since and persists", () => {
    checkFor(60_000, { breaker: "open" });
    checkFor(60_000, {});
    expect(checkFor(30 * 60_000, { breaker: "open" })).to.deep.equal([]);
    const [again] = checkFor(HOUR_MS, { breaker: "open" });
    expect(again).to.include({ kind: "breaker", sinceMs: 120_000 });
    expect(again?.atMs).to.be.within(HOUR_MS, HOUR_MS + 60_000);
  });

  it("is not confused by a clock that is set back or forward", () => {
    checkFor(CHECK_MS, { breaker: "open" });
    setByMs = -HOUR_MS;
    expect(brief(checkFor(30_000, { breaker: "open" }))).to.deep.equal(["breaker raised"]);
    const [over] = checkFor(CHECK_MS, {});
    expect(over).to.include({ isOver: true, lastedMs: 40_000 });
    setByMs = 2 * HOUR_MS;
    expect(checkFor(30 * 60_000, { breaker: "open" })).to.deep.equal([]);
  });

  it("changes nothing while the breaker is half-open or there are too few answers", () => {
    const slow = operation("process_question", 10, 12_000);
    const few = operation("process_question", 4, 20);
    expect(brief(checkFor(60_000, { operations: [slow], breaker: "open" }))).to.have.length(2);
    expect(checkFor(60_000, { operations: [few], breaker: "half-open" })).to.deep.equal([]);
    expect(brief(checkFor(60_000, { operations: [few], breaker: "closed" }))).to.deep.equal(["breaker over"]);
  });
});
