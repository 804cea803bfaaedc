import { expect } from "chai";
import {
  type Content,
  type EvaluationQuestion,
  loadContent,
  loadEvaluation,
} from "../../lib/content/index.ts";
import { evaluate, scoreOf } from "../../scripts/eval/evaluate.ts";
import { MIN_RECALL, renderEvaluation } from "../../scripts/eval/report.ts";

describe("the evaluation of the search", () => {
  let content: Content;
  let questions: EvaluationQuestion[];

  before(async () => {
    content = await loadContent("content");
    questions = (await loadEvaluation("content", content)) ?? [];
  });

  it("asks at least 40 questions in both languages, some about other things, some held out", () => {
    for (const language of ["en", "fr"]) {
      const own = questions.filter((question) => question.language === language);
      expect(own.filter(({ pages }) => pages.length > 0).length, language).to.be.at.least(20);
      expect(own.filter(({ pages }) => pages.length === 0).length, language).to.be.at.least(5);
      expect(own.filter(({ isHeldOut }) => isHeldOut).length, language).to.be.at.least(5);
    }
  });

  it("finds the right page among the first three for nine questions of ten, also of those held out", () => {
    const results = evaluate(questions, content);
    expect(scoreOf(results).recallAt3).to.be.at.least(MIN_RECALL);
    expect(scoreOf(results.filter(({ isHeldOut }) => isHeldOut)).recallAt3).to.be.at.least(MIN_RECALL);
  });

  it("finds no page for questions about other things, and raises no false alarm", () => {
    const results = evaluate(questions, content);
    const falseFinds = results.filter(({ pages, answered }) => pages.length === 0 && answered.length > 0);
    expect(falseFinds.map(({ question }) => question)).to.deep.equal([]);
    const wrongRisks = results.filter(({ risk = null, raised }) => risk !== raised);
    expect(wrongRisks.map(({ question }) => question)).to.deep.equal([]);
  });

  it("shows each question with its rank, and says when the search is not good enough", () => {
    const asked = {
      question: "how do i put on a condom",
      language: "en",
      pages: ["en/condoms"],
      isHeldOut: false,
    };
    const good = renderEvaluation(evaluate([asked], content), { color: false });
    expect(good).to.include(asked.question).and.include("recall@3 1.00 – good enough");
    const wrong = evaluate([{ ...asked, pages: ["en/about-this-library"] }], content);
    expect(renderEvaluation(wrong, { color: false })).to.include("recall@3 0.00 – too low (at least 0.9)");
    expect(renderEvaluation(wrong, { color: true })).to.include("\u001b[31m");
  });
});
