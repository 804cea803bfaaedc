import { createLibrary, createPassageSearch } from "../../lib/answers/index.ts";
import type { EvaluationQuestion, Passage } from "../../lib/content/index.ts";
import { createRiskCheck, type RiskRule } from "../../lib/risk/index.ts";

/** How the search did with one question. */
export interface QuestionResult extends EvaluationQuestion {
  /** The place of the first right page among the passages found, counted from 1; null when none is there. */
  rank: number | null;
  /** The page found first, for the model to read. */
  found: string | null;
  /** The pages the library would answer with on its own; none when it would say that it found nothing. */
  answered: readonly string[];
  /** The rule it raised. */
  raised: string | null;
}

/** What the results come to; shares from 0 to 1. */
export interface Score {
  inScope: number;
  /** The share of questions with a right page among the first three passages. */
  recallAt3: number;
  /** The mean of 1/rank. */
  mrr: number;
  /** The share the library alone would answer from a right page. */
  answeredRight: number;
  /** Questions out of scope, and those of them that the library would answer all the same. */
  outOfScope: number;
  falseFinds: number;
  /** Questions that raised another risk rule than they should, or none. */
  wrongRisks: number;
}

/** Passages looked at to find the rank. */
const DEPTH = 10;

/** Asks the search, and the library and the risk rules, every question. */
export function evaluate(
  questions: readonly EvaluationQuestion[],
  { passages, risks }: { passages: readonly Passage[]; risks: readonly RiskRule[] },
): QuestionResult[] {
  const search = createPassageSearch(passages);
  const library = createLibrary(passages, search);
  const risk = createRiskCheck(risks);
  return questions.map((asked) => {
    const { question, language, pages } = asked;
    const found = search.search(question, language, DEPTH).map(({ passage }) => passage.pageId);
    const index = found.findIndex((pageId) => pages.includes(pageId));
    const answer = library.answer(question, language, "no-model");
    return {
      ...asked,
      rank: index < 0 ? null : index + 1,
      found: found[0] ?? null,
      answered: answer?.sources.map(({ pageId }) => pageId) ?? [],
      raised: risk.check(question, language)?.id ?? null,
    };
  });
}

export function scoreOf(results: readonly QuestionResult[]): Score {
  const inScope = results.filter(({ pages }) => pages.length > 0);
  const outOfScope = results.filter(({ pages }) => pages.length === 0);
  const share = (good: number): number => (inScope.length === 0 ? 1 : good / inScope.length);
  return {
    inScope: inScope.length,
    recallAt3: share(inScope.filter(({ rank }) => rank !== null && rank <= 3).length),
    mrr: share(inScope.reduce((sum, { rank }) => sum + (rank === null ? 0 : 1 / rank), 0)),
    answeredRight: share(inScope.filter(isAnsweredRight).length),
    outOfScope: outOfScope.length,
    falseFinds: outOfScope.filter(({ answered }) => answered.length > 0).length,
    wrongRisks: results.filter(({ risk = null, raised }) => risk !== raised).length,
  };
}

export function isAnsweredRight({ answered, pages }: QuestionResult): boolean {
  return answered.some((pageId) => pages.includes(pageId));
}
