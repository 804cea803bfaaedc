import type { Passage } from "../../content/index.ts";
import { monitorPerformance } from "../../performance/index.ts";
import type { RiskCheck } from "../../risk/index.ts";
import type { Library } from "../library/library.ts";
import type { AskedQuestion } from "../meaning/live-meaning.ts";
import { buildPrompt, type Prompt, passagesThatFit } from "./prompt.ts";
import { createRuleGuard, type RuleGuard } from "./rule-guard.ts";

export interface GroundingDeps {
  persona: string;
  rules: readonly string[];
  library: Library;
  risk: RiskCheck;
}

/** What the model is given for a question. */
export interface Grounding {
  /** In the order the prompt numbers them, from 1. */
  passages: readonly Passage[];
  prompt: Prompt;
}

/** Finds passages for a question and builds the prompt from them. */
export interface Grounder {
  ground(question: GroundedQuestion): Promise<Grounding>;
  /** Recognises the instructions in an answer that repeats them. */
  guard: RuleGuard;
}

type GroundedQuestion = Pick<
  AskedQuestion,
  | "text"
  | "meaning"
  | "language"
  | "history"
  | "summary"
  | "profile"
  | "attachments"
  | "quoted"
  | "isBySomebodyElse"
>;

/** How many passages the model is given. */
const PASSAGES_FOR_MODEL = 4;

export function createGrounder({ persona, rules, library, risk }: GroundingDeps): Grounder {
  const guard = createRuleGuard([persona, ...rules]);
  return {
    guard,
    async ground(question) {
      const passages = passagesThatFit(await findPassages(library, question));
      const own = { persona, rules, passages, riskIds: risk.ids, sign: guard.sign };
      return { passages, prompt: buildPrompt({ ...question, ...own, question: question.text }) };
    },
  };
}

const findPassages = monitorPerformance("knowledge.search")(
  (library: Library, question: GroundedQuestion): Promise<Passage[]> =>
    library.find(question, PASSAGES_FOR_MODEL),
);
