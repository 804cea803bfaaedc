import type { Passage } from "../../content/index.ts";
import type { Measure } from "../../core/index.ts";
import type { RiskCheck } from "../../risk/index.ts";
import type { Question } from "../answer.ts";
import type { Library } from "../library/library.ts";
import { buildPrompt, type Prompt, passagesThatFit } from "./prompt.ts";
import { createRuleGuard, type RuleGuard } from "./rule-guard.ts";

export interface GroundingDeps {
  persona: string;
  rules: readonly string[];
  library: Library;
  risk: RiskCheck;
  measure: Measure;
}

/** What a question is answered from. */
export interface Grounding {
  /** As the prompt numbers them, from 1. */
  passages: readonly Passage[];
  prompt: Prompt;
}

/** Finds what a question is to be answered from, and puts it before the model. */
export interface Grounder {
  ground(question: Pick<Question, GroundedPart>): Promise<Grounding>;
  /** Knows the instructions when an answer repeats them. */
  guard: RuleGuard;
}

type GroundedPart = "text" | "language" | "history" | "summary" | "profile" | "attachments";

/** How many passages the model is given. */
const PASSAGES_FOR_MODEL = 4;

/** A question of fewer UTF-16 units may only make sense with the one before it. */
const FOLLOW_UP_LENGTH = 60;

export function createGrounder({ persona, rules, library, risk, measure }: GroundingDeps): Grounder {
  const guard = createRuleGuard([persona, ...rules]);

  function findPassages({ text, language, history }: Pick<Question, GroundedPart>): Passage[] {
    const own = library.find(text, language, PASSAGES_FOR_MODEL);
    const before = history.findLast(({ sender }) => sender === "person")?.text;
    if (before === undefined || text.length >= FOLLOW_UP_LENGTH) return own;
    const related = library.find(`${text} ${before}`, language, PASSAGES_FOR_MODEL);
    return [...new Set([...own.slice(0, 2), ...related])].slice(0, PASSAGES_FOR_MODEL);
  }

  return {
    guard,
    async ground(question) {
      const found = await measure("knowledge.search", async () => findPassages(question));
      const passages = passagesThatFit(found);
      const own = { persona, rules, passages, riskIds: risk.ids, sign: guard.sign };
      return { passages, prompt: buildPrompt({ ...question, ...own, question: question.text }) };
    },
  };
}
