import { expect } from "chai";
import { PhraseBook } from "../../../lib/risk/index.ts";
import { loadSample } from "../../support/sample.ts";
import { share } from "../../support/thorough.ts";

describe("a list of phrases", () => {
  it("finds in each message what its phrases find one by one", async () => {
    const { risks, riskExamples } = await loadSample();
    const step = Math.floor(riskExamples.length / share(480));
    const messages = riskExamples.filter((_, index) => index % step === 0).map(({ message }) => message);
    let found = 0;
    for (const { languages } of risks) {
      const { phrases, not, groups } = languages.en ?? { phrases: [], not: [] };
      const oneByOne = not.map((phrase) => ({ phrases: [phrase], groups }));
      const book = PhraseBook.compile([{ phrases, groups }, { phrases: not, groups }, ...oneByOne]);
      const [raising, harmless] = [book.list(0), book.list(1)];
      for (const text of messages) {
        const message = book.readMessage(text);
        const one = raising.phrases.filter((phrase) => phrase.isIn(message)).length;
        expect(raising.countIn(message), text).to.equal(one);
        expect(raising.isAnyIn(message), text).to.equal(one > 0);
        found += one;
        const left = not.reduce((rest, _phrase, index) => book.list(2 + index).removeFrom(rest), message);
        expect(harmless.removeFrom(message), text).to.deep.equal(left);
      }
    }
    expect(found).to.be.greaterThan(share(60));
  });

  it("looks for a phrase that needs no word in every message", () => {
    const book = PhraseBook.compile([{ phrases: ["!film"] }]);
    expect(book.list(0).isAnyIn(book.readMessage("I am alone"))).to.equal(true);
    expect(book.list(0).isAnyIn(book.readMessage("a film"))).to.equal(false);
  });

  it("is empty where a book has no such list", () => {
    const book = PhraseBook.compile([{ phrases: ["film"] }]);
    for (const index of [-1, 1]) {
      expect(book.list(index).phrases).to.deep.equal([]);
      expect(book.list(index).isAnyIn(book.readMessage("a film"))).to.equal(false);
    }
  });
});
