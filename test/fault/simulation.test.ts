import { expect } from "chai";
import { parseOptions } from "../../scripts/simulate/options.ts";
import { renderHtml } from "../../scripts/simulate/report/html.ts";
import { isGood, renderText } from "../../scripts/simulate/report/report.ts";
import { simulate } from "../../scripts/simulate/run-simulation.ts";
import type { SlotCall } from "../../scripts/simulate/scenario.ts";

const noProgress = (): void => {};
/** The peak number of concurrent calls. */
function mostAtOnce(calls: readonly SlotCall[]): number {
  const underWay = ({ beganAtMs }: SlotCall): number =>
    calls.filter((call) => call.beganAtMs <= beganAtMs && beganAtMs < call.endedAtMs).length;
  return Math.max(...calls.map(underWay));
}

const never = new AbortController().signal;
const command = "npm run simulate";

describe("a simulation of the real bot", () => {
  it("loses nothing to kills and faults, and reports it in text and as a page", async () => {
    const line =
      "--users 20 --seconds 30 --rate 6 --speed 10 --kill every=18s --faults 429=2%,reset=2%,500=2%,model500=3%";
    const { report, results } = await simulate(parseOptions(line.split(" ")), {
      command,
      signal: never,
      onProgress: noProgress,
    });
    const [load] = report.scenarios;
    expect(load?.checks).to.include({ lost: 0, outOfOrder: 0, duplicates: 0, wrongInHistory: 0 });
    expect(load?.kills).to.be.above(0);
    expect(load?.phases[0]?.questions).to.be.above(20);
    expect(isGood(report)).to.equal(true);
    expect(renderText(report)).to.match(/lost 0, out of order 0, duplicates 0/);
    const page = renderHtml(report, results);
    expect(page.match(/<svg /g)).to.have.length(2);
    expect(page).not.to.match(/(src|href)=/); // self-contained
  });

  it("shows the published table beside ours, with one call at a time and with several", async () => {
    const options = parseOptions("--bursts 5 --speed 10".split(" "));
    const { report, results } = await simulate(options, { command, signal: never, onProgress: noProgress });
    const [atOnceBefore, atOnceAfter] = results.map(({ phases }) => mostAtOnce(phases[0]?.calls ?? []));
    expect(atOnceBefore).to.equal(1);
    expect(atOnceAfter).to.be.above(1);
    const after = report.scenarios[1]?.phases[0];
    expect(after?.overClairvoyant?.last).to.be.above(1);
    expect(after?.firstWordMeanMs).to.be.below(after?.ours?.mean ?? 0);
    expect(renderText(report)).to.match(/^5 +5-25 s +[\d.]+-[\d.]+ s +3-6 s +[\d.]+-[\d.]+ s +4x/m);
  });

  it("reports what has happened when it is interrupted", async () => {
    const interrupted = new AbortController();
    const { report } = await simulate(
      parseOptions("--bursts 6 --after-only --slots 2 --speed 4".split(" ")),
      {
        command,
        signal: interrupted.signal,
        onProgress({ answered }) {
          if (answered === 2) interrupted.abort();
        },
      },
    );
    expect(report.interrupted).to.equal(true);
    expect(report.scenarios[0]?.checks.lost).to.equal(0);
    expect(report.scenarios[0]?.leftOpen).to.be.above(0);
    expect(renderText(report))
      .to.match(/^Interrupted/)
      .and.match(/still open/);
  });
});
