import type { LibraryContent } from "../content/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import { monitorPerformance } from "../performance/index.ts";
import { createRiskCheck, type RiskRule } from "../risk/index.ts";
import type { AnswerCacheStore } from "../store/index.ts";
import type { Answer, AnswerStats, Answers, LibraryReason, Question } from "./answer.ts";
import { createCommonAnswers } from "./cache/common-answers.ts";
import { answerGrounded, type GroundedModelDeps } from "./generation/grounded-model.ts";
import { createGrounder } from "./generation/grounding.ts";
import type { ModelAnswerDeps } from "./generation/model-answer.ts";
import { summarise } from "./generation/summaries.ts";
import type { IndexFiles } from "./library/index-folder.ts";
import { Library } from "./library/library.ts";
import type { Model } from "./models/model.ts";
import { ModelError } from "./models/model-error.ts";
import { type ModelLimits, ModelScheduler } from "./scheduling/model-scheduler.ts";
import { ModelUsage } from "./scheduling/model-usage.ts";
import { WorkInProgress } from "./work-in-progress.ts";

/** What the operator wrote for the answers. */
export interface AnswersMaterial {
  /** The library. Without pages and questions, passages are found by their words alone. */
  passages: LibraryContent["passages"];
  pages?: LibraryContent["pages"];
  unanswered?: LibraryContent["unanswered"];
  /** Who the model is to be, in the operator's words. */
  persona: string;
  /** Rules for the model, a sentence each. */
  rules: readonly string[];
  /** The dangers to look for in messages; none when missing. */
  risks?: readonly RiskRule[];
  /** For how many days the answer to a common question is reused; never when missing or 0. */
  answersDays?: number;
}

export interface AnswersDeps extends AnswersMaterial {
  /** Missing: the library answers everything. */
  model?: Model;
  /** Of the model; one call at a time when missing. */
  limits?: ModelLimits;
  /** Counts the model's use; when missing it starts from zero, without a budget. */
  usage?: ModelUsage;
  /** Stores answers to common questions; when missing none is reused. */
  cache?: AnswerCacheStore;
  /** Keeps the library's indexes; when missing each start builds them. */
  indexFiles?: IndexFiles;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** Answers whose material can be replaced while they are given. */
export interface LiveAnswers extends Answers {
  /** Replaces the material at once; questions under way keep theirs. Resolves when the library is indexed. */
  setMaterial(material: AnswersMaterial): Promise<void>;
  /** Reads the risk rules and indexes the library, so that the first question need not wait for it. */
  getReady(): Promise<void>;
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
  const { clock, random, logger, model, limits = { maxConcurrent: 1 } } = deps;
  const usage = deps.usage ?? new ModelUsage({ model: model?.name ?? "", clock, logger });
  const asking: ModelAnswerDeps | undefined = model && {
    model,
    scheduler: new ModelScheduler({ provider: model.provider, limits, usage, clock, logger }),
    clock,
    random,
    logger,
  };

  const closing = new AbortController();
  const searching = {
    signal: closing.signal,
    ...(deps.indexFiles ? { files: deps.indexFiles } : {}),
  };

  /** Builds everything that depends on the material; a question keeps what it began with. */
  const prepare = (material: AnswersMaterial) => {
    const { passages, persona, rules, risks = [], answersDays = 0 } = material;
    const { pages = [], unanswered = {} } = material;
    const library = new Library({ passages, pages, unanswered }, searching);
    const risk = createRiskCheck(risks);
    const grounder = createGrounder({ persona, rules, library, risk });
    const grounded = asking && { ...asking, grounder, riskIds: risk.ids };
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

  const answer = async (question: Question): Promise<Answer> => {
    question.signal.throwIfAborted();
    const { library, grounded, common } = present();
    if (question.libraryOnly) return await askLibrary(library, question, question.libraryOnly);
    if (!grounded) return await askLibrary(library, question, "no-model");
    const ask = (asked: Question): Promise<Answer> => askModelFirst(grounded, library, asked);
    return common ? await common.answer(question, ask) : await ask(question);
  };

  /** Never rejects: the next question that needs an index tries again. */
  const indexLibrary = (library: Library): Promise<void> =>
    library.getReady().catch((error: unknown) => {
      if (!closing.signal.aborted) logger.error("The library was not indexed", { error });
    });

  const work = new WorkInProgress();
  return {
    answer: (question) => work.run(question.signal, (signal) => answer({ ...question, signal })),
    async summarise(request) {
      if (!asking) return null;
      const guarded = { ...asking, guard: present().grounder.guard };
      return await work.run(request.signal, (signal) => summarise(guarded, { ...request, signal }));
    },
    async close() {
      closing.abort();
      await work.close();
      await usage.close();
    },
    setMaterial(material) {
      prepared = prepare(material);
      return indexLibrary(prepared.library);
    },
    getReady: () => indexLibrary(present().library),
    passage: (id, why) => present().library.passage(id, why),
    checkRisk: (text, language) => present().risk.check(text, language),
    riskHelp: (id, language) => present().risk.help(id, language),
    stats: () => asking?.scheduler.stats() ?? NO_MODEL_STATS,
  };
}

/** Asks the model, and the library when the model gives no answer. */
async function askModelFirst(
  grounded: GroundedModelDeps,
  library: Library,
  question: Question,
): Promise<Answer> {
  try {
    return await answerGrounded(grounded, question);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return await askLibrary(library, question, error.why);
  }
}

const askLibrary = monitorPerformance("knowledge.search")(
  async (library: Library, question: Question, why: LibraryReason): Promise<Answer> =>
    (await library.answer(question, why)) ?? { kind: "nothing-found", why },
);
