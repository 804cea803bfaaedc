import { expect } from "chai";
import { cautiousNow, systemClock } from "../../lib/core/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

describe("the system clock", () => {
  it("sleeps longer than Node's longest timer without a warning, and ends at once when aborted", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    try {
      const stopping = new AbortController();
      const sleeping = systemClock.sleep(3_000_000_000, stopping.signal).then(
        () => "slept",
        (reason: unknown) => reason,
      );
      await systemClock.sleep(20);
      stopping.abort("stopped");
      expect(await sleeping).to.equal("stopped");
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off("warning", note);
    }
  });
});

describe("the cautious clock", () => {
  it("does not believe a clock that is set ahead, and follows one that is set back", async () => {
    const clock = new FakeClock(1_000_000);
    const now = cautiousNow(clock);
    await clock.advance(500);
    expect(now()).to.equal(1_000_500);
    clock.setWallClock(86_400_000);
    await clock.advance(500);
    expect(now()).to.equal(1_001_000);
    clock.setWallClock(-90_000_000);
    expect(now()).to.equal(1_001_000 - 3_600_000);
  });
});
