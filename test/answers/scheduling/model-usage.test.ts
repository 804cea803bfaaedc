import { expect } from "chai";
import {
  ModelUsage,
  type ModelUsageDeps,
  openModelUsage,
} from "../../../lib/answers/scheduling/model-usage.ts";
import type { UsageStore, UsageTotals } from "../../../lib/store/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { createLogBook } from "../support.ts";

type UsageAmount = Parameters<UsageStore["add"]>[2];

/** A store in memory whose writes can be delayed or fail. */
class MemoryUsage implements UsageStore {
  readonly days: UsageTotals[];
  readonly writes: UsageAmount[] = [];
  isAway = false;
  private held: Promise<void> = Promise.resolve();

  constructor(days: UsageTotals[] = []) {
    this.days = days;
  }

  /** Delays writes. @returns a function that lets them go */
  hold(): () => void {
    let letGo = (): void => {};
    this.held = new Promise((resolve) => {
      letGo = resolve;
    });
    return letGo;
  }

  async add(
    day: string,
    model: string,
    amount: UsageAmount,
    lastMinute?: UsageTotals["lastMinute"],
  ): Promise<UsageTotals> {
    await this.held;
    if (this.isAway) throw new Error("the database is away");
    this.writes.push(amount);
    const before = this.days.find((other) => other.day === day && other.model === model);
    const after = before ?? { day, model, requests: 0, promptTokens: 0, outputTokens: 0 };
    if (!before) this.days.push(after);
    after.requests += amount.requests;
    after.promptTokens += amount.promptTokens;
    after.outputTokens += amount.outputTokens;
    if (lastMinute) after.lastMinute = lastMinute;
    return { ...after };
  }

  since = async (day: string): Promise<UsageTotals[]> => this.days.filter((other) => other.day >= day);
}

const NOON = Date.parse("2026-07-31T19:00:00Z");
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the use of the model", () => {
  let clock: FakeClock;
  let store: MemoryUsage;
  let log: ReturnType<typeof createLogBook>;
  beforeEach(() => {
    clock = new FakeClock(NOON);
    store = new MemoryUsage();
    log = createLogBook();
  });
  const deps = (changes: Partial<ModelUsageDeps> = {}): ModelUsageDeps => ({
    store,
    model: "gemini-a",
    clock,
    logger: log,
    ...changes,
  });
  const call = (usage: ModelUsage, promptTokens = 100, outputTokens = 10): void =>
    usage.begin().end({ promptTokens, outputTokens });

  it("counts a request when it is made, and keeps it with its tokens when it has ended", async () => {
    const usage = new ModelUsage(deps());
    const entry = usage.begin();
    expect(usage.requestsToday()).to.equal(1);
    entry.end({ promptTokens: 900, outputTokens: 50 });
    await settled();
    expect(store.days).to.deep.equal([
      { day: "2026-07-31", model: "gemini-a", requests: 1, promptTokens: 900, outputTokens: 50 },
    ]);
    usage.begin().refund();
    expect(usage.requestsToday()).to.equal(1);
    await usage.close();
    expect(store.writes).to.have.length(1);
  });

  it("writes calls together that end while a write is under way, and shows all of them meanwhile", async () => {
    const letGo = store.hold();
    const usage = new ModelUsage(deps());
    for (let ended = 0; ended < 50; ended += 1) call(usage);
    expect(usage.requestsToday()).to.equal(50);
    letGo();
    await usage.close();
    expect(store.writes.map(({ requests }) => requests)).to.deep.equal([1, 49]);
    expect(usage.requestsToday()).to.equal(50);
  });

  it("goes on after a restart from what this month came to, and sees what other processes used", async () => {
    store.days.push(
      { day: "2026-07-02", model: "gemini-b", requests: 5, promptTokens: 1e6, outputTokens: 0 },
      { day: "2026-07-31", model: "gemini-a", requests: 7, promptTokens: 0, outputTokens: 1e6 },
      { day: "2026-06-30", model: "gemini-a", requests: 9, promptTokens: 9e6, outputTokens: 9e6 },
    );
    const budget = { monthly: 9, inputPerMillionTokens: 2, outputPerMillionTokens: 5 };
    const usage = await openModelUsage(deps({ budget: () => budget }));
    expect(usage.requestsToday()).to.equal(7);
    expect(usage.costThisMonth()).to.equal(7);
    expect(usage.isBudgetReached()).to.equal(false);
    await store.add("2026-07-31", "gemini-a", { requests: 3, promptTokens: 1e6, outputTokens: 0 });
    call(usage, 0, 0);
    await settled();
    expect(usage.requestsToday()).to.equal(11);
    expect(usage.isBudgetReached()).to.equal(true);
  });

  it("reaches the budget together with other instances", async () => {
    const budget = { monthly: 1, inputPerMillionTokens: 1, outputPerMillionTokens: 1 };
    const here = await openModelUsage(deps({ budget: () => budget }));
    here.follow();
    const there = await openModelUsage(deps());
    there.begin().end({ promptTokens: 1_000_000, outputTokens: 0 });
    await there.close();
    expect(here.isBudgetReached()).to.equal(false);
    await clock.advance(5_000);
    expect(here.isBudgetReached()).to.equal(true);
    await here.close();
  });

  it("begins a new day at midnight in California, and a new budget with the month", async () => {
    const budget = { monthly: 1, inputPerMillionTokens: 1, outputPerMillionTokens: 1 };
    const usage = new ModelUsage(deps({ budget: () => budget }));
    await clock.advance(11 * 3_600_000);
    call(usage, 1e6, 0);
    await settled();
    expect(usage.isBudgetReached()).to.equal(true);
    await clock.advance(3_600_000);
    expect(usage).to.satisfy(() => usage.requestsToday() === 0 && !usage.isBudgetReached());
    call(usage, 10, 0);
    await usage.close();
    expect(store.days.map(({ day }) => day)).to.deep.equal(["2026-07-31", "2026-08-01"]);
  });

  it("goes by the budget as the operator changes it", async () => {
    let monthly = 1;
    const budget = () => ({ monthly, inputPerMillionTokens: 1, outputPerMillionTokens: 1 });
    const usage = new ModelUsage(deps({ budget }));
    call(usage, 1e6, 0);
    expect(usage.isBudgetReached()).to.equal(true);
    monthly = 2;
    expect(usage.isBudgetReached()).to.equal(false);
    await usage.close();
  });

  it("counts a call for the day it began on", async () => {
    const usage = new ModelUsage(deps());
    await clock.advance(12 * 3_600_000 - 1);
    const entry = usage.begin();
    await clock.advance(10_000);
    entry.end({ promptTokens: 1, outputTokens: 1 });
    await usage.close();
    expect(store.days.map(({ day, requests }) => [day, requests])).to.deep.equal([["2026-07-31", 1]]);
  });

  it("loses nothing while the database is away, says so, and keeps it with a later call", async () => {
    store.isAway = true;
    const usage = new ModelUsage(deps());
    call(usage);
    await settled();
    expect(usage.requestsToday()).to.equal(1);
    expect(log.lines).to.have.length(1);
    store.isAway = false;
    call(usage);
    await usage.close();
    expect(store.days).to.deep.equal([
      { day: "2026-07-31", model: "gemini-a", requests: 2, promptTokens: 200, outputTokens: 20 },
    ]);
  });
});
