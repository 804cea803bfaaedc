import { expect } from "chai";
import type { LogFields, Logger } from "../../lib/core/index.ts";
import { silentLogger } from "../../lib/core/index.ts";
import { type Failure, Poller, type Update } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failing, refused } from "../support/fake-telegram.ts";

type Answer = "wait" | Error | unknown[] | { result: unknown };
interface Poll {
  offset: number | undefined;
  limit: number | undefined;
  timeout: number | undefined;
  at: number;
}

describe("poller", () => {
  let clock: FakeClock;
  let polls: Poll[];
  let accepted: number[][];
  let fatal: Error[];
  let warnings: [string, LogFields | undefined][];
  let accept: (updates: Update[]) => Promise<void>;
  /** Telegram's answer to each poll, in order; later polls wait as long as they may. */
  let answers: Answer[];
  let poller: Poller;
  /** When getMe was called, and its failures, in order; then it succeeds. */
  let getMes: number[];
  let identities: Error[];
  /** The calls of deleteWebhook. */
  let deleted: object[];

  const update = (id: number): unknown => ({ update_id: id, message: {} });
  const offsets = (): (number | undefined)[] => polls.map(({ offset }) => offset);

  async function getUpdates(
    params: { offset?: number; limit?: number; timeout?: number } = {},
    signal?: AbortSignal,
  ): Promise<never> {
    polls.push({ offset: params.offset, limit: params.limit, timeout: params.timeout, at: clock.now() });
    const answer = answers.shift() ?? (params.timeout === 0 ? [] : "wait");
    if (answer === "wait") {
      return new Promise((_resolve, reject) => {
        const abort = (): void => reject(signal?.reason as Error);
        if (signal?.aborted) abort();
        signal?.addEventListener("abort", abort, { once: true });
      });
    }
    if (answer instanceof Error) throw answer;
    return (Array.isArray(answer) ? answer : answer.result) as never;
  }

  async function getMe(): Promise<never> {
    getMes.push(clock.now());
    const answer = identities.shift();
    if (answer) throw answer;
    return { id: 1, is_bot: true, first_name: "Bot" } as never;
  }

  async function deleteWebhook(params: object = {}): Promise<true> {
    deleted.push(params);
    return true;
  }

  function open(): Poller {
    const logger: Logger = { ...silentLogger, warn: (message, fields) => warnings.push([message, fields]) };
    return new Poller({
      api: { getUpdates, getMe, deleteWebhook },
      accept: (updates) => accept(updates),
      clock,
      logger,
      random: () => 0.5,
      onFatal: (error) => fatal.push(error),
    });
  }

  beforeEach(() => {
    clock = new FakeClock();
    polls = [];
    accepted = [];
    fatal = [];
    warnings = [];
    answers = [];
    getMes = [];
    identities = [];
    deleted = [];
    accept = async (updates) => void accepted.push(updates.map((one) => one.update_id));
    poller = open();
  });

  it("confirms a batch by the next poll, and only after it was accepted", async () => {
    answers = [[update(5), update(6)]];
    let store = (): void => {};
    accept = () => new Promise((resolve) => (store = resolve));
    poller.start();
    await clock.advance(1_000);
    expect(offsets()).to.deep.equal([undefined]);
    store();
    await clock.advance(0);
    expect(offsets()).to.deep.equal([undefined, 7]);
    await poller.stop();
  });

  it("polls for 50 seconds and 100 updates at a time", async () => {
    poller.start();
    await clock.advance(0);
    expect(polls[0]).to.include({ timeout: 50, limit: 100 });
    await poller.stop();
  });

  it("does not confirm updates that could not be stored, and offers them again", async () => {
    answers = [[update(5)], [update(5)]];
    let isAway = true;
    const keep = accept;
    accept = async (updates) => {
      if (isAway) throw Object.assign(new Error("the database is away"), { code: "ECONNREFUSED" });
      await keep(updates);
    };
    poller.start();
    await clock.advance(0);
    isAway = false;
    await clock.advance(1_000);
    expect(offsets()).to.deep.equal([undefined, undefined, 6]);
    expect(accepted).to.deep.equal([[5]]);
    expect(warnings[0]?.[1]).to.include({ code: "ECONNREFUSED" });
    await poller.stop();
  });

  it("drops an old offset, since ids may restart lower after a quiet week", async () => {
    answers = [[update(900)], [], [update(3)]];
    poller.start();
    await clock.advance(0);
    expect(offsets()).to.deep.equal([undefined, 901, undefined, 4]);
    expect(accepted).to.deep.equal([[900], [3]]);
    await poller.stop();
  });

  it("backs off exponentially up to half a minute, warns once, and recovers", async () => {
    answers = Array.from({ length: 12 }, () => failing({ kind: "unknown" }));
    answers.push([update(1)]);
    poller.start();
    await clock.advance(10 * 60_000);
    const gaps = polls.slice(1, 13).map(({ at }, index) => at - (polls[index]?.at ?? 0));
    expect(gaps.slice(0, 3)).to.deep.equal([375, 750, 1_500]);
    expect(Math.max(...gaps)).to.equal(22_500);
    expect(accepted).to.deep.equal([[1]]);
    expect(warnings).to.have.length(1);
    await poller.stop();
  });

  it("waits as long as a 429 asks", async () => {
    answers = [failing({ kind: "too-many-requests", retryAfterMs: 9_000 })];
    poller.start();
    await clock.advance(8_999);
    expect(polls).to.have.length(1);
    await clock.advance(1);
    expect(polls).to.have.length(2);
    await poller.stop();
  });

  it("backs off when 429s ask for no wait, and polls again after a minute when they ask for days", async () => {
    answers = Array.from({ length: 10 }, () => failing({ kind: "too-many-requests", retryAfterMs: 0 }));
    poller.start();
    await clock.advance(5_000);
    expect(polls.length).to.be.within(2, 5);
    await poller.stop();

    polls = [];
    answers = [failing({ kind: "too-many-requests", retryAfterMs: 3_000_000_000 })];
    poller = open();
    poller.start();
    await clock.advance(60_000);
    expect(polls).to.have.length(2);
    await poller.stop();
  });

  it("ends with a clear message when Telegram refuses the token again and again", async () => {
    const unauthorized: Failure = { kind: "unauthorized" };
    answers = [failing(unauthorized)];
    identities = Array.from({ length: 10 }, () => failing(unauthorized));
    poller.start();
    await clock.advance(60_000);
    expect(polls).to.have.length(1);
    expect(getMes.map((at) => at - (polls[0]?.at ?? 0))).to.deep.equal([1_000, 3_000, 7_000]);
    expect(fatal).to.have.length(1);
    expect(fatal[0]?.message).to.include("TELEGRAM_BOT_TOKEN");
    await poller.stop();
  });

  it("goes on after a 401 that getMe does not confirm each time", async () => {
    for (const confirmations of [[], [{ kind: "unauthorized" }], [{ kind: "not-sent" }]] as const) {
      answers = [failing({ kind: "unauthorized" }), [update(5)]];
      identities = confirmations.map(failing);
      accepted = [];
      poller = open();
      poller.start();
      await clock.advance(10_000);
      expect(accepted).to.deep.equal([[5]]);
      await poller.stop();
    }
    expect(fatal).to.deep.equal([]);
  });

  it("stops at once while it checks a refused token", async () => {
    answers = [failing({ kind: "unauthorized" })];
    poller.start();
    await clock.advance(500);
    await poller.stop();
    expect(clock.sleeping).to.equal(0);
    expect(fatal).to.deep.equal([]);
  });

  it("warns that another program polls, and keeps trying slowly", async () => {
    const conflict =
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    answers = Array.from({ length: 100 }, () => refused(conflict, 409));
    poller.start();
    await clock.advance(5 * 60_000);
    expect(polls.length).to.be.within(5, 20);
    expect(warnings).to.have.length(1);
    expect(warnings[0]?.[0]).to.include("Another program is polling");
    await poller.stop();
  });

  it("removes a webhook of earlier settings, without losing updates, and polls on at once", async () => {
    const conflict =
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    answers = [refused(conflict, 409), [update(5)]];
    poller.start();
    await clock.advance(0);
    expect(deleted).to.deep.equal([{ drop_pending_updates: false }]);
    expect(accepted).to.deep.equal([[5]]);
    expect(warnings).to.deep.equal([]);
    await poller.stop();
  });

  it("skips updates without an id and accepts all others, unknown kinds included", async () => {
    const odd = { update_id: 8, hologram: {} };
    answers = [[{ message: {} }, null, odd, update(9)]];
    poller.start();
    await clock.advance(0);
    expect(accepted).to.deep.equal([[8, 9]]);
    expect(offsets()[1]).to.equal(10);
    await poller.stop();
  });

  it("backs off instead of spinning when nothing in an answer is usable", async () => {
    answers = Array.from({ length: 1_000 }, (_, index) => (index % 2 ? [{ message: {} }] : { result: null }));
    poller.start();
    await clock.advance(60_000);
    expect(polls.length).to.be.below(20);
    await poller.stop();
  });

  it("reports when Telegram last answered", async () => {
    answers = ["wait"];
    expect(poller.lastPolledAt).to.equal(undefined);
    poller.start();
    await clock.advance(0);
    expect(poller.lastPolledAt).to.equal(undefined);
    await poller.stop();

    answers = [[]];
    poller = open();
    clock.setWallClock(-3_600_000);
    poller.start();
    await clock.advance(0);
    expect(poller.lastPolledAt).to.equal(clock.monotonic());
    await poller.stop();
  });

  describe("stopping", () => {
    it("ends the poll at once and has nothing to confirm", async () => {
      poller.start();
      await clock.advance(0);
      await poller.stop();
      expect(polls).to.have.length(1);
    });

    it("lets an accept in progress finish, then confirms what it stored", async () => {
      answers = [[update(5)]];
      let store = (): void => {};
      accept = () => new Promise((resolve) => (store = resolve));
      poller.start();
      await clock.advance(0);
      const stopped = poller.stop();
      store();
      await stopped;
      expect(offsets()).to.deep.equal([undefined, 6]);
      expect(polls[1]).to.include({ limit: 1, timeout: 0 });
    });

    it("confirms nothing that was not stored", async () => {
      answers = [[update(5)]];
      accept = () => Promise.reject(new Error("the database is away"));
      poller.start();
      await clock.advance(0);
      await poller.stop();
      expect(polls).to.have.length(1);
    });

    it("waits only briefly for the last confirmation, which may fail", async () => {
      answers = [[update(5)], "wait", "wait"];
      poller.start();
      await clock.advance(0);
      const stopped = poller.stop();
      await clock.advance(3_000);
      await stopped;
      expect(clock.sleeping).to.equal(0);

      answers = [[update(5)], "wait", failing({ kind: "unknown" })];
      poller = open();
      poller.start();
      await clock.advance(0);
      await poller.stop();
      expect(polls).to.have.length(6);
    });

    it("ends a wait after a failure at once", async () => {
      answers = [failing({ kind: "too-many-requests", retryAfterMs: 3_600_000 })];
      poller.start();
      await clock.advance(0);
      await poller.stop();
      expect(clock.sleeping).to.equal(0);
    });
  });
});
