import { Library } from "../../lib/answers/index.ts";
import type { EvaluationQuestion, LibraryContent } from "../../lib/content/index.ts";
import type { LearntFiles } from "../../lib/core/index.ts";
import { createRiskCheck, type RiskExample, type RiskRule } from "../../lib/risk/index.ts";
import type { EvaluatedMeaning } from "./meaning.ts";

/** What a person would get from the library alone. */
export type Outcome =
  /** A page that answers the question, as the answer. */
  | "right"
  /** A page that answers it, among those to choose from. */
  | "choice"
  /** Nothing, or a choice without a page that answers it. */
  | "nothing"
  /** Another page, as the answer. */
  | "wrong"
  /** A page, as the answer, where the library has none for the question. */
  | "false"
  /** A choice where the library has no page for the question. */
  | "offered"
  /** Nothing, where the library has no page for the question. */
  | "none";

/** How the search did with one question. */
export interface QuestionResult extends EvaluationQuestion {
  outcome: Outcome;
  /** The pages answered with, or offered. */
  shown: readonly string[];
  /** Whether a page that answers is among the passages a model would get. */
  isInPrompt: boolean;
  /** The risk rule it raised. */
  raised: string | null;
  /** In milliseconds. */
  searchMs: number;
}

/** How many passages a model gets. */
const PASSAGES_FOR_MODEL = 4;

export interface EvaluatedContent extends LibraryContent {
  risks: readonly RiskRule[];
  riskExamples?: readonly RiskExample[];
}

/**
 * Asks the library and the risk rules every question.
 * @param meaning searches by meaning, too; without it words alone are searched
 * @param files where what is learnt from the content may be already
 */
export async function evaluate(
  questions: readonly EvaluationQuestion[],
  content: EvaluatedContent,
  { meaning, files }: { meaning?: EvaluatedMeaning | undefined; files?: LearntFiles } = {},
): Promise<QuestionResult[]> {
  const library = new Library(content, {
    ...(meaning ? { meaning: meaning.library } : {}),
    ...(files ? { files } : {}),
  });
  const risk = createRiskCheck(content.risks, content.riskExamples, { files });
  await risk.getReady();
  await library.getReady();
  await library.learnMeaning(new AbortController().signal);
  const results: QuestionResult[] = [];
  for (const asked of questions) {
    const { question, after, language, pages } = asked;
    const history = after === undefined ? [] : [{ sender: "person" as const, text: after }];
    const searched = {
      text: question,
      language,
      history,
      ...(meaning && { meaning: meaning.question() }),
    };
    const startedAt = performance.now();
    const answer = await library.answer(searched, "no-model");
    const searchMs = performance.now() - startedAt;
    const shown =
      answer === null
        ? []
        : answer.kind === "answer"
          ? answer.sources.map(({ pageId }) => pageId)
          : answer.pages.map(({ pageId }) => pageId);
    const inPrompt = await library.find(searched, PASSAGES_FOR_MODEL);
    results.push({
      ...asked,
      outcome: outcomeOf(answer?.kind ?? null, shown, pages),
      shown,
      isInPrompt: inPrompt.some(({ pageId }) => pages.includes(pageId)),
      raised: risk.check(question, language)?.id ?? null,
      searchMs,
    });
  }
  return results;
}

function outcomeOf(
  kind: "answer" | "choice" | null,
  shown: readonly string[],
  pages: readonly string[],
): Outcome {
  const isRight = shown.some((pageId) => pages.includes(pageId));
  if (pages.length === 0) return kind === "answer" ? "false" : kind === "choice" ? "offered" : "none";
  if (kind === "answer") return isRight ? "right" : "wrong";
  return kind === "choice" && isRight ? "choice" : "nothing";
}

/** Counts and shares of 0 to 1; a share over no question is null. */
export interface Score {
  questions: number;
  /** Of those with a page: the right page answered; offered; neither; a wrong page answered. They add up to 1. */
  right: number | null;
  choice: number | null;
  nothing: number | null;
  wrong: number | null;
  /** Of those without a page: a page answered; offered. */
  false: number | null;
  offered: number | null;
  /** Of the urgent ones: the right page answered. */
  urgent: number | null;
  /** Of those with a page: the right page is among the passages a model would get. */
  in_prompt: number | null;
  /** Of those that name a risk rule, or none: another one raised. */
  wrong_risk: number | null;
}

export function scoreOf(results: readonly QuestionResult[]): Score {
  const answerable = results.filter(({ pages }) => pages.length > 0);
  const others = results.filter(({ pages }) => pages.length === 0);
  const urgent = results.filter(({ isUrgent }) => isUrgent);
  const withRule = results.filter(({ risk }) => risk !== undefined);
  const is = (outcome: Outcome) => (result: QuestionResult) => result.outcome === outcome;
  return {
    questions: results.length,
    right: share(answerable, is("right")),
    choice: share(answerable, is("choice")),
    nothing: share(answerable, is("nothing")),
    wrong: share(answerable, is("wrong")),
    false: share(others, is("false")),
    offered: share(others, is("offered")),
    urgent: share(urgent, is("right")),
    in_prompt: share(answerable, ({ isInPrompt }) => isInPrompt),
    wrong_risk: share(withRule, ({ risk, raised }) => risk !== raised),
  };
}

function share(
  results: readonly QuestionResult[],
  isCounted: (result: QuestionResult) => boolean,
): number | null {
  return results.length === 0 ? null : results.filter(isCounted).length / results.length;
}
