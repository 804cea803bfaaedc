import type { LibraryContent } from "../content/index.ts";
import type { Clock, LearntFiles, Logger } from "../core/index.ts";
import { monitorPerformance } from "../performance/index.ts";
import { createRiskCheck, type RiskExample, type RiskRule } from "../risk/index.ts";
import type { AnswerCacheStore } from "../store/index.ts";
import type { Answer, Answers, Asker, LibraryReason, Question } from "./answer.ts";
import { statsOf } from "./answer-stats.ts";
import { createCommonAnswers } from "./cache/common-answers.ts";
import { createGrounder } from "./generation/grounding.ts";
import type { ModelAnswerDeps } from "./generation/model-answer.ts";
import { askModels, readsAll } from "./generation/model-chain.ts";
import { summarise } from "./generation/summaries.ts";
import { Library } from "./library/library.ts";
import { type AskedQuestion, type AvailableEmbeddings, LiveMeaning } from "./meaning/live-meaning.ts";
import type { Model } from "./models/model.ts";
import { type ModelLimits, ModelScheduler } from "./scheduling/model-scheduler.ts";
import { ModelUsage } from "./scheduling/model-usage.ts";
import type { SharedLine } from "./scheduling/shared-line.ts";
import { WorkInProgress } from "./work-in-progress.ts";

/** What the operator wrote for the answers. */
export interface AnswersMaterial {
  /** The library. Without pages and questions, passages are found by their words alone. */
  passages: LibraryContent["passages"];
  pages?: LibraryContent["pages"];
  unanswered?: LibraryContent["unanswered"];
  slang?: LibraryContent["slang"];
  /** Who the model is to be, in the operator's words. */
  persona: string;
  /** Rules for the model, a sentence each. */
  rules: readonly string[];
  /** The dangers to look for in messages; none when missing. */
  risks?: readonly RiskRule[];
  /** Messages to learn from what dangers sound like. */
  riskExamples?: readonly RiskExample[];
  /** Names of models, or of their providers, that may answer people under 18; none when missing. */
  underAgeModels?: readonly string[];
  /** For how many days the answer to a common question is reused; never when missing or 0. */
  answersDays?: number;
}

/** A model that may be asked, and what the operator allows of it. */
export interface AvailableModel {
  model: Model;
  /** The prefix of its settings, such as `openai`. */
  provider?: string;
  /** One call at a time when missing. */
  limits?: ModelLimits;
  /** Whether it may be asked now; always when missing. Answers of one that is switched are not cached. */
  isOn?: () => boolean;
  /** The line and the limits it shares with other instances; when missing there are none. */
  line?: SharedLine | undefined;
  /** Counts its use; when missing it starts from zero, without a budget. */
  usage?: ModelUsage;
}

export interface AnswersDeps extends AnswersMaterial {
  /** In the order in which they are asked; none: the library answers everything. */
  models: readonly AvailableModel[];
  /** How long a model may think before its first word, in milliseconds; 90 s when missing. */
  firstWordMs?: number;
  /** Stores answers to common questions; when missing none is reused. */
  cache?: AnswerCacheStore;
  /** Keeps what is learnt from the material; when missing each start learns it. */
  learntFiles?: LearntFiles;
  /** Searches the library by meaning, too; without it by words alone. */
  embeddings?: AvailableEmbeddings | undefined;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** Answers whose material can be replaced while they are given. */
export interface LiveAnswers extends Answers {
  /**
   * Replaces the material at once; questions under way keep theirs. Resolves when all of it is ready, or failed, which is
   * logged.
   */
  setMaterial(material: AnswersMaterial): Promise<void>;
  /** Reads the risk rules and indexes the library, so that the first question need not wait for it. Never rejects. */
  openLibrary(): Promise<void>;
  /** The same, and learns what dangers sound like. */
  getReady(): Promise<void>;
}

/** Answers questions with the first model that can, and from the library where there is none or all fail. */
export function createAnswers(deps: AnswersDeps): LiveAnswers {
  const { clock, random, logger, firstWordMs = 90_000 } = deps;
  const models = deps.models.map(
    ({ model, provider = "", isOn, limits = { maxConcurrent: 1 }, line, usage }) => ({
      model,
      provider,
      isOn,
      limits,
      line,
      usage: usage ?? new ModelUsage({ model: model.name, clock, logger }),
    }),
  );
  const askable: ModelAnswerDeps[] = models.map(({ model, limits, line, usage }) => ({
    model,
    scheduler: new ModelScheduler({ provider: model.provider, limits, line, usage, clock, logger }),
    firstWordMs,
    clock,
    random,
    logger,
  }));

  const closing = new AbortController();
  const meaning = new LiveMeaning(deps.embeddings, { clock, logger });
  const searching = {
    signal: closing.signal,
    ...(deps.learntFiles ? { files: deps.learntFiles } : {}),
  };

  /** Builds everything that depends on the material; a question keeps what it began with. */
  const prepare = (material: AnswersMaterial) => {
    const { passages, persona, rules, risks = [], riskExamples = [], answersDays = 0 } = material;
    const { pages = [], unanswered = {}, slang = {}, underAgeModels = [] } = material;
    const learned = meaning.open();
    const library = new Library(
      { passages, pages, unanswered, slang },
      learned ? { ...searching, meaning: learned } : searching,
    );
    const risk = createRiskCheck(risks, riskExamples, {
      files: deps.learntFiles,
      signal: closing.signal,
      before: prepared?.risk,
    });
    const grounder = createGrounder({ persona, rules, library, risk });
    const grounding = { grounder, riskIds: risk.ids };
    const common =
      models.length > 0 && models.every(({ isOn }) => isOn === undefined) && deps.cache && answersDays > 0
        ? createCommonAnswers({
            store: deps.cache,
            days: answersDays,
            models: models.map(({ model }) => model.name),
            passages,
            persona,
            rules,
            clock,
            logger,
          })
        : undefined;
    const forUnderAge = askable.filter((_deps, index) => {
      const { model, provider } = models[index] ?? {};
      return underAgeModels.some((name) => name === provider || name === model?.name);
    });
    return { library, risk, grounding, common, forUnderAge };
  };
  let prepared: ReturnType<typeof prepare> | undefined;
  const present = () => {
    prepared ??= prepare(deps);
    return prepared;
  };

  const isOn = (one: ModelAnswerDeps): boolean => models[askable.indexOf(one)]?.isOn?.() ?? true;
  const providerOf = (one: ModelAnswerDeps): string => models[askable.indexOf(one)]?.provider ?? "";
  const hasModel = (): boolean => askable.some(isOn);
  const allowedFor = (ageGroup: Asker["ageGroup"]): readonly ModelAnswerDeps[] =>
    (ageGroup === "under-18" ? present().forUnderAge : askable).filter(isOn);

  const answer = async (question: Question): Promise<Answer> => {
    question.signal.throwIfAborted();
    const { library, grounding, common } = present();
    const allowed = allowedFor(question.profile?.ageGroup);
    if (allowed.length === 0 && hasModel()) return await askLibrary(library, question, "under-18");
    if (question.isOverBudget && hasModel()) return await askLibrary(library, question, "person-budget");
    const ask = async (shared: Question): Promise<Answer> => {
      const asked = meaning.withMeaning(shared, allowed.map(providerOf));
      const outcome = await askModels(allowed, grounding, asked);
      return outcome.kind === "failed" ? await askLibrary(library, asked, outcome.why) : outcome;
    };
    return common ? await common.answer(question, ask) : await ask(question);
  };

  /** Prepares something before the first question needs it. Logs a failure; never rejects. */
  const tryEarly = async (part: string, prepareIt: () => Promise<void>): Promise<void> => {
    try {
      await prepareIt();
    } catch (error) {
      if (!closing.signal.aborted) logger.error(`${part} could not be made ready`, { error });
    }
  };

  const open = async (material: ReturnType<typeof prepare>): Promise<void> => {
    await tryEarly("The risk rules", () => material.risk.openRules());
    await tryEarly("The library", () => material.library.getReady());
    // Unless it was replaced meanwhile.
    if (!closing.signal.aborted && material === prepared) meaning.learn(material.library);
  };

  const makeReady = async (material: ReturnType<typeof prepare>): Promise<void> => {
    await open(material); // first: every question needs it, and learning dangers takes longer
    if (!closing.signal.aborted) {
      await tryEarly("What dangers sound like", () => material.risk.getReady());
    }
  };

  const work = new WorkInProgress();
  return {
    answer: (question) => work.run(question.signal, (signal) => answer({ ...question, signal })),
    async summarise(request) {
      const idle = allowedFor(request.ageGroup).find(({ scheduler }) => scheduler.isIdle());
      if (!idle) return null;
      const guarded = { ...idle, guard: present().grounding.grounder.guard };
      return await work.run(request.signal, (signal) => summarise(guarded, { ...request, signal }));
    },
    costOf(name, tokens) {
      const model = models.find((candidate) => candidate.model.name === name) ?? models[0]; // no longer in use
      return model?.usage.costOf(tokens) ?? 0;
    },
    askable({ ageGroup, isOverBudget, mimeTypes = [] }) {
      if (!hasModel()) return "no-model";
      const allowed = allowedFor(ageGroup);
      if (allowed.length === 0) return "under-18";
      if (isOverBudget) return "person-budget";
      return allowed.some(({ model }) => readsAll(model, mimeTypes)) ? "model" : "files-not-read";
    },
    reject: async (text) => await present().common?.reject(text),
    async close() {
      closing.abort();
      await work.close();
      await meaning.close();
      await Promise.all(models.map(({ usage }) => usage.close()));
    },
    setMaterial(material) {
      prepared = prepare(material);
      return makeReady(prepared);
    },
    openLibrary: () => open(present()),
    async getReady() {
      await makeReady(present());
    },
    passage: (id, why) => present().library.passage(id, why),
    checkRisk: (text, language) => present().risk.check(text, language),
    riskHelp: (id, language) => present().risk.help(id, language),
    stats: () => ({
      ...statsOf(askable),
      ...(deps.embeddings ? { embeddings: deps.embeddings.embedder.stats() } : {}),
    }),
  };
}

const askLibrary = monitorPerformance("knowledge.search")(
  async (library: Library, question: AskedQuestion, why: LibraryReason): Promise<Answer> => {
    const answer = await library.answer(question, why);
    if (answer) return answer;
    const otherLanguages = library.languages.includes(question.language) ? [] : library.languages;
    return { kind: "nothing-found", why, ...(otherLanguages.length > 0 ? { otherLanguages } : {}) };
  },
);
