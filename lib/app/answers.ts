import { join } from "node:path";
import {
  type AnswersMaterial,
  createAnswers,
  GeminiModel,
  type GeminiOptions,
  type LiveAnswers,
  openIndexFolder,
  openModelUsage,
} from "../answers/index.ts";
import type { Config } from "../config/index.ts";
import type { Content } from "../content/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import type { Store } from "../store/index.ts";
import { gaugeModel } from "./metrics.ts";

/** The parts that answers need. */
export interface AnswersParts {
  content: Content;
  /** Undefined: answers come from the library. */
  gemini: GeminiOptions | undefined;
  monitor: PerformanceMonitor;
  store: Store;
}

/** Opens the answers, with usage and cache in the store and gauges in the monitor. */
export async function startAnswers(
  { gemini: settings, folders }: Pick<Config, "gemini" | "folders">,
  { content, gemini, monitor, store }: AnswersParts,
  { clock, logger, random }: { clock: Clock; logger: Logger; random: () => number },
): Promise<LiveAnswers> {
  const budget = () => content.bot.budget;
  const usage = await openModelUsage({ store: store.usage, model: settings.model, budget, clock, logger });
  const answers = createAnswers({
    clock,
    logger,
    random,
    ...materialOf(content),
    ...(gemini ? { model: new GeminiModel(gemini), limits: settings } : {}),
    usage,
    cache: store.answerCache,
    indexFiles: openIndexFolder(join(folders.data, "library-index"), logger),
  });
  gaugeModel(monitor, answers.stats);
  return answers;
}

/** The content that answers are made from. */
export function materialOf({ bot, passages, pages, unanswered, risks }: Content): AnswersMaterial {
  return {
    passages,
    pages,
    unanswered,
    persona: bot.persona,
    rules: bot.rules,
    risks,
    answersDays: bot.cache.answersDays,
  };
}
