import { expect } from "chai";
import { FailedAttempts } from "../../lib/web/failed-attempts.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("failed attempts", () => {
  const ten = (attempts: FailedAttempts, address: string): number[] =>
    Array.from({ length: 10 }, () => attempts.secondsAfter(address));

  it("make the address wait that they came from, and no other", () => {
    const attempts = new FailedAttempts(new FakeClock());
    expect(ten(attempts, "10.0.0.1")).to.deep.equal(Array(10).fill(0));
    expect(attempts.secondsAfter("10.0.0.1")).to.be.greaterThan(0);
    expect(attempts.secondsAfter("10.0.0.2")).to.equal(0);
  });

  it("make it wait for a minute, even if the clock is set back by an hour meanwhile", async () => {
    const clock = new FakeClock();
    const attempts = new FailedAttempts(clock);
    ten(attempts, "10.0.0.1");
    clock.setWallClock(-3_600_000);
    expect(attempts.secondsAfter("10.0.0.1")).to.equal(60);
    await clock.advance(60_000);
    expect(attempts.secondsAfter("10.0.0.1")).to.equal(0);
  });

  it("from too many addresses count together, so that memory stays bounded", () => {
    const attempts = new FailedAttempts(new FakeClock());
    for (let address = 0; address < 1_011; address += 1) attempts.secondsAfter(`10.0.0.${address}`);
    expect(attempts.secondsAfter("another")).to.be.greaterThan(0);
    expect(attempts.secondsAfter("10.0.0.1")).to.equal(0);
  });
});
