import { expect } from "chai";
import * as fc from "fast-check";
import { type EncodedHistogram, Histogram } from "../../lib/performance/index.ts";

const HOUR_MS = 3_600_000;
const QUANTILES = [0, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

/** Durations spread evenly over the orders of magnitude from 1 µs to 1 h. */
const durationMs = fc
  .double({ min: Math.log(0.001), max: Math.log(HOUR_MS), noNaN: true })
  .map((log) => Math.min(HOUR_MS, Math.max(0.001, Math.exp(log))));
const durations = fc.array(durationMs, { minLength: 1, maxLength: 400 });

function recorded(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The encoded histogram without the sum, whose last digits depend on the order of addition. */
function shape({ buckets, minMs, maxMs }: EncodedHistogram) {
  return { buckets, minMs, maxMs };
}

describe("histogram", () => {
  it("computes quantiles within 1 % of the exact ones, from 1 µs to 1 h", () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(...QUANTILES), (values, quantile) => {
        const rank = Math.max(1, Math.ceil(quantile * values.length));
        const exact = values.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN;
        expect(recorded(values).quantile(quantile) / exact).to.be.within(0.99, 1.01);
      }),
      { numRuns: 300 },
    );
  });

  it("is the same whether it recorded everything or was merged from parts", () => {
    fc.assert(
      fc.property(durations, durations, (some, others) => {
        const merged = recorded(some);
        merged.add(recorded(others));
        const whole = recorded([...some, ...others]);
        expect(shape(merged.encode())).to.deep.equal(shape(whole.encode()));
        expect(merged.count).to.equal(whole.count);
        expect(merged.mean()).to.be.closeTo(whole.mean(), whole.mean() * 1e-9);
      }),
      { numRuns: 100 },
    );
  });

  it("can be stored as JSON and read again", () => {
    fc.assert(
      fc.property(fc.array(durationMs, { maxLength: 400 }), (values) => {
        const before = recorded(values);
        const after = new Histogram();
        after.addEncoded(JSON.parse(JSON.stringify(before.encode())) as EncodedHistogram);
        expect(after.encode()).to.deep.equal(before.encode());
        expect(after.count).to.equal(values.length);
        expect(after.quantile(0.95)).to.equal(before.quantile(0.95));
      }),
      { numRuns: 100 },
    );
  });

  it("takes under 10 KB stored, even with calls of every possible duration", () => {
    const histogram = new Histogram();
    for (let step = 0; step < 100_000; step += 1)
      histogram.record(0.001 * (HOUR_MS * 1000) ** (step / 100_000));
    expect(JSON.stringify(histogram.encode()).length).to.be.below(10_000);
  });

  it("keeps maximum, mean and the quantiles of equal values exact", () => {
    const histogram = recorded([5, 5, 5]);
    expect([histogram.quantile(0.5), histogram.maxMs, histogram.mean()]).to.deep.equal([5, 5, 5]);
  });

  it("returns zeros when nothing was recorded", () => {
    const histogram = new Histogram();
    expect([histogram.quantile(0.99), histogram.maxMs, histogram.mean()]).to.deep.equal([0, 0, 0]);
  });

  it("counts durations outside its range without losing count or maximum", () => {
    const histogram = recorded([-1, 0, 1e-6, 100 * HOUR_MS]);
    expect(histogram.count).to.equal(4);
    expect(histogram.maxMs).to.equal(100 * HOUR_MS);
    expect(histogram.quantile(0.5)).to.be.below(0.0011);
  });

  it("counts the durations up to each bound", () => {
    expect(recorded([1, 2, 30, 400, 5_000]).countsUpTo([0.5, 2.5, 100, 10_000])).to.deep.equal([0, 2, 3, 5]);
  });

  it("returns the difference to a former state", () => {
    const before = recorded([5, 5, 900]);
    const after = recorded([5, 5, 900, 5, 40]);
    const added = after.since(before);
    expect([added.count, added.sumMs]).to.deep.equal([2, 45]);
    expect(added.quantile(0)).to.be.closeTo(5, 0.05);
    expect(added.quantile(1)).to.be.closeTo(40, 0.4);
    expect(after.since(after).count).to.equal(0);
  });

  it("rejects a stored text that it did not write", () => {
    const stored = new Histogram().encode();
    for (const buckets of ["1", "zzzz:1", "3:0", "3:-1", "?:1"]) {
      expect(() => new Histogram().addEncoded({ ...stored, buckets }), buckets)
        .to.throw()
        .with.property("code", "HISTOGRAM_INVALID");
    }
  });
});
