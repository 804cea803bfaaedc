import { expect } from "chai";
import { createPassageSearch } from "../../../lib/answers/library/passage-search.ts";
import { loadContent } from "../../../lib/content/index.ts";
import { passages } from "../passages.ts";

const { search } = createPassageSearch(passages);
const firstPage = (text: string, language: string): string | undefined =>
  search(text, language, 3)[0]?.passage.id;

describe("the search for passages", () => {
  for (const [language, question, id] of [
    ["en", "how do I put on a condom", "en/condoms#1"],
    ["en", "the condom broke last night, what now?", "en/condoms#2"],
    ["en", "I forgot my pill yesterday", "en/the-pill#2"],
    ["en", "how does the pill work", "en/the-pill#1"],
    ["en", "my period is late", "en/periods#1"],
    ["en", "I have really bad cramps", "en/periods#2"],
    ["en", "can you get HIV from kissing someone", "en/hiv#1"],
    ["en", "where can I get an hiv test", "en/hiv#2"],
    ["en", "Can I get pregnant the first time?", "en/pregnancy#1"],
    ["en", "is it okay to change my mind", "en/consent#1"],
    ["en", "my boyfriend hits me", "en/violence#1"],
    ["fr", "comment mettre un préservatif", "fr/preservatifs#1"],
    ["fr", "le preservatif s'est déchiré", "fr/preservatifs#2"],
    ["fr", "j'ai du retard dans mes règles", "fr/regles#1"],
    ["fr", "j'ai mal au ventre pendant mes regles", "fr/regles#2"],
    ["fr", "J’ai oublié ma pilule", "fr/pilule#1"],
    ["fr", "est-ce que le VIH se transmet par un baiser", "fr/vih#1"],
    ["fr", "mon copain me frappe", "fr/violences#1"],
  ] as const) {
    it(`finds the right passage for “${question}”`, () => {
      expect(firstPage(question, language)).to.equal(id);
    });
  }

  for (const [language, question, id] of [
    ["en", "What is a condom?", "en/condoms#1"],
    ["en", "what is the pill", "en/the-pill#1"],
    ["en", "what is hiv", "en/hiv#1"],
    ["en", "what are STIs?", "en/stis#1"],
    ["fr", "C'est quoi un préservatif ?", "fr/condoms#1"],
    ["fr", "c'est quoi la pilule", "fr/the-pill#1"],
  ] as const) {
    it(`begins with what it is, where the sample's pages are asked “${question}”`, async () => {
      const sample = createPassageSearch((await loadContent("content")).passages);
      expect(sample.search(question, language, 1)[0]?.passage.id).to.equal(id);
    });
  }

  for (const [question, id] of [
    ["condmos slipping off", "en/condoms#2"],
    ["pregnnacy signs", "en/pregnancy#2"],
    ["perriod late", "en/periods#1"],
    ["kisssing", "en/hiv#1"],
  ] as const) {
    it(`forgives the typing mistake in “${question}”`, () => {
      expect(firstPage(question, "en")).to.equal(id);
    });
  }

  it("knows a page by the words people use for it, which its text has not", () => {
    const known = passages.map((passage) =>
      passage.pageId === "en/the-pill" ? { ...passage, keywords: ["microgynon"] } : passage,
    );
    const [best] = createPassageSearch(known).search("can I take microgynon", "en", 1);
    expect(best?.passage.pageId).to.equal("en/the-pill");
    expect(firstPage("can I take microgynon", "en")).not.to.equal("en/the-pill#1");
  });

  it("takes no word for a misspelling of another that begins differently or is far from it", () => {
    expect(search("london", "en", 1)).to.deep.equal([]);
    expect(search("rondom", "en", 1)).to.deep.equal([]);
  });

  it("looks at the beginning and the end of a text of many words, whatever its middle is made of", () => {
    const noise = (letter: string): string =>
      Array.from({ length: 100 }, (_, index) => `${letter}${index}`).join(" ");
    expect(firstPage(`the condom broke ${noise("x")}`, "en")).to.equal("en/condoms#2");
    expect(firstPage(`${noise("x")} the condom broke`, "en")).to.equal("en/condoms#2");
    expect(search(`${noise("x")} the condom broke ${noise("y")}`, "en", 1)).to.deep.equal([]);
    const askedAtTheEnd = `${noise("x")} the condom broke ${noise("y")} what if the condom broke`;
    expect(firstPage(askedAtTheEnd, "en")).to.equal("en/condoms#2");
  });

  it("answers in the language of the question when that is clearly not the person's", () => {
    expect(firstPage("comment mettre un préservatif", "en")).to.equal("fr/preservatifs#1");
    expect(firstPage("how do I put on a condom", "fr")).to.equal("en/condoms#1");
    expect(firstPage("how do I put on a condom", "de")).to.equal("en/condoms#1");
  });

  it("prefers the person's language for words that both share", () => {
    expect(search("contraception", "fr", 1)[0]?.passage.language).to.equal("fr");
    expect(search("contraception", "en", 1)[0]?.passage.language).to.equal("en");
  });

  it("gives a passage that holds the whole question full coverage, and one about something else none", () => {
    expect(search("late period", "en", 1)[0]?.coverage).to.equal(1);
    expect(search("bicycle repair", "en", 1)).to.deep.equal([]);
  });

  it("finds nothing for a text without words, and nothing in an empty library", () => {
    expect(search("???", "en", 3)).to.deep.equal([]);
    expect(createPassageSearch([]).search("condom", "en", 3)).to.deep.equal([]);
  });
});
