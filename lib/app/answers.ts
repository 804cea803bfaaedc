import {
  type AnswersMaterial,
  createAnswers,
  GeminiModel,
  type GeminiOptions,
  type LiveAnswers,
  openModelUsage,
} from "../answers/index.ts";
import type { Config } from "../config/index.ts";
import type { Content } from "../content/index.ts";
import type { Clock, Logger } from "../core/index.ts";
import type { PerformanceMonitor } from "../performance/index.ts";
import type { Store } from "../store/index.ts";
import { gaugeModel } from "./metrics.ts";

/** What answers are made of, and where they are kept and measured. */
export interface AnswersParts {
  content: Content;
  /** Missing: the library answers. */
  gemini: GeminiOptions | undefined;
  monitor: PerformanceMonitor;
  store: Store;
}

/** Starts what answers questions. */
export async function startAnswers(
  { gemini: settings }: Pick<Config, "gemini">,
  { content, gemini, monitor, store }: AnswersParts,
  deps: { clock: Clock; logger: Logger; random: () => number },
): Promise<LiveAnswers> {
  const { clock, logger } = deps;
  const budget = () => content.bot.budget;
  const usage = await openModelUsage({ store: store.usage, model: settings.model, budget, clock, logger });
  const answers = createAnswers({
    ...deps,
    ...materialOf(content),
    ...(gemini ? { model: new GeminiModel(gemini), limits: settings } : {}),
    usage,
    cache: store.answerCache,
  });
  gaugeModel(monitor, answers.stats);
  return answers;
}

/** What the answers need of the content. */
export function materialOf({ bot, passages, risks }: Content): AnswersMaterial {
  return { passages, persona: bot.persona, rules: bot.rules, risks, answersDays: bot.cache.answersDays };
}
