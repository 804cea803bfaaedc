import { expect } from "chai";
import { type Bucket, quantileSince } from "../../scripts/bench/long/metrics.ts";
import { judge, type Observations, type Sample } from "../../scripts/bench/long/verdict.ts";

/** The cumulative event-loop delays up to 10 ms, up to 25 ms, and in all. */
function loop(...counts: [number, number, number]): Bucket[] {
  return [10, 25, Number.POSITIVE_INFINITY].map((upToMs, index) => ({ upToMs, count: counts[index] ?? 0 }));
}

function sample(at: number, memoryBytes: number, fileBytes = 50e6): Sample {
  return { at, memoryBytes, fileBytes, heapBytes: 50e6, handles: 10, timers: 10, loop: loop(0, 0, 0) };
}

function observe(changes: Partial<Observations> = {}): Observations {
  return {
    runMs: 1_800_000,
    samples: [sample(0.15, 100e6), sample(0.95, 105e6)],
    loop: { before: loop(0, 0, 0), after: loop(1_000, 1_000, 1_000) },
    collections: { before: {}, after: {} },
    people: 300,
    output: "Helpline is running",
    ...changes,
  };
}

describe("the verdict on a long run", () => {
  it("passes a bot that does not grow and whose event loop is free", () => {
    expect(judge(observe()).isWell).to.equal(true);
  });

  it("counts event-loop delay only after warm-up", () => {
    const before = loop(0, 0, 500);
    expect(quantileSince(before, loop(0, 1_000, 1_500), 0.5)).to.be.closeTo(17.5, 0.01);
    expect(judge(observe({ loop: { before, after: loop(1_000, 1_000, 1_500) } })).isWell).to.equal(true);
    expect(judge(observe({ loop: { before, after: loop(1_000, 1_000, 1_600) } })).isWell).to.equal(false);
  });

  it("fails a bot whose memory grew by more than a tenth, but does not judge memory after a short run", () => {
    const samples = [sample(0.15, 100e6), sample(0.95, 111e6)];
    expect(judge(observe({ samples })).isWell).to.equal(false);
    const short = judge(observe({ samples, runMs: 60_000 }));
    expect(short.isWell).to.equal(true);
    expect(short.lines.join("\n")).to.contain("not judged");
  });

  it("does not count memory of the mapped database file, which the system reclaims", () => {
    const samples = [sample(0.15, 100e6, 20e6), sample(0.95, 100e6, 200e6)];
    expect(judge(observe({ samples })).isWell).to.equal(true);
  });

  it("lets collections grow only if they age out or have a document for each person", () => {
    const grown = (documents: number, agesOut: boolean): Observations =>
      observe({
        collections: {
          before: { things: { documents: 100, agesOut } },
          after: { things: { documents, agesOut } },
        },
      });
    expect(judge(grown(9_000, true)).isWell).to.equal(true);
    expect(judge(grown(300, false)).isWell).to.equal(true);
    expect(judge(grown(301, false)).isWell).to.equal(false);
  });

  it("fails a bot for which Node warned of too many listeners", () => {
    expect(judge(observe({ output: "MaxListenersExceededWarning: Possible leak" })).isWell).to.equal(false);
  });
});
