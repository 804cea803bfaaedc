import { join } from "node:path";
import {
  type AnswersMaterial,
  type AvailableModel,
  createAnswers,
  type LiveAnswers,
  openIndexFolder,
  openModelUsage,
  type SharedLine,
} from "../answers/index.ts";
import type { Config } from "../config/index.ts";
import type { Content } from "../content/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import type { ModelPreview } from "../sandbox/index.ts";
import type { Store } from "../store/index.ts";
import type { UsableModel } from "./connections.ts";
import { gaugeModels } from "./metrics.ts";
import { previewModel } from "./preview-model.ts";

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

/** Opens the answers, with usage and cache in the store and gauges in the monitor. */
export async function startAnswers(
  { folders, firstWordMs }: Pick<Config, "folders" | "firstWordMs">,
  { content, models, preview, monitor, store, modelLine }: AnswersParts,
  { clock, logger, random }: { clock: Clock; logger: Logger; random: () => number },
): Promise<LiveAnswers> {
  const available = await Promise.all(
    models.map(async ({ setup, model }): Promise<AvailableModel> => {
      const { provider, limits } = setup;
      const budget = () => content.bot.budget.models[provider] ?? content.bot.budget;
      const others = models.map((other) => other.model.name).filter((name) => name !== model.name);
      const usage = await openModelUsage({
        store: store.usage,
        model: model.name,
        others,
        budget,
        clock,
        logger,
      });
      if (modelLine) usage.follow();
      return { model, provider, limits, line: modelLine?.(model.name), usage };
    }),
  );
  const answers = createAnswers({
    clock,
    logger,
    random,
    ...materialOf(content),
    models: preview ? [previewModel(preview)] : available,
    firstWordMs,
    cache: store.answerCache,
    indexFiles: openIndexFolder(join(folders.data, "library-index"), logger),
  });
  const names = models.flatMap(({ setup, model }) => [setup.provider, model.name]);
  for (const name of content.bot.models.underAge) {
    if (names.includes(name)) continue;
    logger.warn(`bot.yaml lets ${name} answer people under 18, but no such model is set up`);
  }
  gaugeModels(monitor, answers.stats);
  return answers;
}

/** The content that answers are made from. */
export function materialOf({
  bot,
  passages,
  pages,
  unanswered,
  risks,
  riskExamples,
}: Content): AnswersMaterial {
  return {
    passages,
    pages,
    unanswered,
    persona: bot.persona,
    rules: bot.rules,
    risks,
    riskExamples,
    answersDays: bot.cache.answersDays,
    underAgeModels: bot.models.underAge,
  };
}
