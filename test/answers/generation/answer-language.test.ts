import { expect } from "chai";
import { languageRemark } from "../../../lib/answers/generation/answer-language.ts";
import { loadSample } from "../../support/sample.ts";
import { sample, share } from "../../support/thorough.ts";

const QUESTIONS = { en: "How do I put on a condom?", fr: "Comment mettre un préservatif ?" };

describe("the language of an answer", () => {
  let texts: Record<"en" | "fr", string[]>;

  before(async () => {
    const { passages } = await loadSample();
    const of = (language: string): string[] =>
      passages
        .filter((passage) => passage.language === language && passage.text.length >= 150)
        .map(({ text }) => text);
    texts = { en: sample(of("en")), fr: sample(of("fr")) };
  });

  for (const [written, asked] of [
    ["en", "fr"],
    ["fr", "en"],
  ] as const) {
    it(`is noticed in 99 of 100 pages in “${written}” for a question in “${asked}”`, async () => {
      const remarks = await Promise.all(
        texts[written].map((text) => languageRemark(text, { text: QUESTIONS[asked], language: asked })),
      );
      expect(remarks).to.have.lengthOf.at.least(share(100));
      const noticed = remarks.filter((remark) => remark !== null).length;
      expect(noticed / remarks.length).to.be.at.least(0.99);
    });

    it(`is never taken for another in pages in “${written}”`, async () => {
      for (const text of texts[written]) {
        expect(await languageRemark(text, { text: QUESTIONS[written], language: written }), text).to.equal(
          null,
        );
      }
    });
  }
});
