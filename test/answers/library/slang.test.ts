import { expect } from "chai";
import { Library } from "../../../lib/answers/library/library.ts";
import { createSlangReader } from "../../../lib/answers/library/slang.ts";
import { openUrgentSigns } from "../../../lib/answers/library/urgent-signs.ts";
import type { LibraryPage, Passage } from "../../../lib/content/index.ts";

const slang = new Map([
  ["preggers", "pregnant"],
  ["up the duff", "pregnant"],
  ["the duff", "the pudding"],
  ["je suis", "I am"],
  ["bébé", "baby"],
]);

describe("slang", () => {
  const read = createSlangReader(slang);

  it("is read as what the library calls it, the longest wording first", () => {
    expect(read("Am I Preggers? she is up the duff.")).to.equal("am i pregnant? she is pregnant.");
  });

  it("may be written without accents, and with any spaces or hyphens", () => {
    expect(read("mon bebe, mon BÉBÉ, up-the  duff")).to.equal("mon baby, mon baby, pregnant");
  });

  it("is whole words only", () => {
    expect(read("preggersish, xpreggers")).to.equal("preggersish, xpreggers");
  });

  it("leaves a text as it is where a language has none", () => {
    expect(createSlangReader(new Map())("Preggers?")).to.equal("Preggers?");
  });
});

describe("a library with slang", () => {
  const page = (id: string, title: string, questions: string[]): LibraryPage => ({
    id: `en/${id}`,
    language: "en",
    title,
    keywords: [],
    questions,
    urgent: [],
  });
  const passage = ({ id, title }: LibraryPage): Passage => ({
    id: `${id}#1`,
    pageId: id,
    language: "en",
    title,
    text: `All about it.`,
  });
  const pages = [
    page("tests", "Tests", ["pregnant, what now"]),
    page("bikes", "Bikes", ["flat tyre, what now"]),
  ];
  const library = { passages: pages.map(passage), pages, unanswered: {} };
  const asked = { text: "preggers, what now", language: "en", history: [] };

  it("answers a question in slang as it does the same in plain words", async () => {
    const answer = await new Library({ ...library, slang: { en: slang } }).answer(asked, "no-model");
    expect(answer).to.include({ kind: "answer" });
    expect(answer).to.deep.equal(
      await new Library(library).answer({ ...asked, text: "pregnant, what now" }, "no-model"),
    );
    expect(await new Library(library).answer(asked, "no-model")).to.not.deep.equal(answer);
  });
});

describe("the signs of an emergency", () => {
  const pageWith = (...signs: string[]): LibraryPage => ({
    id: "en/help",
    language: "en",
    title: "Help",
    keywords: [],
    questions: [],
    urgent: [{ passageId: "en/help#1", signs, questions: [] }],
  });
  const hears = async (signs: string[], text: string): Promise<boolean> => {
    const urgent = await openUrgentSigns("en", [pageWith(...signs)], slang, {});
    return urgent.find(text).counts.has("en/help#1");
  };

  it("are heard in slang", async () => {
    expect(await hears(["pregnant & bleeding"], "bleeding and preggers")).to.equal(true);
    expect(await hears(["pregnant & bleeding"], "bleeding and happy")).to.equal(false);
  });

  it("are heard in a temperature with a decimal point or comma", async () => {
    for (const text of ["it says 38.7", "il dit 38,7"])
      expect(await hears(["<38-41> <1-9>"], text), text).to.equal(true);
    expect(await hears(["<38-41> <1-9>"], "she is 38. 7 days late")).to.equal(false);
  });
});
