import { expect } from "chai";
import { Library } from "../../../lib/answers/index.ts";
import { SMALL_LIBRARIES, smallLibrary } from "./languages.ts";

/** Questions of each language that its four pages do not answer. */
const UNRELATED = {
  ar: ["كيف الطقس غداً", "وصفة كعك الشوكولاتة"],
  de: ["wie wird das wetter morgen", "rezept für schokoladenkuchen"],
  ru: ["какая завтра погода", "рецепт шоколадного торта"],
  th: ["พรุ่งนี้อากาศเป็นอย่างไร", "สูตรทำเค้กช็อกโกแลต"],
  zh: ["明天天气怎么样", "巧克力蛋糕怎么做"],
} as const;

for (const language of ["ar", "de", "ru", "th", "zh"] as const) {
  describe(`a small library in ${language}`, () => {
    const library = new Library(smallLibrary(language));
    const answer = (text: string) => library.answer({ text, language, history: [] }, "no-model");

    it("answers at least seven of ten questions with the right page, and none with a wrong one", async () => {
      const outcomes = await Promise.all(
        SMALL_LIBRARIES[language].asked.map(async ([page, text]) => {
          const given = await answer(text);
          if (given?.kind !== "answer") return "unsure";
          return given.sources[0]?.pageId === `${language}/${page}` ? "right" : `wrong: ${text}`;
        }),
      );
      expect(outcomes.filter((outcome) => outcome.startsWith("wrong"))).to.deep.equal([]);
      expect(outcomes.filter((outcome) => outcome === "right").length).to.be.at.least(7);
    });

    for (const [page, text] of SMALL_LIBRARIES[language].asked) {
      it(`gives a model the page for “${text}”`, async () => {
        const found = await library.find({ text, language, history: [] }, 2);
        expect(found.map(({ pageId }) => pageId)).to.include(`${language}/${page}`);
      });
    }

    for (const text of UNRELATED[language]) {
      it(`has no answer to “${text}”`, async () => {
        expect((await answer(text))?.kind).not.to.equal("answer");
      });
    }
  });
}
