import { AppError, childOf } from "../../core/index.ts";
import { type Answer, type Question, sourcesOf } from "../answer.ts";
import { readCitations } from "./citations.ts";
import type { Grounder } from "./grounding.ts";
import { askModel, type ModelAnswerDeps } from "./model-answer.ts";

/** What every model's answer rests on. */
export interface Grounded {
  grounder: Grounder;
  /** Ids of the risk rules the model may point out. */
  riskIds: readonly string[];
}

/** The code of an answer that is withheld because it repeats the instructions. */
export const RULES_REPEATED = "ANSWER_RULES_REPEATED";

/**
 * Answers with the model, from the library's passages and within the operator's rules. An answer that repeats the
 * instructions is cut off and blocked.
 * @throws ModelError when there is no answer, or the reason of the question's signal
 */
export async function answerGrounded(deps: ModelAnswerDeps & Grounded, question: Question): Promise<Answer> {
  const { model, grounder, riskIds } = deps;
  const { guard } = grounder;
  const { passages, prompt } = await grounder.ground(question);
  const ending = childOf(question.signal);
  let isLeak = false;
  const leaksIn = guard.follow();
  const onText = (text: string): void => {
    isLeak ||= leaksIn(text);
    if (isLeak) ending.abort(new AppError("The model repeats its instructions", { code: RULES_REPEATED }));
    else question.onText?.(text);
  };
  try {
    const watched = { ...question, signal: ending.signal, onText };
    const result = await askModel(deps, { question: watched, prompt, priority: "person" });
    if (result.kind === "blocked") return { kind: "blocked", code: result.code };
    if (guard.isLeak(result.text)) return { kind: "blocked", code: RULES_REPEATED };
    const { text, cited, risk } = readCitations(result.text);
    const sources = sourcesOf(cited.flatMap((number) => passages[number - 1] ?? []));
    const known = risk !== undefined && riskIds.includes(risk) ? { risk } : {};
    return { ...result, kind: "answer", origin: "model", text, sources, model: model.name, ...known };
  } catch (error) {
    if (isLeak && !question.signal.aborted) return { kind: "blocked", code: RULES_REPEATED };
    throw error;
  } finally {
    ending.release();
  }
}
