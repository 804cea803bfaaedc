import { expect } from "chai";
import { parseOptions } from "../../scripts/simulate/options.ts";
import { failuresOf, parseAssertion } from "../../scripts/simulate/report/assertions.ts";
import type { PhaseFigures } from "../../scripts/simulate/report/figures.ts";
import { refusalBy } from "../support/program/refusal.ts";

const refusalOf = (...args: string[]): string => refusalBy(() => parseOptions(args));

const FIGURES: PhaseFigures = {
  label: "5 people",
  people: 5,
  questions: 5,
  ours: { first: 1_000, mean: 2_000, p50: 2_000, p95: 15_000, last: 16_000 },
  firstWordMeanMs: 900,
  firstCome: null,
  clairvoyant: null,
  overFirstCome: { mean: 1.01, p95: 1.02, last: 1.06 },
  overClairvoyant: null,
  bytesPerPerson: null,
};

describe("the options of a simulation", () => {
  it("are the published bursts at true speed when none is given", () => {
    expect(parseOptions([])).to.deep.equal({
      bursts: [5, 10, 20, 50],
      afterOnly: false,
      load: null,
      model: "gemini",
      slots: 8,
      chats: 50,
      latency: { meanMs: 2_100, cv: 0.3 },
      faults: {},
      speed: 1,
      seed: 1,
      json: false,
      assertions: [],
    });
  });

  it("parse a load with faults, kills and conditions", () => {
    const line =
      "--users 500 --seconds 60 --rate 2.5 --faults 429=2%,reset=1%,model500=0.5% --kill every=10s --speed 4 --assert p95<15s --assert ratio<=1.05 --latency mean=900ms,cv=0";
    expect(parseOptions(line.split(" "))).to.deep.include({
      load: { users: 500, seconds: 60, rate: 2.5 },
      faults: { 429: 0.02, reset: 0.01, model500: 0.005 },
      killEveryMs: 10_000,
      speed: 4,
      latency: { meanMs: 900, cv: 0 },
      assertions: [
        { text: "p95<15s", metric: "p95", operator: "<", value: 15_000 },
        { text: "ratio<=1.05", metric: "ratio", operator: "<=", value: 1.05 },
      ],
    });
  });

  it("are refused with a hint at the right form", () => {
    expect(refusalOf("--faults", "429=2")).to.match(/429=2%,reset=1%/);
    expect(refusalOf("--faults", "404=2%")).to.match(/modelreset/);
    expect(refusalOf("--kill", "10s")).to.match(/every=10s/);
    expect(refusalOf("--assert", "p95<15")).to.match(/p95<15s/);
    expect(refusalOf("--assert", "p42<15s")).to.match(/p95<15s/);
    expect(refusalOf("--bursts", "5,none")).to.match(/whole number/);
    expect(refusalOf("--speed", "0")).to.match(/above 0/);
  });
});

describe("the conditions of a simulation", () => {
  const check = (text: string): string[] =>
    failuresOf(
      [parseAssertion(text)].filter((one) => one !== null),
      [FIGURES],
    );

  it("hold, or are reported with the crowd and the figure", () => {
    expect(check("p95<=15s")).to.deep.equal([]);
    expect(check("firstword<1s")).to.deep.equal([]);
    expect(check("p95<15s")).to.deep.equal(["p95<15s does not hold for 5 people: 15.00 s"]);
    expect(check("ratio<1.05")).to.have.length(1); // the worst of mean, p95 and last
  });

  it("fail where the figure could not be measured", () => {
    expect(check("memory<2MB")).to.deep.equal(["memory<2MB does not hold for 5 people: not measured"]);
  });
});
