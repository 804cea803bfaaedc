import { createHash } from "node:crypto";
import { fold } from "../../text/index.ts";

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
  const known = new Set<string>();
  /** The words those runs begin and end with: most runs of an answer need not be put together to be told apart. */
  const firsts = new Set<string>();
  const lasts = new Set<string>();
  for (const instruction of instructions) {
    const words = wordsOf(instruction);
    for (let start = 0; start + RUN_LENGTH <= words.length; start += 1) {
      known.add(runAt(words, start));
      firsts.add(words[start] ?? "");
      lasts.add(words[start + RUN_LENGTH - 1] ?? "");
    }
  }

  function countKnownRuns(words: readonly string[]): number {
    const found = new Set<string>();
    for (let start = 0; start + RUN_LENGTH <= words.length; start += 1) {
      if (!firsts.has(words[start] ?? "") || !lasts.has(words[start + RUN_LENGTH - 1] ?? "")) continue;
      const run = runAt(words, start);
      if (known.has(run)) found.add(run);
    }
    return found.size;
  }

  return {
    sign,
    isLeak: (text) => text.toLowerCase().includes(sign) || countKnownRuns(wordsOf(text)) > MAX_RUNS,
  };
}

function runAt(words: readonly string[], start: number): string {
  return words.slice(start, start + RUN_LENGTH).join(" ");
}

function wordsOf(text: string): string[] {
  return fold(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
