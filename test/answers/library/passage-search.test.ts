import { expect } from "chai";
import { buildPassageIndex } from "../../../lib/answers/library/passage-index.ts";
import { createPassageSearch, type PassageSearch } from "../../../lib/answers/library/passage-search.ts";
import type { Passage } from "../../../lib/content/index.ts";
import { Slices } from "../../../lib/core/index.ts";
import { passages } from "../passages.ts";

const indexed = async (of: readonly Passage[]) =>
  createPassageSearch(of, await buildPassageIndex(of, new Slices(5)));

const searches = new Map<string, PassageSearch>();
const searchIn =
  (language: string): PassageSearch["search"] =>
  (text, limit) =>
    searches.get(language)?.search(text, limit) ?? [];
const search = searchIn("en");
const firstPage = (text: string, language: string): string | undefined =>
  searchIn(language)(text, 3)[0]?.passage.id;

describe("the search for passages", () => {
  before(async () => {
    for (const language of ["en", "fr"]) {
      searches.set(language, await indexed(passages.filter((passage) => passage.language === language)));
    }
  });

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

  it("knows a page by the words people use for it, which its text has not", async () => {
    const known = passages.map((passage) =>
      passage.pageId === "en/the-pill" ? { ...passage, keywords: ["microgynon"] } : passage,
    );
    const [best] = (await indexed(known)).search("can I take microgynon", 1);
    expect(best?.passage.pageId).to.equal("en/the-pill");
    expect(firstPage("can I take microgynon", "en")).not.to.equal("en/the-pill#1");
  });

  it("takes no word for a misspelling of another that begins differently or is far from it", () => {
    expect(search("london", 1)).to.deep.equal([]);
    expect(search("rondom", 1)).to.deep.equal([]);
  });

  it("looks at the beginning and the end of a text of many words, whatever its middle is made of", () => {
    const noise = (letter: string): string =>
      Array.from({ length: 100 }, (_, index) => `${letter}${index}`).join(" ");
    expect(firstPage(`the condom broke ${noise("x")}`, "en")).to.equal("en/condoms#2");
    expect(firstPage(`${noise("x")} the condom broke`, "en")).to.equal("en/condoms#2");
    expect(search(`${noise("x")} the condom broke ${noise("y")}`, 1)).to.deep.equal([]);
    const askedAtTheEnd = `${noise("x")} the condom broke ${noise("y")} what if the condom broke`;
    expect(firstPage(askedAtTheEnd, "en")).to.equal("en/condoms#2");
  });

  it("gives a passage that holds the whole question full coverage, and one about something else none", () => {
    expect(search("late period", 1)[0]?.coverage).to.equal(1);
    expect(search("bicycle repair", 1)).to.deep.equal([]);
  });

  it("finds nothing for a text without words, and nothing in an empty library", async () => {
    expect(search("???", 3)).to.deep.equal([]);
    expect((await indexed([])).search("condom", 3)).to.deep.equal([]);
  });
});
