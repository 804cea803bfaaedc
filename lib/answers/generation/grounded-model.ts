import { AppError, childOf } from "../../core/index.ts";
import { type Answer, type Question, sourcesOf } from "../answer.ts";
import { readCitations } from "./citations.ts";
import type { Grounder } from "./grounding.ts";
import { askModel, type ModelAnswerDeps } from "./model-answer.ts";

export interface GroundedModelDeps extends ModelAnswerDeps {
  /** Such as `gemini-3.8-flash`. */
  name: string;
  grounder: Grounder;
  /** The ids of the dangers it may point out. */
  riskIds: readonly string[];
}

/** What an answer that gives the instructions away is called. */
const RULES_REPEATED = "ANSWER_RULES_REPEATED";

/**
 * Answers with the model, held to the library and to the operator's rules.
 * @throws ModelError when there is no answer, or the reason of the question's signal.
 */
export async function answerGrounded(deps: GroundedModelDeps, question: Question): Promise<Answer> {
  const { name, grounder, riskIds } = deps;
  const { guard } = grounder;
  const { passages, prompt } = await grounder.ground(question);
  const ending = childOf(question.signal);
  let isLeak = false;
  /** Shows what may be shown, and ends an answer that begins to give the instructions away. */
  const onText = (text: string): void => {
    isLeak ||= guard.isLeak(text);
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
    return { ...result, kind: "answer", origin: "model", text, sources, model: name, ...known };
  } catch (error) {
    if (isLeak && !question.signal.aborted) return { kind: "blocked", code: RULES_REPEATED };
    throw error;
  } finally {
    ending.release();
  }
}
