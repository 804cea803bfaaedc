import { createHash } from "node:crypto";
import { fold } from "../../text/index.ts";

/** Recognises the model's instructions in an answer. */
export interface RuleGuard {
  /** A canary string that occurs only in the instructions. */
  sign: string;
  /** Whether a text contains the sign or repeats the instructions at length, word for word. */
  isLeak(text: string): boolean;
  /** The same for a text that grows, or starts over: each call costs what the text has grown by. */
  follow(): (textSoFar: string) => boolean;
}

/** Length of the word n-grams that are compared. */
const RUN_LENGTH = 6;
/**
 * How many n-grams of the instructions an answer may contain: about 17 words in a row, or a few shorter stretches.
 * Advice that is also a rule ("call the local emergency number or …") stays below.
 */
const MAX_RUNS = 12;

/** The end of a growing text that may still change; longer than the sign and than a mark (UTF-16 units). */
const UNSETTLED_LENGTH = 64;

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

  function findKnownRuns(words: readonly string[], found: Set<string>): void {
    for (let start = 0; start + RUN_LENGTH <= words.length; start += 1) {
      if (!firsts.has(words[start] ?? "") || !lasts.has(words[start + RUN_LENGTH - 1] ?? "")) continue;
      const run = runAt(words, start);
      if (known.has(run)) found.add(run);
    }
  }

  function follow(): (textSoFar: string) => boolean {
    let found = new Set<string>();
    /** How much has been read for good, what that ended in, and its last words. */
    let read = 0;
    let ending = "";
    let lastWords: string[] = [];
    return (textSoFar) => {
      if (textSoFar.slice(read - ending.length, read) !== ending) {
        found = new Set();
        [read, ending, lastWords] = [0, "", []];
      }
      // The end may change, with a mark or within a word.
      const settled = textSoFar.lastIndexOf(" ", textSoFar.length - UNSETTLED_LENGTH);
      if (settled > read) {
        const words = [...lastWords, ...wordsOf(textSoFar.slice(read, settled))];
        findKnownRuns(words, found);
        read = settled;
        ending = textSoFar.slice(Math.max(0, read - UNSETTLED_LENGTH), read);
        lastWords = words.slice(1 - RUN_LENGTH);
      }
      const rest = textSoFar.slice(Math.max(0, read - UNSETTLED_LENGTH));
      if (rest.toLowerCase().includes(sign)) return true;
      const all = new Set(found);
      findKnownRuns([...lastWords, ...wordsOf(textSoFar.slice(read))], all);
      return all.size > MAX_RUNS;
    };
  }

  return { sign, isLeak: (text) => text.toLowerCase().includes(sign) || follow()(text), follow };
}

function runAt(words: readonly string[], start: number): string {
  return words.slice(start, start + RUN_LENGTH).join(" ");
}

function wordsOf(text: string): string[] {
  return fold(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
