import { createHash } from "node:crypto";
import { fold } from "./terms.ts";

/** Knows the model's instructions when they turn up in an answer. */
export interface RuleGuard {
  /** A sign that only the instructions hold; the model has no reason to write it. */
  sign: string;
  /** Whether a text gives the instructions away: holds the sign, or repeats them word for word at length. */
  isLeak(text: string): boolean;
}

/** Words in a row that are compared. */
const RUN_LENGTH = 6;
/**
 * So many of the instructions' runs of words may be in an answer: about 17 words in a row, or a few shorter stretches.
 * Advice that is also a rule ("call the local emergency number or …") stays below.
 */
const MAX_RUNS = 12;

/** @param instructions what is private: persona and rules, not the passages, which answers may quote */
export function createRuleGuard(instructions: readonly string[]): RuleGuard {
  const sign = `ref-${createHash("sha256").update(instructions.join("\n")).digest("hex").slice(0, 10)}`;
  const known = new Set(instructions.flatMap(runsOf));
  return {
    sign,
    isLeak(text) {
      if (text.toLowerCase().includes(sign)) return true;
      return new Set(runsOf(text).filter((run) => known.has(run))).size > MAX_RUNS;
    },
  };
}

function runsOf(text: string): string[] {
  const words = fold(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.slice(RUN_LENGTH - 1).map((_word, index) => words.slice(index, index + RUN_LENGTH).join(" "));
}
