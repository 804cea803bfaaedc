import { expect } from "chai";
import { systemClock } from "../../lib/core/index.ts";

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
