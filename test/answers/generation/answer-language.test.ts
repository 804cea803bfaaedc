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

  it("is right for nearly all questions in the person's own language, however they are worded", async () => {
    const { riskExamples } = await loadSample();
    for (const language of ["en", "fr"] as const) {
      const long = riskExamples.filter(
        ({ language: own, message }) => own === language && message.length >= 50,
      );
      const questions = sample(long.filter((_, index) => index % 4 === 0));
      const [answer = ""] = texts[language];
      let wrong = 0;
      for (const { message } of questions) {
        if ((await languageRemark(answer, { text: message, language })) !== null) wrong += 1;
      }
      expect(questions).to.have.lengthOf.at.least(share(900));
      expect(wrong, language).to.be.at.most(Math.max(1, 0.004 * questions.length));
    }
  });

  it("is noticed for a short question in a script of its own", async () => {
    const [answer = ""] = texts.en;
    for (const text of [
      "\u907f\u5b55\u5957\u7834\u4e86\uff0c\u6211\u8be5\u600e\u4e48\u529e\uff1f",
      "\u0e16\u0e38\u0e07\u0e22\u0e32\u0e07\u0e41\u0e15\u0e01\u0e15\u0e49\u0e2d\u0e07\u0e17\u0e33\u0e2d\u0e22\u0e48\u0e32\u0e07\u0e44\u0e23",
    ]) {
      expect(await languageRemark(answer, { text, language: "en" }), text).not.to.equal(null);
    }
  });

  it("is not doubted for a question that is long by its digits only", async () => {
    const [answer = ""] = texts.en;
    const text = "How long does a cold last? Question 1043";
    expect(await languageRemark(answer, { text, language: "en" })).to.equal(null);
  });
});
