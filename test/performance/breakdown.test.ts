import { expect } from "chai";
import * as fc from "fast-check";
import { chargeLatestStarted } from "../../lib/performance/analysis/breakdown.ts";

const interval = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 20 }))
  .map(([startMs, lengthMs]) => ({ startMs, endMs: startMs + lengthMs }));

describe("the breakdown of an operation's time", () => {
  it("charges every millisecond once, to the running call that started last", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), (intervals) => {
        const expected = new Map(intervals.map((each) => [each, 0]));
        for (let ms = 0; ms < 60; ms += 1) {
          const running = intervals.filter(({ startMs, endMs }) => startMs <= ms && ms < endMs);
          const latest = running.toSorted((a, b) => a.startMs - b.startMs).at(-1);
          if (latest) expected.set(latest, (expected.get(latest) ?? 0) + 1);
        }
        const charged = new Map(chargeLatestStarted(intervals));
        expect(intervals.map((each) => charged.get(each))).to.deep.equal(
          intervals.map((each) => expected.get(each)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
