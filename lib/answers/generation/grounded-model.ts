import { AppError, childOf } from "../../core/index.ts";
import { type Answer, type Question, sourcesOf } from "../answer.ts";
import type { AskedQuestion } from "../meaning/live-meaning.ts";
import { ModelError } from "../models/model-error.ts";
import { languageRemark } from "./answer-language.ts";
import { readCitations } from "./citations.ts";
import type { Grounder } from "./grounding.ts";
import { type AskRequest, type AskResult, askModel, type ModelAnswerDeps } from "./model-answer.ts";

/** What every model's answer rests on. */
export interface Grounded {
  grounder: Grounder;
  /** Ids of the risk rules the model may point out. */
  riskIds: readonly string[];
}

/** The code of an answer that is withheld because it repeats the instructions. */
export const RULES_REPEATED = "ANSWER_RULES_REPEATED";

/** Asks once more, with a remark, when the answer is plainly in another language than the question. */
async function askInLanguage(
  deps: ModelAnswerDeps,
  request: AskRequest,
  question: Pick<Question, "text" | "language">,
): Promise<AskResult> {
  const first = await askModel(deps, request);
  if (first.kind !== "text" || first.ending !== "complete") return first;
  const remark = await languageRemark(first.text, question);
  if (remark === null) return first;
  try {
    const system = `${request.prompt.system}\n\n${remark}`;
    const second = await askModel(deps, { ...request, prompt: { ...request.prompt, system } });
    return second.kind === "text" ? second : first;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return first;
  }
}

/**
 * Answers with the model, from the library's passages and within the operator's rules. An answer that repeats the
 * instructions is cut off and blocked.
 * @throws ModelError when there is no answer, or the reason of the question's signal
 */
export async function answerGrounded(
  deps: ModelAnswerDeps & Grounded,
  question: AskedQuestion,
): Promise<Answer> {
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
    const result = await askInLanguage(deps, { question: watched, prompt, priority: "person" }, question);
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
