import { getEventListeners, setMaxListeners } from "node:events";
import { expect } from "chai";
import type { Wait } from "../../../lib/answers/index.ts";
import { ModelError, statusError } from "../../../lib/answers/models/model-error.ts";
import { MAX_WAITING } from "../../../lib/answers/scheduling/model-queue.ts";
import {
  type CallOptions,
  type ModelLimits,
  ModelScheduler,
} from "../../../lib/answers/scheduling/model-scheduler.ts";
import { type ModelBudget, ModelUsage, openModelUsage } from "../../../lib/answers/scheduling/model-usage.ts";
import type { LineMember, SharedLine, SharedUse } from "../../../lib/answers/scheduling/shared-line.ts";
import { silentLogger } from "../../../lib/core/index.ts";
import type { UsageStore, UsageTotals } from "../../../lib/store/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const never = new AbortController().signal;
const NOON = Date.parse("2026-07-01T19:00:00Z");

describe("the scheduler of the model", () => {
  let clock: FakeClock;
  let scheduler: ModelScheduler;
  /** When each call began, in milliseconds since the test did. */
  let begun: { name: string; at: number }[];

  beforeEach(() => {
    clock = new FakeClock(NOON);
    begun = [];
  });
  afterEach(() => {
    expect(scheduler.stats(), "places left behind").to.include({ inFlight: 0, queued: 0 });
    expect(clock.sleeping, "timers left behind").to.equal(0);
    expect(getEventListeners(never, "abort"), "listeners left behind").to.have.length(0);
  });

  function open(
    limits: Partial<ModelLimits> = {},
    budget?: ModelBudget,
    usage = new ModelUsage({
      model: "gemini-test",
      budget: budget && (() => budget),
      clock,
      logger: silentLogger,
    }),
    line?: SharedLine,
  ): void {
    scheduler = new ModelScheduler({
      provider: "Gemini",
      limits: { maxConcurrent: 8, ...limits },
      line,
      usage,
      clock,
      logger: silentLogger,
    });
  }

  interface Asked extends Partial<CallOptions> {
    /** How long the call takes, in milliseconds. */
    takesMs?: number;
    fails?: ModelError;
    usedTokens?: number;
  }

  /** Asks for a call; answers "answered", or the code of what it ended with. */
  async function ask(
    name: string,
    { takesMs = 1_000, fails, usedTokens, ...options }: Asked = {},
  ): Promise<string> {
    const signal = options.signal ?? never;
    setMaxListeners(0, signal); // many questions share one here
    try {
      return await scheduler.run(
        async (used) => {
          begun.push({ name, at: clock.now() - NOON });
          await clock.sleep(takesMs, signal);
          if (fails) throw fails;
          if (usedTokens !== undefined) used({ promptTokens: usedTokens, outputTokens: 0 });
          return "answered";
        },
        { priority: "person", onStarted: async () => {}, ...options, signal },
      );
    } catch (error) {
      return error instanceof ModelError ? error.code : String(error);
    }
  }
  const askMany = (count: number, asked: Asked = {}): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(`q${index}`, asked)));
  const beginnings = (): number[] => begun.map(({ at }) => at);

  /** A line of all instances that this one cannot reach, until `reach`; it notes the ids of who enters. */
  function lineOutOfReach(parts: Pick<SharedLine, "places" | "share">) {
    let member: LineMember | undefined;
    let use: SharedUse | null = null;
    const ids: string[] = [];
    const line: SharedLine = {
      follow: (followed) => {
        member = followed;
      },
      newId: () => String(Math.random()),
      use: () => use,
      ownPart: () => [],
      ...parts,
      enter: async ({ id }) => void ids.push(id),
      ahead: () => undefined,
      leave() {},
      began() {},
      ended() {},
    };
    return {
      line,
      ids,
      member(): LineMember {
        if (!member) throw new Error("Nobody follows the line.");
        return member;
      },
      reach() {
        const none = { calls: 0, promptTokens: 0 };
        use = {
          limit: 8,
          inFlight: 2,
          queued: { people: none, all: none },
          recent: [],
          requestsToday: 0,
          closedDay: null,
          pauseMs: 0,
          breaker: { state: "closed", probeInMs: 0 },
        };
      },
    };
  }

  describe("with quotas", () => {
    it("keeps to this instance's part of the limits where the line of all cannot be reached", async () => {
      let instances = 4;
      const part = (limit: number): number => Math.floor(limit / instances);
      const { line, member } = lineOutOfReach({ places: part, share: part });
      open({ requestsPerMinute: 12 }, undefined, undefined, line);
      const asked = Array.from({ length: 3 }, (_, index) => ask(`${index}`));
      await clock.advance(0);
      expect(scheduler.stats()).to.include({ inFlight: 2, queued: 1, limit: 2 });
      await clock.advance(2_000);
      await Promise.all(asked);
      const fourth = ask("3"); // the part of a minute's requests is used up
      await clock.advance(1_000);
      expect(begun).to.have.length(3);
      instances = 1;
      member().changed();
      const fifth = ask("4");
      await clock.advance(1_000);
      expect(await Promise.all([fourth, fifth])).to.deep.equal(["answered", "answered"]);
      expect(begun).to.have.length(5);
    });

    it("refuses nobody while the line of all is out of reach for a moment, and begins what is granted once", async () => {
      const { line, member, ids, reach } = lineOutOfReach({ places: () => 0, share: () => 2 });
      open({}, undefined, undefined, line);
      const all = askMany(100);
      await clock.advance(500);
      expect(scheduler.stats()).to.include({ inFlight: 0, queued: 100 });
      // The line can be reached, and grants two places before this instance hears of it.
      expect(ids.slice(0, 2).map((id) => member().granted(id))).to.deep.equal([true, true]);
      await clock.advance(0);
      expect(scheduler.stats()).to.include({ inFlight: 2, queued: 98 });
      reach();
      member().changed();
      await clock.advance(0);
      expect(scheduler.stats()).to.include({ inFlight: 2, queued: 98 });
      for (const id of ids.slice(2)) member().granted(id);
      await clock.advance(1_000);
      expect(await all).to.deep.equal(Array(100).fill("answered"));
    });

    it("makes the calls a minute allows at once, and each next one the moment there is room", async () => {
      open({ requestsPerMinute: 3 });
      const all = askMany(7, { takesMs: 10 });
      await clock.advance(1);
      expect(scheduler.stats()).to.deep.include({ queued: 4, quota: { requestsThisMinute: 0 } });
      await clock.advance(180_000);
      expect(await all).to.deep.equal(Array(7).fill("answered"));
      expect(beginnings()).to.deep.equal([0, 0, 0, 61_000, 61_000, 61_000, 122_000]);
    });

    it("goes on, after a start, with the minute that was under way before it", async () => {
      const days: UsageTotals[] = [];
      const store: UsageStore = {
        async add(day, model, amount, lastMinute) {
          days.push({ day, model, ...amount, ...(lastMinute ? { lastMinute } : {}) });
          return { day, model, ...amount };
        },
        since: async () => days,
      };
      const start = async (): Promise<ModelUsage> => {
        const usage = await openModelUsage({ store, model: "gemini-test", clock, logger: silentLogger });
        open({ requestsPerMinute: 4 }, undefined, usage);
        return usage;
      };
      const before = await start();
      const first = askMany(3, { takesMs: 10 });
      await clock.advance(10);
      await first;
      await before.close();
      await clock.advance(19_990);
      await start();
      const second = askMany(3, { takesMs: 10 });
      await clock.advance(60_000);
      await second;
      expect(beginnings()).to.deep.equal([0, 0, 0, 20_000, 61_010, 61_010]);
    });

    it("keeps the order, and lets people go before background work, when a minute's quota opens again", async () => {
      open({ requestsPerMinute: 1 });
      const all = [
        ask("first"),
        ask("background", { priority: "background" }),
        ask("late", { order: 9 }),
        ask("early", { order: 2 }),
      ];
      await clock.advance(200_000);
      await Promise.all(all);
      expect(begun.map(({ name }) => name)).to.deep.equal(["first", "early", "late", "background"]);
    });

    it("puts the tokens right as soon as they are known, and uses what is left at once", async () => {
      open({ tokensPerMinute: 1_000 });
      const all = [
        ask("long", { promptTokens: 900, usedTokens: 400, takesMs: 5_000 }),
        ask("other", { promptTokens: 500 }),
      ];
      await clock.advance(4_999);
      expect(beginnings()).to.deep.equal([0]);
      await clock.advance(1);
      expect(beginnings()).to.deep.equal([0, 5_000]);
      await clock.advance(1_000);
      await Promise.all(all);
    });

    it("takes no quota for a question that was cancelled before its call", async () => {
      open({ requestsPerMinute: 1 });
      const leaving = new AbortController();
      const onStarted = async (): Promise<void> => leaving.abort(new Error("cancelled"));
      expect(await ask("leaves", { signal: leaving.signal, onStarted })).to.equal("Error: cancelled");
      const next = ask("next");
      await clock.advance(1_000);
      expect(await next).to.equal("answered");
      expect(beginnings()).to.deep.equal([0]);
    });

    it("lets those who wait go at once when the day's last request is made, and opens again at midnight", async () => {
      open({ requestsPerDay: 2, maxConcurrent: 1 });
      const all = askMany(5);
      await clock.advance(2_000);
      expect(await all).to.deep.equal(["answered", "answered", ...Array(3).fill("MODEL_QUOTA_SPENT")]);
      expect(await ask("today")).to.equal("MODEL_QUOTA_SPENT");
      await clock.advance(12 * 3_600_000);
      const tomorrow = ask("tomorrow");
      await clock.advance(1_000);
      expect(await tomorrow).to.equal("answered");
    });

    it("believes the provider when it says that the day's requests are used up", async () => {
      open({ maxConcurrent: 1 });
      const all = [ask("first", { fails: statusError(429, { isDailyQuota: true }) }), ask("waits")];
      await clock.advance(1_000);
      expect(await Promise.all(all)).to.deep.equal(["MODEL_DAILY_QUOTA", "MODEL_QUOTA_SPENT"]);
      expect(scheduler.stats().quota).to.deep.equal({ requestsToday: 0 });
    });

    it("asks no more once the month's budget is spent", async () => {
      open({ maxConcurrent: 1 }, { monthly: 1, inputPerMillionTokens: 2, outputPerMillionTokens: 5 });
      const all = [ask("dear", { usedTokens: 500_000 }), ask("waits")];
      expect(scheduler.stats()).to.include({ costThisMonth: 0, isBudgetReached: false });
      await clock.advance(1_000);
      expect(await Promise.all(all)).to.deep.equal(["answered", "MODEL_BUDGET_SPENT"]);
      expect(scheduler.stats()).to.include({ costThisMonth: 1, isBudgetReached: true });
    });
  });

  describe("when the model has too much to do", () => {
    it("makes no call before the time Google names has passed, and then half as many side by side", async () => {
      open({ maxConcurrent: 4 });
      const busy = statusError(429, { retryAfterMs: 30_000 });
      const refused = ask("refused", { fails: busy });
      await clock.advance(1_000);
      expect(await refused).to.equal("MODEL_RATE_LIMIT");
      expect(scheduler.stats().limit).to.equal(2);
      const all = askMany(3, { takesMs: 2_000 });
      await clock.advance(29_999);
      expect(begun).to.have.length(1);
      await clock.advance(10_000);
      expect(await all).to.deep.equal(Array(3).fill("answered"));
      expect(beginnings()).to.deep.equal([1_000 - 1_000, 31_000, 31_000, 33_000]);
    });

    it("comes back to the operator's maximum while calls are answered", async () => {
      open({ maxConcurrent: 4 });
      const refused = ask("refused", { fails: statusError(429) });
      await clock.advance(1_000);
      await refused;
      const all = askMany(12);
      await clock.advance(60_000);
      await all;
      expect(scheduler.stats().limit).to.equal(4);
    });

    it("finds, call by call, the most that a model with a limit of its own takes, and stays near it", async () => {
      open({ maxConcurrent: 20 });
      let atWork = 0;
      let served = 0;
      const person = async (): Promise<void> => {
        while (served < 300) {
          await scheduler
            .run(
              async () => {
                atWork += 1;
                try {
                  await clock.sleep(1);
                  if (atWork > 6) throw statusError(429);
                  await clock.sleep(999);
                  served += 1;
                } finally {
                  atWork -= 1;
                }
              },
              { signal: never, priority: "person", onStarted: async () => {} },
            )
            .catch(() => clock.sleep(1_000));
        }
      };
      const people = Promise.all(Array.from({ length: 40 }, person));
      const startedAt = clock.now();
      while (served < 300) await clock.advance(1_000);
      const tookMs = clock.now() - startedAt;
      await clock.advance(60_000);
      await people;
      expect(tookMs).to.be.below(2 * (300 / 6) * 1_000);
    });

    it("leaves a model that is down alone: those who wait go at once, a probe finds it back", async () => {
      open({ maxConcurrent: 2 });
      const all = askMany(14, { fails: statusError(503) });
      await clock.advance(6_000);
      const outcomes = await all;
      // The eleventh was under way when the tenth failed.
      expect(outcomes.filter((code) => code === "MODEL_OVERLOADED")).to.have.length(11);
      expect(outcomes.filter((code) => code === "MODEL_DOWN")).to.have.length(3);
      expect(scheduler.stats().breaker).to.equal("open");
      await clock.advance(10_000);
      const [probe, ...others] = ["probe", "second", "third"].map((name) => ask(name));
      expect(await Promise.all(others)).to.deep.equal(["MODEL_DOWN", "MODEL_DOWN"]);
      expect(scheduler.stats().breaker).to.equal("half-open");
      await clock.advance(1_000);
      expect(await probe).to.equal("answered");
      expect(scheduler.stats().breaker).to.equal("closed");
    });
  });

  for (const [how, ms] of [
    ["an hour back", -3_600_000],
    ["a day ahead", 86_400_000],
  ] as const) {
    it(`keeps its pauses, quotas and probes when the system's clock is set ${how}`, async () => {
      open({ maxConcurrent: 2, requestsPerMinute: 20 });
      const all = askMany(14, { fails: statusError(503) });
      await clock.advance(6_000);
      await all;
      clock.setWallClock(ms);
      expect(await ask("too early")).to.equal("MODEL_DOWN");
      await clock.advance(10_000);
      const probe = ask("probe");
      await clock.advance(1_000);
      expect(await probe).to.equal("answered");
      const rest = askMany(20);
      await clock.advance(30_000);
      expect(begun).to.have.length(20);
      await clock.advance(70_000);
      await rest;
    });
  }

  it("is not led to believe that a model is back by a probe that its asker cancels", async () => {
    open({ maxConcurrent: 2 });
    const all = askMany(14, { fails: statusError(503) });
    await clock.advance(6_000);
    await all;
    await clock.advance(10_000);
    const leaving = new AbortController();
    const probe = ask("probe", { signal: leaving.signal });
    await clock.advance(500);
    leaving.abort(new Error("cancelled"));
    await probe;
    expect(scheduler.stats().breaker).to.equal("open");
    const next = ask("next", { fails: statusError(503) });
    await clock.advance(1_000);
    expect([await next, await ask("others")]).to.deep.equal(["MODEL_OVERLOADED", "MODEL_DOWN"]);
  });

  describe("with a long line", () => {
    it("turns away at once who comes when it is full, and nobody who was in it before", async () => {
      open({ maxConcurrent: 1 });
      const leaving = new AbortController();
      const all = askMany(MAX_WAITING + 1, { signal: leaving.signal, maxWaitMs: Number.POSITIVE_INFINITY });
      expect(await ask("too late", { maxWaitMs: Number.POSITIVE_INFINITY })).to.equal("MODEL_CROWDED");
      const retry = ask("retry", { isRetry: true, maxWaitMs: Number.POSITIVE_INFINITY });
      await clock.advance(1_000);
      expect(begun.map(({ name }) => name)).to.deep.equal(["q0", "retry"]);
      leaving.abort(new Error("cancelled"));
      await clock.advance(1_000);
      expect(await retry).to.equal("answered");
      await all;
    });

    it("turns away who would wait longer than people stay", async () => {
      open({ requestsPerMinute: 2 });
      const leaving = new AbortController();
      const all = askMany(14, { signal: leaving.signal });
      expect(await ask("too late")).to.equal("MODEL_CROWDED");
      leaving.abort(new Error("cancelled"));
      await all;
    });

    it("turns a retry away whose time would be up before its turn", async () => {
      open({ requestsPerMinute: 1 });
      const first = ask("first");
      expect(await ask("retry", { isRetry: true, maxWaitMs: 59_000 })).to.equal("MODEL_CROWDED");
      await clock.advance(1_000);
      await first;
    });

    it("tells those who wait more than five seconds their place and the time, rarely, and not after their turn", async () => {
      open({ maxConcurrent: 2 });
      const told: { name: string; at: number; wait: Wait }[] = [];
      const all = Array.from({ length: 12 }, (_, index) =>
        ask(`q${index}`, {
          takesMs: 4_100,
          onWaiting: (wait) => void told.push({ name: `q${index}`, at: clock.now() - NOON, wait }),
        }),
      );
      await clock.advance(60_000);
      await Promise.all(all);
      const of = (name: string) => told.filter((notice) => notice.name === name);
      expect(of("q0")).to.deep.equal([]);
      expect(of("q4"), "2 rounds of 4 s and less").to.have.length.at.most(1);
      expect(of("q11").map(({ at }) => at)).to.deep.equal([0, 10_000, 20_000]);
      expect(of("q11")[0]?.wait).to.deep.equal({ place: 10, estimatedMs: 20_000 });
      for (const { name, at } of told) {
        expect(at, name).to.be.below(begun.find((call) => call.name === name)?.at ?? 0);
      }
    });

    it("estimates the wait by how long calls have been taking, and by the quotas", async () => {
      open({ maxConcurrent: 1, requestsPerMinute: 5 });
      const waits: Wait[] = [];
      const onWaiting = (wait: Wait): void => void waits.push(wait);
      const all = [
        ask("first", { takesMs: 100 }),
        ...["b", "c", "d", "e"].map((name) => ask(name, { takesMs: 100 })),
      ];
      all.push(ask("sixth", { takesMs: 100, onWaiting }));
      expect(waits).to.deep.equal([{ place: 5, estimatedMs: 61_000 }]);
      await clock.advance(70_000);
      await Promise.all(all);
      expect(beginnings().at(-1)).to.equal(61_000);
    });

    it("ends a question whose asker cannot be told of the wait, and no other", async () => {
      open({ maxConcurrent: 1, requestsPerMinute: 1 });
      const first = ask("first");
      const untold = ask("untold", {
        onWaiting: () => {
          throw new Error("telling failed");
        },
      });
      expect(await untold).to.equal("Error: telling failed");
      await clock.advance(1_000);
      expect(await first).to.equal("answered");
    });

    it("ends a cancelled call at once, and starts the next", async () => {
      open({ maxConcurrent: 1 });
      const leaving = new AbortController();
      const first = ask("first");
      const second = ask("second", { signal: leaving.signal, onWaiting: () => {} });
      const third = ask("third");
      leaving.abort(new Error("cancelled"));
      expect(await second).to.equal("Error: cancelled");
      expect(scheduler.stats()).to.include({ inFlight: 1, queued: 1 });
      await clock.advance(2_000);
      expect(await Promise.all([first, third])).to.deep.equal(["answered", "answered"]);
      expect(beginnings()).to.deep.equal([0, 1_000]);
    });
  });

  it("is idle while nobody waits and at least half of the places and quotas are free", async () => {
    open({ maxConcurrent: 4, requestsPerMinute: 4 });
    expect(scheduler.isIdle()).to.equal(true);
    const first = ask("first");
    await clock.advance(1);
    expect(scheduler.isIdle()).to.equal(true);
    const others = [ask("second"), ask("third")];
    await clock.advance(1);
    expect(scheduler.isIdle()).to.equal(false);
    await clock.advance(2_000);
    await Promise.all([first, ...others]);
    expect(scheduler.isIdle(), "3 of 4 requests of this minute are used").to.equal(false);
    await clock.advance(61_000);
    expect(scheduler.isIdle()).to.equal(true);
  });
});
