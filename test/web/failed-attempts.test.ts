import { expect } from "chai";
import { FailedAttempts } from "../../lib/web/failed-attempts.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("failed attempts", () => {
  it("block the address they came from, and no other", () => {
    const attempts = new FailedAttempts(new FakeClock());
    for (let attempt = 0; attempt < 10; attempt += 1) attempts.add("10.0.0.1");
    expect(attempts.isBlocked("10.0.0.1")).to.equal(true);
    expect(attempts.isBlocked("10.0.0.2")).to.equal(false);
  });

  it("block for a minute, even if the clock is set back by an hour meanwhile", async () => {
    const clock = new FakeClock();
    const attempts = new FailedAttempts(clock);
    for (let attempt = 0; attempt < 10; attempt += 1) attempts.add("10.0.0.1");
    clock.setWallClock(-3_600_000);
    expect(attempts.secondsLeft()).to.equal(60);
    await clock.advance(60_000);
    expect(attempts.isBlocked("10.0.0.1")).to.equal(false);
  });

  it("from too many addresses count together, so that memory stays bounded", () => {
    const attempts = new FailedAttempts(new FakeClock());
    for (let address = 0; address < 1_010; address += 1) attempts.add(`10.0.0.${address}`);
    expect(attempts.isBlocked("another")).to.equal(true);
    expect(attempts.isBlocked("10.0.0.1")).to.equal(false);
  });
});
