import { expect } from "chai";
import { ModelQuota, type QuotaOptions } from "../../../lib/answers/scheduling/model-quota.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const NOBODY = { calls: 0, promptTokens: 0 };

describe("the quotas of a model", () => {
  let clock: FakeClock;
  beforeEach(() => {
    clock = new FakeClock(Date.parse("2026-07-01T12:00:00Z"));
  });
  const open = (options: Partial<QuotaOptions>): ModelQuota =>
    new ModelQuota({ requestsToday: () => 0, clock, ...options });

  it("let everything pass that is not set", () => {
    const quota = open({});
    for (let call = 0; call < 1_000; call += 1) quota.take(1_000_000);
    expect(quota.waitMs(1_000_000, NOBODY)).to.equal(0);
    expect(quota.isDaySpent()).to.equal(false);
    expect(quota.left()).to.deep.equal({});
  });

  it("hold over any minute, and let the next call go the moment the oldest is a minute and a second old", async () => {
    const quota = open({ requestsPerMinute: 2 });
    quota.take(0);
    await clock.advance(20_000);
    quota.take(0);
    expect(quota.waitMs(0, NOBODY)).to.equal(41_000);
    await clock.advance(40_999);
    expect(quota.waitMs(0, NOBODY)).to.equal(1);
    await clock.advance(1);
    expect(quota.waitMs(0, NOBODY)).to.equal(0);
    quota.take(0);
    expect(quota.waitMs(0, NOBODY)).to.equal(20_000);
  });

  it("tell how long a call waits that has others before it, over several minutes too", async () => {
    const quota = open({ requestsPerMinute: 2 });
    quota.take(0);
    await clock.advance(20_000);
    const waits = [0, 1, 2, 3, 4].map((calls) => quota.waitMs(0, { calls, promptTokens: 0 }));
    expect(waits).to.deep.equal([0, 41_000, 61_000, 102_000, 122_000]);
  });

  it("count the tokens of prompts as estimated, and then as they were", async () => {
    const quota = open({ tokensPerMinute: 1_000 });
    const charge = quota.take(800);
    expect(quota.waitMs(300, NOBODY)).to.equal(61_000);
    charge.correct(600);
    expect(quota.waitMs(300, NOBODY)).to.equal(0);
    expect(quota.left()).to.deep.equal({ tokensThisMinute: 400 });
    await clock.advance(61_000);
    charge.correct(900); // too late: it has left the minute
    expect(quota.left()).to.deep.equal({ tokensThisMinute: 1_000 });
  });

  it("do not make a prompt wait for ever that is larger than a minute's tokens", () => {
    expect(open({ tokensPerMinute: 1_000 }).waitMs(5_000, NOBODY)).to.equal(0);
  });

  it("take nothing for a call that was not made", () => {
    const quota = open({ requestsPerMinute: 1, tokensPerMinute: 100 });
    quota.take(100).refund();
    expect(quota.waitMs(100, NOBODY)).to.equal(0);
    expect(quota.left()).to.deep.equal({ requestsThisMinute: 1, tokensThisMinute: 100 });
  });

  it("end with the day's requests, or when Google says so, until midnight in California", async () => {
    let requests = 9;
    const counted = open({ requestsPerDay: 10, requestsToday: () => requests });
    expect(counted.isDaySpent()).to.equal(false);
    requests = 10;
    expect(counted.isDaySpent()).to.equal(true);
    const told = open({});
    told.closeDay();
    expect(told.left()).to.deep.equal({ requestsToday: 0 });
    await clock.advance(10 * 60_000 - 1);
    expect(told.isDaySpent()).to.equal(true);
  });

  it("are probed by one call now and then when the provider says that the day's are used up", async () => {
    const quota = open({});
    quota.closeDay(34_000);
    const pauses: number[] = [];
    for (let probe = 0; probe < 5; probe += 1) {
      let minutes = 0;
      for (; quota.isDaySpent(); minutes += 1) await clock.advance(60_000);
      pauses.push(minutes);
      quota.take(1);
      expect(quota.isDaySpent(), "a second call beside the probe").to.equal(true);
      quota.closeDay(34_000);
    }
    expect(pauses).to.deep.equal([10, 20, 40, 60, 60]);
    quota.openDay();
    expect(quota.isDaySpent()).to.equal(false);
    quota.closeDay();
    await clock.advance(10 * 60_000);
    expect(quota.isDaySpent()).to.equal(false);
  });

  it("are open again when the day ends in California, whenever the next probe would be", async () => {
    const quota = open({});
    quota.closeDay(19 * 3_600_000 + 60_000);
    await clock.advance(19 * 3_600_000 - 1);
    expect(quota.isDaySpent()).to.equal(true);
    await clock.advance(1);
    expect(quota.isDaySpent()).to.equal(false);
  });
});
