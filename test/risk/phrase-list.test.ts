import { expect } from "chai";
import { createPhraseParser, PhraseList, RiskVocabulary } from "../../lib/risk/index.ts";
import { loadSample } from "../support/sample.ts";
import { share } from "../support/thorough.ts";

describe("a list of phrases", () => {
  it("finds in each message what its phrases find one by one", async () => {
    const { risks, riskExamples } = await loadSample();
    const step = Math.floor(riskExamples.length / share(480));
    const messages = riskExamples.filter((_, index) => index % step === 0).map(({ message }) => message);
    let found = 0;
    for (const { languages } of risks) {
      const { phrases, not, groups } = languages.en ?? { phrases: [], not: [] };
      const vocabulary = new RiskVocabulary();
      const parse = createPhraseParser(vocabulary, groups);
      const [raising, harmless] = [phrases, not].map((texts) => texts.map(parse));
      const [list, harmlessList] = [new PhraseList(raising ?? []), new PhraseList(harmless ?? [])];
      for (const text of messages) {
        const message = vocabulary.read(text);
        const one = (raising ?? []).filter((phrase) => phrase.isIn(message)).length;
        expect(list.countIn(message), text).to.equal(one);
        expect(list.isAnyIn(message), text).to.equal(one > 0);
        found += one;
        const left = (harmless ?? []).reduce(
          (rest, phrase) => new PhraseList([phrase]).removeFrom(rest),
          message,
        );
        expect(harmlessList.removeFrom(message), text).to.deep.equal(left);
      }
    }
    expect(found).to.be.greaterThan(share(60));
  });

  it("looks for a phrase that needs no word in every message", () => {
    const vocabulary = new RiskVocabulary();
    const list = new PhraseList(["!film"].map(createPhraseParser(vocabulary)));
    expect(list.isAnyIn(vocabulary.read("I am alone"))).to.equal(true);
    expect(list.isAnyIn(vocabulary.read("a film"))).to.equal(false);
  });
});
