import { expect } from "chai";
import { loadChanged, mistakesOf } from "./temporary-content.ts";

const RISK = "rules: [{ id: fire, phrases: [fire], help: Run. }]\n";
const RISKS = { "risk/en.yaml": RISK, "risk/fr.yaml": RISK };

describe("examples of dangers", () => {
  it("are read with their rules, and the library's questions as everyday ones", async () => {
    const { riskExamples } = await loadChanged({
      ...RISKS,
      "risk-examples/en.txt": "# ours\n\nfire|smoke | everywhere\n-| a film about smoke\n",
    });
    expect(riskExamples.slice(0, 2)).to.deep.equal([
      { language: "en", rule: "fire", message: "smoke | everywhere" },
      { language: "en", rule: null, message: "a film about smoke" },
    ]);
    expect(riskExamples.slice(2).every(({ rule }) => rule === null)).to.equal(true);
  });

  it("are optional: without them nothing is learnt", async () => {
    expect((await loadChanged(RISKS)).riskExamples).to.deep.equal([]);
  });

  it("report a line that names no rule, and a file of no language", async () => {
    const found = await mistakesOf({
      ...RISKS,
      "risk-examples/en.txt": "fire|smoke\nsmoke everywhere\nflood|water\n",
      "risk-examples/de.txt": "fire|Rauch\n",
    });
    const text = 'is not "rule|message" with a rule of risk/en.yaml or "-"; the rules are fire';
    expect(found).to.deep.equal([
      "risk-examples/de.txt: belongs to no language of bot.yaml; the files here are en.txt, fr.txt",
      `risk-examples/en.txt, line 2: ${text}`,
      `risk-examples/en.txt, line 3: ${text}`,
    ]);
  });
});
