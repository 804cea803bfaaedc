import type { Passage } from "../content/index.ts";
import { type Clock, type Logger, type Measure, unmeasured } from "../core/index.ts";
import { createRiskCheck, type RiskRule } from "../risk/index.ts";
import type { Answer, AnswerStats, Answers, LibraryReason, Question } from "./answer.ts";
import type { AnswerCacheStore } from "./cache/answer-cache.ts";
import { createCommonAnswers } from "./cache/common-answers.ts";
import { answerGrounded, type GroundedModelDeps } from "./generation/grounded-model.ts";
import { createGrounder } from "./generation/grounding.ts";
import type { ModelAnswerDeps } from "./generation/model-answer.ts";
import { summarise } from "./generation/summaries.ts";
import { createLibrary, type Library } from "./library/library.ts";
import { createPassageSearch } from "./library/passage-search.ts";
import { createGeminiModel, type GeminiOptions, type Model } from "./models/gemini/gemini-client.ts";
import { ModelError } from "./models/gemini/gemini-error.ts";
import { createModelScheduler, type ModelLimits } from "./scheduling/model-scheduler.ts";
import { createModelUsage, type ModelUsage } from "./scheduling/model-usage.ts";
import { createWorkInHand } from "./work-in-progress.ts";

/** What the operator wrote for the answers. */
export interface AnswersMaterial {
  passages: readonly Passage[];
  /** Who the model is to be, in the operator's words. */
  persona: string;
  /** What it must keep to, a sentence each. */
  rules: readonly string[];
  /** The dangers to look for in messages; none when missing. */
  risks?: readonly RiskRule[];
  /** For how many days the answer to a common question is given again; 0, or missing: never. */
  answersDays?: number;
}

export interface AnswersDeps extends AnswersMaterial {
  /** Missing: the library answers everything. */
  gemini?: GeminiOptions & ModelLimits;
  /** Asked in place of Google's, with the limits of `gemini`: for measuring without a network. */
  model?: Model;
  /** What the model was used for, and may be; counted from now on, and without a budget, when missing. */
  usage?: ModelUsage;
  /** Where the answers to common questions are kept; without it every question is answered by itself. */
  cache?: AnswerCacheStore;
  clock: Clock;
  random: () => number;
  logger: Logger;
  measure?: Measure;
}

/** Answers whose material can be exchanged while they are given. */
export interface LiveAnswers extends Answers {
  /** Answers from other material from now on; questions under way keep theirs. */
  takeOver(material: AnswersMaterial): void;
  /** Does what the first question would otherwise wait for: reads the library and the risk rules. */
  getReady(): void;
}

const NO_MODEL_STATS: AnswerStats = {
  inFlight: 0,
  queued: 0,
  limit: 0,
  breaker: "closed",
  isBudgetReached: false,
};

/** Answers questions with the model where there is one, and from the library where there is none or it fails. */
export function createAnswers(deps: AnswersDeps): LiveAnswers {
  const { clock, random, logger, gemini, measure = unmeasured } = deps;
  const usage = deps.usage ?? createModelUsage({ model: gemini?.model ?? "", clock, logger });
  const model: (ModelAnswerDeps & { name: string }) | undefined = gemini && {
    name: gemini.model,
    model: deps.model ?? createGeminiModel(gemini),
    scheduler: createModelScheduler({ limits: gemini, usage, clock, logger, measure }),
    clock,
    random,
    logger,
    measure,
  };

  /** What is made of the operator's material; a question keeps what it began with. */
  const prepare = (material: AnswersMaterial) => {
    const { passages, persona, rules, risks = [], answersDays = 0 } = material;
    const library = createLibrary(passages, createPassageSearch(passages));
    const risk = createRiskCheck(risks);
    const grounder = createGrounder({ persona, rules, library, risk, measure });
    const grounded = model && { ...model, grounder, riskIds: risk.ids };
    const common =
      model && deps.cache && answersDays > 0
        ? createCommonAnswers({
            store: deps.cache,
            days: answersDays,
            model: model.name,
            passages,
            persona,
            rules,
            clock,
            logger,
          })
        : undefined;
    return { library, risk, grounder, grounded, common };
  };
  let prepared: ReturnType<typeof prepare> | undefined;
  const present = () => {
    prepared ??= prepare(deps);
    return prepared;
  };

  const askLibrary = async (
    library: Library,
    { text, language }: Question,
    why: LibraryReason,
  ): Promise<Answer> => {
    const answer = await measure("knowledge.search", async () => library.answer(text, language, why));
    return answer ?? { kind: "nothing-found", why };
  };

  const askModelFirst = async (
    to: GroundedModelDeps,
    library: Library,
    question: Question,
  ): Promise<Answer> => {
    try {
      return await answerGrounded(to, question);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return await askLibrary(library, question, error.why);
    }
  };

  const answer = async (question: Question): Promise<Answer> => {
    question.signal.throwIfAborted();
    const { library, grounded, common } = present();
    if (question.libraryOnly) return await askLibrary(library, question, question.libraryOnly);
    if (!grounded) return await askLibrary(library, question, "no-model");
    const ask = (asked: Question): Promise<Answer> => askModelFirst(grounded, library, asked);
    return common ? await common.answer(question, ask) : await ask(question);
  };

  const inHand = createWorkInHand();
  return {
    answer: (question) => inHand.run(question.signal, (signal) => answer({ ...question, signal })),
    async summarise(request) {
      if (!model) return null;
      const guarded = { ...model, guard: present().grounder.guard };
      return await inHand.run(request.signal, (signal) => summarise(guarded, { ...request, signal }));
    },
    async close() {
      await inHand.close();
      await usage.close();
    },
    takeOver(material) {
      prepared = prepare(material);
    },
    getReady: () => void present(),
    checkRisk: (text, language) => present().risk.check(text, language),
    riskHelp: (id, language) => present().risk.help(id, language),
    stats: () => model?.scheduler.stats() ?? NO_MODEL_STATS,
  };
}
