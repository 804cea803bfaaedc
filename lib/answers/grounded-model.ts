import { childOf } from "../core/index.ts";
import { type Answer, type Passage, type Question, sourcesOf } from "./answer.ts";
import { readCitations } from "./citations.ts";
import type { Library } from "./library.ts";
import { askModel, type ModelAnswerDeps } from "./model-answer.ts";
import { buildPrompt, type Prompt, passagesThatFit } from "./prompt.ts";
import type { RiskCheck } from "./risk.ts";
import { createRuleGuard } from "./rule-guard.ts";

export interface GroundedModelDeps extends ModelAnswerDeps {
  /** Such as `gemini-3.8-flash`. */
  name: string;
  persona: string;
  rules: readonly string[];
  library: Library;
  risk: RiskCheck;
}

/** What a question is answered from. */
export interface Grounding {
  /** As the prompt numbers them, from 1. */
  passages: readonly Passage[];
  prompt: Prompt;
}

/** The model, held to the library and to the operator's rules. */
export interface GroundedModel {
  /** The passages and the prompt for a question. */
  ground(question: Question): Promise<Grounding>;
  /** @throws ModelError when there is no answer, or the reason of the question's signal. */
  answer(question: Question): Promise<Answer>;
}

/** How many passages the model is given. */
const PASSAGES_FOR_MODEL = 4;

/** A question of fewer UTF-16 units may only make sense with the one before it. */
const FOLLOW_UP_LENGTH = 60;

/** What an answer that gives the instructions away is called. */
const RULES_REPEATED = "ANSWER_RULES_REPEATED";

export function createGroundedModel(deps: GroundedModelDeps): GroundedModel {
  const { name, persona, rules, library, risk, measure } = deps;
  const guard = createRuleGuard([persona, ...rules]);

  function findPassages({ text, language, history }: Question): Passage[] {
    const own = library.find(text, language, PASSAGES_FOR_MODEL);
    const before = history.findLast(({ sender }) => sender === "person")?.text;
    if (before === undefined || text.length >= FOLLOW_UP_LENGTH) return own;
    const related = library.find(`${text} ${before}`, language, PASSAGES_FOR_MODEL);
    return [...new Set([...own.slice(0, 2), ...related])].slice(0, PASSAGES_FOR_MODEL);
  }

  async function ground(question: Question): Promise<Grounding> {
    const found = await measure("knowledge.search", async () => findPassages(question));
    const passages = passagesThatFit(found);
    const { sign } = guard;
    const own = { persona, rules, passages, riskIds: risk.ids, sign };
    return { passages, prompt: buildPrompt({ ...question, ...own, question: question.text }) };
  }

  async function answer(question: Question): Promise<Answer> {
    const { passages, prompt } = await ground(question);
    const ending = childOf(question.signal);
    let isLeak = false;
    /** Shows what may be shown, and ends an answer that begins to give the instructions away. */
    const onText = (text: string): void => {
      isLeak ||= guard.isLeak(text);
      if (isLeak) ending.abort(new Error(RULES_REPEATED));
      else question.onText?.(text);
    };
    try {
      const watched = { ...question, signal: ending.signal, onText };
      const result = await askModel(deps, { question: watched, prompt, priority: "person" });
      if (result.kind === "blocked") return { kind: "blocked", code: result.code };
      if (guard.isLeak(result.text)) return { kind: "blocked", code: RULES_REPEATED };
      const { text, cited, risk: flagged } = readCitations(result.text);
      const sources = sourcesOf(cited.flatMap((number) => passages[number - 1] ?? []));
      const known = flagged !== undefined && risk.ids.includes(flagged) ? { risk: flagged } : {};
      return { ...result, kind: "answer", origin: "model", text, sources, model: name, ...known };
    } catch (error) {
      if (isLeak && !question.signal.aborted) return { kind: "blocked", code: RULES_REPEATED };
      throw error;
    } finally {
      ending.release();
    }
  }

  return { ground, answer };
}
