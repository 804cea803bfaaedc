import { readFileSync } from "node:fs";
import { expect } from "chai";

const HOUR_MS = 3_600_000;
/** Not a literal: the compiler would check the page's module with the types of Node. */
const MODULE: string = "../../lib/web/page/format.js";

describe("the dashboard's labels", () => {
  let bytes: (value: number) => string;
  let tick: (epochMs: number, stepMs: number) => string;

  before(async () => {
    ({ bytes, tick } = (await import(MODULE)) as { bytes: typeof bytes; tick: typeof tick });
  });

  it("give small sizes a unit of their own, so that an axis does not read 0 MB throughout", () => {
    expect([0, 400, 12_000, 1_500_000, 250_000_000, 2e9].map(bytes)).to.deep.equal([
      "0 B",
      "400 B",
      "12 kB",
      "1.5 MB",
      "250 MB",
      "2 GB",
    ]);
  });

  it("name the day where ticks are days apart, and at midnight; else the time alone", () => {
    const midnight = new Date(2026, 10, 9).getTime();
    expect(tick(midnight + 12 * HOUR_MS, 48 * HOUR_MS)).to.equal("Nov 9");
    expect(tick(midnight, 4 * HOUR_MS)).to.equal("Nov 9");
    expect(tick(midnight + 4 * HOUR_MS, 4 * HOUR_MS)).to.equal("04:00");
    expect(tick(midnight + 15_000, 15_000)).to.equal("00:00:15");
  });
});

describe("the dashboard's colours", () => {
  const css = readFileSync("lib/web/page/dashboard.css", "utf8");
  const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
  const LINES = ["blue", "violet", "amber", "green", "red", "teal", "pink", "grey"];
  const TEXTS = [
    ["text", "card"],
    ["text", "page"],
    ["dim", "card"],
    ["dim", "page"],
    ["accent", "page"],
    ["good", "good-back"],
    ["warn", "warn-back"],
    ["bad", "bad-back"],
  ] as const;

  for (const [theme, rules] of [
    ["light", light],
    ["dark", dark],
  ] as const) {
    const color = (name: string): string =>
      new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(rules)?.[1] ?? `no --${name}`;

    // Web Content Accessibility Guidelines 2.2: 1.4.3 and 1.4.11.
    it(`stand out enough in the ${theme} theme: 4.5 for text, 3 for lines`, () => {
      for (const [front, back] of TEXTS) {
        expect(contrast(color(front), color(back)), `${front} on ${back}`).to.be.at.least(4.5);
      }
      for (const line of LINES) expect(contrast(color(line), color("card")), line).to.be.at.least(3);
    });
  }
});

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Relative luminance, as the guidelines define it. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
