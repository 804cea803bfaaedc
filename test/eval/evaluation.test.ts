import { expect } from "chai";
import {
  type Content,
  type EvaluationQuestion,
  type EvaluationSets,
  loadEvaluation,
} from "../../lib/content/index.ts";
import { evaluate, type QuestionResult, scoreOf } from "../../scripts/eval/evaluate.ts";
import { withExamples } from "../../scripts/eval/fit-gate.ts";
import { evaluationJson, renderEvaluation, renderMisses, wilsonInterval } from "../../scripts/eval/report.ts";
import { BUILT_FILES } from "../support/learnt.ts";
import { loadSample } from "../support/sample.ts";

const ASKED: EvaluationQuestion = {
  question: "how do i put on a condom",
  language: "en",
  pages: ["en/condoms"],
  kind: "plain",
  isUrgent: false,
};

const ONE_OF_EACH: readonly EvaluationQuestion[] = [
  ASKED,
  { ...ASKED, pages: ["en/hiv"] },
  { ...ASKED, pages: [] },
  { ...ASKED, question: "who won the world cup", pages: [] },
];

describe("the evaluation of the search", () => {
  let content: Content;
  let sets: EvaluationSets;
  /** One of each outcome, in the order of `ONE_OF_EACH`. */
  let examples: QuestionResult[];

  before(async () => {
    content = await loadSample();
    sets = (await loadEvaluation("content", content)) ?? {};
    examples = await evaluate(ONE_OF_EACH, content, { files: BUILT_FILES });
  });

  it("asks at least 300 questions in both languages, about half of them without a page", () => {
    const all = Object.values(sets).flat();
    for (const language of ["en", "fr"]) {
      const own = all.filter((question) => question.language === language);
      expect(own.length, language).to.be.at.least(300);
      const share = own.filter(({ pages }) => pages.length === 0).length / own.length;
      expect(share, language).to.be.within(0.4, 0.6);
    }
  });

  it("tells a question's outcome, and the shares that outcomes come to", () => {
    expect(examples.map(({ outcome }) => outcome)).to.deep.equal(["right", "wrong", "false", "none"]);
    const score = scoreOf(examples);
    expect(score).to.include({ questions: 4, right: 0.5, wrong: 0.5, false: 0.5, choice: 0, nothing: 0 });
    expect(score).to.include({ urgent: null, wrong_risk: null });
  });

  it("says which limits are missed, lists the misses, and gives the same as JSON", () => {
    const [good, bad] = [examples.slice(0, 1), examples.slice(1, 2)];
    expect(renderEvaluation("mine", good, { color: false })).to.include("All limits are met.");
    expect(renderMisses(good)).to.equal("");
    expect(renderEvaluation("mine", bad, { color: false })).to.include("wrong at most 7 %");
    expect(renderEvaluation("mine", bad, { color: true })).to.include("\u001b[31m");
    expect(renderMisses(bad)).to.include(ASKED.question).and.include("wanted hiv; shown condoms");
    const json = evaluationJson(bad) as {
      wrong: number;
      by_language: object;
      results: { outcome: string }[];
    };
    expect(json.wrong).to.equal(1);
    expect(json.by_language).to.have.property("en");
    expect(json.results[0]?.outcome).to.equal("wrong");
  });

  it("can leave the example questions out, or some of them", () => {
    const none = withExamples(content, 0);
    expect(none.pages.flatMap(({ questions }) => questions)).to.deep.equal([]);
    expect(Object.values(none.unanswered).flat()).to.deep.equal([]);
    expect(none.passages).to.equal(content.passages);
  });

  it("gives a share's interval by Wilson's formula", () => {
    const [low, high] = wilsonInterval(0.5, 100);
    expect(low).to.be.closeTo(0.404, 0.001);
    expect(high).to.be.closeTo(0.596, 0.001);
  });
});
