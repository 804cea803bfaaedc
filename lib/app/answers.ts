import { join } from "node:path";
import {
  type AnswersMaterial,
  type AvailableEmbeddings,
  type AvailableModel,
  createAnswers,
  type LiveAnswers,
  type ModelBudget,
  ModelEmbedder,
  openModelUsage,
  openVectorFolder,
  type SharedLine,
} from "../answers/index.ts";
import type { Config } from "../config/index.ts";
import type { Content } from "../content/index.ts";
import type { Clock, LearntFiles, Logger } from "../core/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import type { ModelPreview } from "../sandbox/index.ts";
import type { Store } from "../store/index.ts";
import type { UsableModel } from "./connections.ts";
import { gaugeEmbeddings, gaugeModels } from "./metrics.ts";
import { previewModel } from "./preview-model.ts";

/** Embeddings cost so little that they have a price only where the operator writes one. */
const FREE: ModelBudget = { inputPerMillionTokens: 0, outputPerMillionTokens: 0 };

/** The parts that answers need. */
export interface AnswersParts {
  content: Content;
  /** In the order in which they are asked; none: answers come from the library. */
  models: readonly UsableModel[];
  /** The simulated model of a sandbox without a model. */
  preview?: ModelPreview | undefined;
  monitor: PerformanceMonitor;
  store: Store;
  /** With several instances: the line at a model that all share. */
  modelLine?: ((model: string) => SharedLine) | undefined;
}

export interface StartAnswersDeps {
  clock: Clock;
  logger: Logger;
  random: () => number;
  learntFiles: LearntFiles;
}

/** Where a start keeps for the next one what it made of the content. */
export function learntFolderIn(dataFolder: string): string {
  return join(dataFolder, "library-index");
}

/** Opens the answers, with usage and cache in the store and gauges in the monitor. */
export async function startAnswers(
  config: Pick<Config, "folders" | "firstWordMs" | "embeddings">,
  { content, models, preview, monitor, store, modelLine }: AnswersParts,
  { clock, logger, random, learntFiles }: StartAnswersDeps,
): Promise<LiveAnswers> {
  const { folders, firstWordMs } = config;
  /** Everything whose use is counted, each under its own name. */
  const counted = models.flatMap(({ model }) => [model.name, model.embeddingModel ?? []].flat());
  const openUsage = async (name: string, budget: () => ModelBudget) => {
    const others = counted.filter((other) => other !== name);
    const usage = await openModelUsage({ store: store.usage, model: name, others, budget, clock, logger });
    if (modelLine) usage.follow();
    return usage;
  };
  const available = await Promise.all(
    models.map(async ({ setup, model }): Promise<AvailableModel> => {
      const { provider, limits } = setup;
      const budget = () => content.bot.budget.models[provider] ?? content.bot.budget;
      const usage = await openUsage(model.name, budget);
      return { model, provider, limits, line: modelLine?.(model.name), usage };
    }),
  );
  const embeddingsBudget = () => content.bot.budget.models.embeddings ?? FREE;
  const openEmbeddings = async (): Promise<AvailableEmbeddings | undefined> => {
    const chosen = models.find(({ setup }) => setup.provider === config.embeddings?.provider);
    if (!chosen) return undefined;
    const { setup, model } = chosen;
    const usage = await openUsage(model.embeddingModel ?? "", embeddingsBudget);
    return {
      embedder: new ModelEmbedder({ model, usage, clock, logger }),
      provider: setup.provider,
      files: openVectorFolder(learntFolderIn(folders.data), logger),
    };
  };
  const answers = createAnswers({
    clock,
    logger,
    random,
    ...materialOf(content),
    models: preview ? [previewModel(preview)] : available,
    firstWordMs,
    cache: store.answerCache,
    learntFiles,
    embeddings: await openEmbeddings(),
  });
  const names = models.flatMap(({ setup, model }) => [setup.provider, model.name]);
  for (const name of content.bot.models.underAge) {
    if (names.includes(name)) continue;
    logger.warn(`bot.yaml lets ${name} answer people under 18, but no such model is set up`);
  }
  gaugeModels(monitor, answers.stats);
  gaugeEmbeddings(monitor, answers.stats);
  return answers;
}

/** The content that answers are made from. */
export function materialOf({
  bot,
  passages,
  pages,
  unanswered,
  slang,
  risks,
  riskExamples,
}: Content): AnswersMaterial {
  return {
    passages,
    pages,
    unanswered,
    slang,
    persona: bot.persona,
    rules: bot.rules,
    risks,
    riskExamples,
    answersDays: bot.cache.answersDays,
    underAgeModels: bot.models.underAge,
  };
}
