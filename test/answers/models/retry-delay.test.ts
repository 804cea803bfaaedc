import { expect } from "chai";
import { delayMs, delayNamedIn } from "../../../lib/answers/models/retry-delay.ts";

describe("a delay that a provider names", () => {
  for (const [written, ms] of [
    ["34s", 34_000],
    ["34.07s", 34_070],
    ["34.074824224s", 34_075],
    ["0s", 0],
    ["850ms", 850],
    ["1m12.5s", 72_500],
    ["6m0s", 360_000],
    ["1h2m3s", 3_723_000],
    ["2m", 120_000],
    ["PT34S", 34_000],
    ["34", 34_000],
    [34, 34_000],
    [0.5, 500],
    [{ seconds: 34, nanos: 500_000_000 }, 34_500],
    [{ seconds: "34" }, 34_000],
    ["999999h", 48 * 3_600_000],
  ] as const) {
    it(`is read from ${JSON.stringify(written)}`, () => expect(delayMs(written)).to.equal(ms));
  }

  for (const written of [
    "",
    "soon",
    "-5s",
    "-5",
    "NaN",
    null,
    undefined,
    [],
    true,
    { seconds: "x" },
    "s",
    "m",
  ]) {
    it(`is none in ${JSON.stringify(written)}`, () => expect(delayMs(written)).to.equal(undefined));
  }

  it("is read from a date, by the clock of the response", () => {
    const date = "Wed, 21 Oct 2026 07:28:30 GMT";
    expect(delayMs(date, Date.parse("Wed, 21 Oct 2026 07:28:00 GMT"))).to.equal(30_000);
    expect(delayMs(date, Date.parse("Wed, 21 Oct 2026 07:29:00 GMT"))).to.equal(undefined);
  });

  for (const [sentence, ms] of [
    ["You exceeded your current quota.\nPlease retry in 34.074824224s.", 34_075],
    ["Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://example.org", 20_000],
    ["Please try again in 1m12.5s.", 72_500],
    ["Please try again in 6ms.", 6],
    ["Try again after 2 s", 2_000],
    ["Try again later", undefined],
    [undefined, undefined],
  ] as const) {
    it(`is found in ${JSON.stringify(sentence)}`, () => expect(delayNamedIn(sentence)).to.equal(ms));
  }
});
