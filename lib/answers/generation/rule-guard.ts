import { createHash } from "node:crypto";
import { fold } from "../../text/index.ts";

/** Recognises the model's instructions in an answer. */
export interface RuleGuard {
  /** A canary string that occurs only in the instructions. */
  sign: string;
  /** Whether a text contains the sign or repeats the instructions at length, word for word. */
  isLeak(text: string): boolean;
}

/** Length of the word n-grams that are compared. */
const RUN_LENGTH = 6;
/**
 * How many n-grams of the instructions an answer may contain: about 17 words in a row, or a few shorter stretches.
 * Advice that is also a rule ("call the local emergency number or …") stays below.
 */
const MAX_RUNS = 12;

/** @param instructions the private texts: persona and rules, not the passages, which answers may quote */
export function createRuleGuard(instructions: readonly string[]): RuleGuard {
  const sign = `ref-${createHash("sha256").update(instructions.join("\n")).digest("hex").slice(0, 10)}`;
  const known = new Set<string>();
  /** First and last words of the known runs: a cheap check that spares joining most runs of an answer. */
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
