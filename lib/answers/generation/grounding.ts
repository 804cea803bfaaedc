import type { Passage } from "../../content/index.ts";
import { monitorPerformance } from "../../performance/index.ts";
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
  Question,
  "text" | "language" | "history" | "summary" | "profile" | "attachments" | "quoted" | "isBySomebodyElse"
>;

/** How many passages the model is given. */
const PASSAGES_FOR_MODEL = 4;

/** A shorter question (UTF-16 units) may make sense only together with the one before it. */
const FOLLOW_UP_LENGTH = 60;

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
  async (library: Library, question: GroundedQuestion): Promise<Passage[]> => {
    const { text, language, history, quoted } = question;
    const own = library.find(text, language, PASSAGES_FOR_MODEL);
    const before = quoted?.text ?? history.findLast(({ sender }) => sender === "person")?.text;
    if (before === undefined || text.length >= FOLLOW_UP_LENGTH) return own;
    const related = library.find(`${text} ${before}`, language, PASSAGES_FOR_MODEL);
    return [...new Set([...own.slice(0, 2), ...related])].slice(0, PASSAGES_FOR_MODEL);
  },
);
