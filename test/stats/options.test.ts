import { expect } from "chai";
import { readOptions } from "../../scripts/stats/options.ts";
import { refusalBy } from "../support/program/refusal.ts";

const NOW = new Date(2026, 0, 31, 15, 30);
const refusalOf = (line: string): string => refusalBy(() => readOptions(line.split(" "), NOW));

describe("the options of npm run stats", () => {
  it("are the last hour on the screen when none is given", () => {
    expect(readOptions([], NOW)).to.deep.equal({
      span: { kind: "since", sinceMs: 3_600_000 },
      format: "screen",
      slow: false,
      instances: false,
      all: false,
      watch: false,
    });
  });

  it("name a span in the words of whoever looks", () => {
    const spanOf = (line: string) => readOptions(line.split(" "), NOW).span;
    const at = (hours: number, minutes = 0, day = 31): number =>
      new Date(2026, 0, day, hours, minutes).getTime();
    expect(spanOf("--since 7d")).to.deep.equal({ kind: "since", sinceMs: 7 * 86_400_000 });
    expect(spanOf("--from 14:00")).to.deep.equal({ kind: "between", fromMs: at(14), toMs: null });
    expect(spanOf("--from 2026-01-30 --to 2026-01-30T18:05")).to.deep.equal({
      kind: "between",
      fromMs: at(0, 0, 30),
      toMs: at(18, 5, 30),
    });
    expect(spanOf("--to 15:00")).to.deep.equal({ kind: "between", fromMs: at(14), toMs: at(15) });
    expect(spanOf("--last-run")).to.deep.equal({ kind: "last-run" });
  });

  it("are refused with the usage where they mean nothing", () => {
    const wrong = [
      "--nonsense",
      "extra",
      "--since soon",
      "--since 0h",
      "--from 25:00",
      "--from 2026-02-30x",
      "--sort length",
      "--compare tomorrow",
    ];
    for (const line of wrong) expect(refusalOf(line), line).to.match(/^error: [\s\S]+Usage: npm run stats/);
  });

  it("are refused where one contradicts another", () => {
    const wrong = ["--json --csv", "--csv --watch", "--last-run --since 1h", "--since 1h --from 14:00"];
    for (const line of [...wrong, "--from 15:00 --to 14:00"])
      expect(refusalOf(line), line).to.match(/^error: [\s\S]+Usage: npm run stats/);
  });
});
