import { expect } from "chai";
import { type Content, type EvaluationQuestion, loadEvaluation } from "../../lib/content/index.ts";
import { evaluate, type QuestionResult, scoreOf } from "../../scripts/eval/evaluate.ts";
import { meaningOfStandIn } from "../../scripts/eval/meaning.ts";
import { missedLimits, renderGain } from "../../scripts/eval/report.ts";
import { BUILT_FILES } from "../support/learnt.ts";
import { loadSample } from "../support/sample.ts";

describe("the evaluation of the search, on the questions that nobody looked at", () => {
  let content: Content;
  let test: readonly EvaluationQuestion[];
  let results: QuestionResult[];

  before(async () => {
    content = await loadSample();
    ({ test = [] } = (await loadEvaluation("content", content)) ?? {});
    results = await evaluate(test, content, { files: BUILT_FILES });
  });

  it("meets every limit, and in each language the wrong ones", () => {
    expect(missedLimits(scoreOf(results))).to.deep.equal([]);
    for (const language of ["en", "fr"]) {
      const score = scoreOf(results.filter((result) => result.language === language));
      expect(score.wrong, language).to.be.at.most(0.07);
      expect(score.false, language).to.be.at.most(0.06);
    }
  });

  it("meets every limit with embeddings, too, and finds more than by words alone", async () => {
    const byMeaning = await evaluate(test, content, {
      meaning: meaningOfStandIn(),
      files: BUILT_FILES,
    });
    expect(missedLimits(scoreOf(byMeaning))).to.deep.equal([]);
    const found = (some: readonly QuestionResult[]): number => {
      const { right, choice } = scoreOf(some);
      return (right ?? 0) + (choice ?? 0);
    };
    expect(found(byMeaning)).to.be.above(found(results));
    expect(renderGain("a stand-in", results, byMeaning)).to.match(
      /^With a stand-in, in points: right [+-]?\d+, right or among the choices \+\d+, /,
    );
  });
});
