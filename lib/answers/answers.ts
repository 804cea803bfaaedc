import { type Clock, type Logger, type Measure, unmeasured } from "../core/index.ts";
import type { Answer, AnswerStats, Answers, LibraryReason, Passage, Question } from "./answer.ts";
import type { AnswerCacheStore } from "./answer-cache.ts";
import { createCommonAnswers } from "./common-answers.ts";
import { createGeminiModel, type GeminiOptions } from "./gemini-client.ts";
import { ModelError } from "./gemini-error.ts";
import { answerGrounded, type GroundedModelDeps } from "./grounded-model.ts";
import { createGrounder } from "./grounding.ts";
import { createLibrary } from "./library.ts";
import type { ModelAnswerDeps } from "./model-answer.ts";
import { createModelScheduler, type ModelLimits } from "./model-scheduler.ts";
import { createModelUsage, type ModelUsage } from "./model-usage.ts";
import { createPassageSearch } from "./passage-search.ts";
import { createRiskCheck, type RiskRule } from "./risk.ts";
import { summarise } from "./summaries.ts";
import { createWorkInHand } from "./work-in-hand.ts";

export interface AnswersDeps {
  passages: readonly Passage[];
  /** Who the model is to be, in the operator's words. */
  persona: string;
  /** What it must keep to, a sentence each. */
  rules: readonly string[];
  /** The dangers to look for in messages; none when missing. */
  risks?: readonly RiskRule[];
  /** Missing: the library answers everything. */
  gemini?: GeminiOptions & ModelLimits;
  /** What the model was used for, and may be; counted from now on, and without a budget, when missing. */
  usage?: ModelUsage;
  /** Where the answers to common questions are kept; without it every question is answered by itself. */
  cache?: { store: AnswerCacheStore; days: number };
  clock: Clock;
  random: () => number;
  logger: Logger;
  measure?: Measure;
}

const NO_MODEL_STATS: AnswerStats = {
  inFlight: 0,
  queued: 0,
  limit: 0,
  breaker: "closed",
  isBudgetReached: false,
};

/** Answers questions with the model where there is one, and from the library where there is none or it fails. */
export function createAnswers(deps: AnswersDeps): Answers {
  const { clock, random, logger, gemini, measure = unmeasured } = deps;
  const library = createLibrary(deps.passages, createPassageSearch(deps.passages));
  const risk = createRiskCheck(deps.risks ?? []);
  const usage = deps.usage ?? createModelUsage({ model: gemini?.model ?? "", clock, logger });
  const model: (ModelAnswerDeps & { name: string }) | undefined = gemini && {
    name: gemini.model,
    model: createGeminiModel(gemini),
    scheduler: createModelScheduler({ limits: gemini, usage, clock, logger, measure }),
    clock,
    random,
    logger,
    measure,
  };

  const { persona, rules } = deps;
  const grounder = createGrounder({ persona, rules, library, risk, measure });
  const grounded = model && { ...model, grounder, riskIds: risk.ids };
  const common = model && deps.cache && createCommonAnswers({ ...deps, ...deps.cache, model: model.name });

  const askLibrary = async ({ text, language }: Question, why: LibraryReason): Promise<Answer> => {
    const answer = await measure("knowledge.search", async () => library.answer(text, language, why));
    return answer ?? { kind: "nothing-found", why };
  };

  const askModelFirst = async (to: GroundedModelDeps, question: Question): Promise<Answer> => {
    try {
      return await answerGrounded(to, question);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return await askLibrary(question, error.why);
    }
  };

  const answer = async (question: Question): Promise<Answer> => {
    question.signal.throwIfAborted();
    if (question.libraryOnly) return await askLibrary(question, question.libraryOnly);
    if (!grounded) return await askLibrary(question, "no-model");
    const ask = (asked: Question): Promise<Answer> => askModelFirst(grounded, asked);
    return common ? await common.answer(question, ask) : await ask(question);
  };

  const inHand = createWorkInHand();
  return {
    answer: (question) => inHand.run(question.signal, (signal) => answer({ ...question, signal })),
    async summarise(request) {
      if (!model) return null;
      const guarded = { ...model, guard: grounder.guard };
      return await inHand.run(request.signal, (signal) => summarise(guarded, { ...request, signal }));
    },
    async close() {
      await inHand.close();
      await usage.close();
    },
    checkRisk: risk.check,
    riskHelp: risk.help,
    stats: () => model?.scheduler.stats() ?? NO_MODEL_STATS,
  };
}
