import { expect } from "chai";
import type { RiskRule } from "../../lib/risk/index.ts";
import {
  evaluateRisks,
  missedRiskLimits,
  type RiskResult,
  readRiskMessages,
  riskScore,
} from "../../scripts/eval/risk-evaluation.ts";
import { renderRisks, risksAsJson } from "../../scripts/eval/risk-report.ts";

const rules: RiskRule[] = [
  { id: "fire", languages: { en: { phrases: ["fire"], not: [], help: "" } } },
  { id: "flood", languages: { en: { phrases: ["water"], not: [], help: "" } } },
];
const FILE = `# messages of our own
en|fire|a fire here
en | flood | fire on the water
en|-|a glass of water

# test
en|flood|the river is here
en|-|good morning | evening
`;

describe("the evaluation of risk rules", () => {
  let results: RiskResult[];

  before(async () => {
    results = await evaluateRisks(readRiskMessages(FILE, ["fire", "flood"]), rules);
  });

  it("tells what is heard, heard as another rule, missed, and heard without reason", () => {
    expect(results.map(({ part, outcome }) => [part, outcome])).to.deep.equal([
      ["tune", "heard"],
      ["tune", "wrong-rule"],
      ["tune", "false-alarm"],
      ["test", "missed"],
      ["test", "quiet"],
    ]);
    const score = { dangers: 3, heard: 1, wrongRule: 1, missed: 1, everyday: 2, falseAlarms: 1 };
    expect(riskScore(results)).to.deep.equal(score);
  });

  it("shows the figures by part, language and rule, and each message that went wrong", () => {
    const text = renderRisks(results);
    expect(text).to.match(/tune\s+│ en\s+│ all\s+│\s+1 of 2 \(50 %\)/);
    expect(text).to.include("missed (test) en|flood|the river is here\n");
    expect(text).to.include("false-alarm (tune) en|-|a glass of water  → flood");
    const { figures, wrong } = JSON.parse(risksAsJson(results)) as { figures: unknown[]; wrong: unknown[] };
    expect(wrong).to.have.length(3);
    expect(figures[0]).to.deep.include({ part: "test", language: "en", rule: "all" });
  });

  it("names each part and language that misses a limit", () => {
    expect(missedRiskLimits(results, { minHeard: 0.5, maxFalseAlarms: 0.5 })).to.deep.equal([
      "tune, en: 1 of 1 are false alarms; 0.5 may be",
      "test, en: 0 of 1 are heard; 0.5 must be",
    ]);
    expect(missedRiskLimits(results, { minHeard: 0, maxFalseAlarms: 1 })).to.deep.equal([]);
  });

  for (const [what, line, says] of [
    ["of another form", "en fire a fire", 'Line 1 is not "language|rule|message"'],
    ["with an unknown rule", "en|storm|a storm", 'Line 1 names the rule "storm"; there are fire, flood'],
  ] as const) {
    it(`refuses a line ${what}`, () => {
      expect(() => readRiskMessages(line, ["fire", "flood"])).to.throw(says);
    });
  }
});
