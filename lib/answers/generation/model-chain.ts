import type { Answer, LibraryReason } from "../answer.ts";
import type { AskedQuestion } from "../meaning/live-meaning.ts";
import type { Model } from "../models/model.ts";
import { ModelError } from "../models/model-error.ts";
import { answerGrounded, type Grounded, RULES_REPEATED } from "./grounded-model.ts";
import type { ModelAnswerDeps } from "./model-answer.ts";

/** Whether a model reads files of all these media types. */
export function readsAll(model: Model, mimeTypes: readonly string[]): boolean {
  return mimeTypes.every((mimeType) => model.reads(mimeType));
}

/** No model gave an answer, for the reason of the last one that was tried. */
export interface ModelsFailed {
  kind: "failed";
  why: LibraryReason;
}

/**
 * Asks the models in order. The next one takes over when one fails, is not asked (down, out of quota, budget spent) or
 * refuses the question.
 * @throws the reason of the question's signal
 */
export async function askModels(
  models: readonly ModelAnswerDeps[],
  grounding: Grounded,
  question: AskedQuestion,
): Promise<Answer | ModelsFailed> {
  let refused: Answer | undefined;
  let failed: ModelsFailed = { kind: "failed", why: "no-model" };
  const types = (question.attachments ?? []).map(({ mimeType }) => mimeType);
  const able = models.filter(({ model }) => readsAll(model, types));
  if (able.length < models.length) failed = { kind: "failed", why: "model-failed" };
  for (const [index, deps] of able.entries()) {
    const later = able.slice(index + 1);
    const hasSubstitute = (): boolean => later.some(({ scheduler }) => scheduler.refusal() === null);
    try {
      const answer = await answerGrounded({ ...deps, ...grounding, hasSubstitute }, question);
      if (answer.kind !== "blocked" || answer.code === RULES_REPEATED) return answer;
      refused ??= answer;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      failed = { kind: "failed", why: error.why };
    }
  }
  return refused ?? failed;
}
