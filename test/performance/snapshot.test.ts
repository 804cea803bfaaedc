import { expect } from "chai";
import * as fc from "fast-check";
import { type Measurements, mergeSnapshots, type Snapshot } from "../../lib/performance/index.ts";
import { createBench } from "./support.ts";

interface Call {
  name: string;
  ms: number;
  errorCode: string | null;
}

const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.record({
    name: fc.constantFrom("model", "mongo.find.updates"),
    ms: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    errorCode: fc.option(fc.constantFrom("429", "a.b")),
  }),
  { maxLength: 60 },
);

function measurementsOf(made: readonly Call[]): Measurements {
  const { monitor } = createBench();
  for (const { name, ms, errorCode } of made) monitor.record(name, ms, errorCode ? { errorCode } : {});
  return monitor.present();
}

function snapshot(minute: number, measurements: Measurements, instance = "one"): Snapshot {
  const times = { runStartedAtMs: 0, fromMs: minute * 60_000, toMs: (minute + 1) * 60_000 };
  return { id: `${instance} ${minute}`, instances: [instance], ...times, ...measurements };
}

/** The fields that must not depend on the order of addition. */
function exactPart({ operations }: Measurements) {
  return operations
    .map(({ name, slow, histogram: { buckets, minMs, maxMs }, errors }) => {
      return {
        name,
        slow,
        buckets,
        minMs,
        maxMs,
        errors: errors.toSorted((a, b) => a.code.localeCompare(b.code)),
      };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

describe("merged snapshots", () => {
  it("equal what one process would have measured at once", () => {
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 5 }), (minutes) => {
        const [first = [], ...others] = minutes;
        const merged = mergeSnapshots([
          snapshot(0, measurementsOf(first), "p0"),
          ...others.map((made, minute) => snapshot(minute, measurementsOf(made), `p${minute}`)),
        ]);
        expect(exactPart(merged)).to.deep.equal(exactPart(measurementsOf(minutes.flat())));
      }),
      { numRuns: 50 },
    );
  });

  it("cover the whole span and all processes, in any order", () => {
    const nothing: Measurements = { operations: [], gauges: [] };
    const merged = mergeSnapshots([
      snapshot(5, nothing, "two"),
      snapshot(2, nothing, "one"),
      snapshot(3, nothing, "one"),
    ]);
    expect(merged).to.deep.include({
      id: "one 2",
      instances: ["one", "two"],
      fromMs: 120_000,
      toMs: 360_000,
    });
  });

  it("keep the higher of two peaks, and add up the durations of equal ones", async () => {
    const { monitor, clock } = createBench();
    const together = async (count: number, ms: number): Promise<Snapshot> => {
      for (let call = 0; call < count; call += 1) void monitor.measure("work", () => clock.sleep(ms));
      await clock.advance(ms);
      return snapshot(clock.now(), monitor.nextWindow());
    };
    const windows = [await together(2, 10), await together(3, 20), await together(3, 5)] as const;
    expect(mergeSnapshots(windows).operations[0]).to.include({ peakInFlight: 3, peakLastedMs: 25 });
    expect(monitor.getStats().work).to.include({ count: 8, peakInFlight: 3, peakLastedMs: 25 });
  });

  it("keep a gauge's newest value and its extremes", () => {
    const gauge = (value: number): Measurements => ({
      operations: [],
      gauges: [{ name: "queue", last: value, min: value, max: value }],
    });
    const merged = mergeSnapshots([snapshot(3, gauge(4)), snapshot(1, gauge(9)), snapshot(2, gauge(1))]);
    expect(merged.gauges).to.deep.equal([{ name: "queue", last: 4, min: 1, max: 9 }]);
  });
});

describe("a monitor's window", () => {
  it("contains what was measured since it was opened, and reading does not change it", () => {
    const { monitor } = createBench();
    monitor.record("work", 5);
    expect(monitor.present()).to.deep.equal(monitor.present());
    expect(monitor.nextWindow().operations).to.have.length(1);
    expect(monitor.present().operations).to.deep.equal([]);
    expect(monitor.getStats().work?.count, "the total goes on").to.equal(1);
  });

  it("shows a call that is in flight, though it ends later", async () => {
    const { monitor, clock } = createBench();
    void monitor.measure("work", () => clock.sleep(100));
    monitor.nextWindow();
    await clock.advance(30);
    expect(monitor.nextWindow().operations[0]).to.include({
      name: "work",
      peakInFlight: 1,
      peakLastedMs: 30,
    });
    await clock.advance(100);
    expect(monitor.present().operations[0]).to.include({ peakInFlight: 1, peakLastedMs: 70 });
  });

  it("reads gauges on demand, and leaves out one that cannot be read", () => {
    const { monitor, warnings } = createBench();
    let length = 3;
    monitor.gauge("queue", () => length);
    monitor.gauge("broken", () => {
      throw new Error("closed");
    });
    monitor.present();
    length = 1;
    expect(monitor.nextWindow().gauges).to.deep.equal([{ name: "queue", last: 1, min: 1, max: 3 }]);
    expect(monitor.present().gauges).to.deep.equal([{ name: "queue", last: 1, min: 1, max: 1 }]);
    expect(warnings[0]).to.deep.equal({
      message: "A gauge cannot be read",
      fields: { gauge: "broken", error: "closed" },
    });
  });
});

describe("a counter", () => {
  it("is kept for the window and since the start, and adds up when merged", () => {
    const { monitor } = createBench();
    monitor.count("tokens", 10);
    monitor.count("tokens", Number.NaN);
    const first = monitor.nextWindow();
    monitor.count("tokens", 5);
    const second = monitor.nextWindow();
    expect(second.counters).to.deep.equal([{ name: "tokens", total: 5 }]);
    expect(monitor.present().counters).to.deep.equal([]);
    expect(monitor.getCounters()).to.deep.equal({ tokens: 15 });
    const before: Measurements = { operations: [], gauges: [] };
    const merged = mergeSnapshots([snapshot(0, before), snapshot(1, first), snapshot(2, second)]);
    expect(merged.counters).to.deep.equal([{ name: "tokens", total: 15 }]);
  });
});
