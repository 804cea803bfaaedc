import { getEventListeners } from "node:events";
import { expect } from "chai";
import { endsWithin, withDeadline } from "../../lib/core/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Work that only its signal ends. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => error);
}

describe("a deadline", () => {
  let clock: FakeClock;
  let caller: AbortController;
  beforeEach(() => {
    clock = new FakeClock();
    caller = new AbortController();
  });

  describe("withDeadline", () => {
    afterEach(() => {
      expect(clock.sleeping, "timers left behind").to.equal(0);
      expect(getEventListeners(caller.signal, "abort"), "listeners left behind").to.deep.equal([]);
    });

    it("returns the result of the work", async () => {
      expect(await withDeadline(clock, 1_000, caller.signal, async () => "done")).to.equal("done");
    });

    it("throws what the work throws", async () => {
      const broken = new Error("broken");
      const work = (): Promise<never> => Promise.reject(broken);
      expect(await outcomeOf(withDeadline(clock, 1_000, caller.signal, work))).to.equal(broken);
    });

    it("aborts the work with a TimeoutError at the deadline, and not before", async () => {
      let isAborted = false;
      const outcome = outcomeOf(
        withDeadline(clock, 1_000, caller.signal, (signal) => {
          signal.addEventListener("abort", () => (isAborted = true), { once: true });
          return untilAborted(signal);
        }),
      );
      await clock.advance(999);
      expect(isAborted).to.equal(false);
      await clock.advance(1);
      expect(await outcome).to.include({ name: "TimeoutError", message: "Not done within 1 s" });
    });

    it("aborts the work with its caller, for the caller's reason", async () => {
      const outcome = outcomeOf(withDeadline(clock, 1_000, caller.signal, untilAborted));
      const reason = new Error("stopped");
      caller.abort(reason);
      expect(await outcome).to.equal(reason);
    });

    it("starts aborted when its caller has aborted before", async () => {
      const reason = new Error("stopped");
      caller.abort(reason);
      expect(await outcomeOf(withDeadline(clock, 1_000, caller.signal, untilAborted))).to.equal(reason);
    });

    it("needs no caller", async () => {
      const outcome = outcomeOf(withDeadline(clock, 1_000, undefined, untilAborted));
      await clock.advance(1_000);
      expect(await outcome).to.include({ name: "TimeoutError" });
    });
  });

  describe("endsWithin", () => {
    afterEach(() => expect(clock.sleeping, "timers left behind").to.equal(0));

    it("is true when the work ends in time", async () => {
      const ended = endsWithin(clock.sleep(999), 1_000, clock);
      await clock.advance(999);
      expect(await ended).to.equal(true);
    });

    it("is false when it does not, and ignores a later failure", async () => {
      const work = clock.sleep(2_000).then(() => Promise.reject(new Error("too late to matter")));
      const ended = endsWithin(work, 1_000, clock);
      await clock.advance(1_000);
      expect(await ended).to.equal(false);
      await clock.advance(1_000);
    });

    it("is false as soon as its signal aborts", async () => {
      const ended = endsWithin(untilAborted(new AbortController().signal), 1_000, clock, caller.signal);
      caller.abort(new Error("stopped"));
      expect(await ended).to.equal(false);
      expect(await endsWithin(new Promise(() => {}), 1_000, clock, caller.signal)).to.equal(false);
    });

    it("throws what the work throws in time", async () => {
      const broken = new Error("broken");
      expect(await outcomeOf(endsWithin(Promise.reject(broken), 1_000, clock))).to.equal(broken);
    });
  });
});
