import type { ContentFile } from "../files/content-folder.ts";
import type { Mistake } from "../files/mistakes.ts";
import type { ModelPrices, ServiceSettings } from "../settings/service-settings.ts";

/** The entry of `budget.models` that no answer is paid by. */
const EMBEDDINGS = "embeddings";

/** Finds limits of the budget that are never reached, because what they count has no price. */
export function reviewBudget(file: ContentFile, budget: ServiceSettings["budget"]): Mistake[] {
  const answering = Object.entries(budget.models).filter(([name]) => name !== EMBEDDINGS);
  const isAnyPriced = [budget, ...answering.map(([, prices]) => prices)].some((prices) => !isFree(prices));
  const unreachable = [
    ...(budget.perPersonDaily !== undefined && !isAnyPriced ? ["per_person_daily"] : []),
    ...(budget.monthly !== undefined && isFree(budget) ? ["monthly"] : []),
  ];
  const unreachableModels = Object.entries(budget.models)
    .filter(([, prices]) => prices.monthly !== undefined && isFree(prices))
    .map(([name]) => `models.${name}.monthly`);
  return [...unreachable, ...unreachableModels].map((name) => ({
    file: file.path,
    ...lineOf(file, name),
    text: `"budget.${name}" is never reached, because the model's prices are 0; set input_per_million_tokens and output_per_million_tokens`,
  }));
}

function isFree({ inputPerMillionTokens, outputPerMillionTokens }: ModelPrices): boolean {
  return inputPerMillionTokens === 0 && outputPerMillionTokens === 0;
}

/** The line of a setting directly below `budget`. */
function lineOf({ text }: ContentFile, name: string): { line?: number } {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("budget:"));
  const index = lines.findIndex((line, at) => at > start && line.trimStart().startsWith(`${name}:`));
  return start < 0 || index < 0 ? {} : { line: index + 1 };
}
