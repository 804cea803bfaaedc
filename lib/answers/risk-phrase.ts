import { isMisspelling } from "./spelling.ts";
import { fold } from "./terms.ts";

/** Words that follow each other, as a phrase of the risk rules wants them. */
export interface RiskPhrase {
  /** The first stretch `[from, to)` of the words that the phrase fits, from `start` on; null when none does. */
  find(words: readonly string[], start?: number): { from: number; to: number } | null;
}

/** Stands between two sentences, and where words were taken out: no phrase reaches over it. */
export const BREAK = "";

/** How many words `...` may stand for. */
const MAX_GAP = 4;

/**
 * The words of a message or a phrase: without case, accents, apostrophes and drawn-out letters. `j'ai`, `j ai` and
 * `jai` are one word, and so are `don't` and `dont`.
 */
export function riskWords(text: string): string[] {
  const sentences = fold(text)
    .replace(/[\u2018\u2019\u02bc\u0060\u00b4']/g, "")
    .replace(/([^\p{N}])\1{2,}/gu, "$1")
    .replace(/\b(?:([jlmncdst]|qu) (?=[aeiouyh]\p{L}))/gu, "$1")
    .split(/[.!?;\n…]+/u);
  return sentences.flatMap((sentence, index) => {
    const words = sentence.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    return index > 0 && words.length > 0 ? [BREAK, ...words] : words;
  });
}

/**
 * Reads a phrase: words in a row, `a/b` for either of two words, `...` for up to four words of any kind, and `word*`
 * for whatever begins so.
 */
export function parseRiskPhrase(phrase: string): RiskPhrase {
  const steps: Step[] = [];
  let gap = 0;
  for (const item of phrase.trim().split(/\s+/)) {
    if (item === "..." || item === "…") {
      gap = MAX_GAP;
      continue;
    }
    steps.push({ gap, choices: item.split("/").map(parseWords) });
    gap = 0;
  }
  return {
    find(words, start = 0) {
      for (let from = start; from < words.length; from += 1) {
        const to = matchSteps(steps, 0, words, from);
        if (to !== null) return { from, to };
      }
      return null;
    },
  };
}

interface Step {
  /** How many other words may stand before it. */
  gap: number;
  /** Any of these, each a word or, for one with a hyphen, several. */
  choices: readonly (readonly Word[])[];
}

interface Word {
  text: string;
  isBeginning: boolean;
  /** How many letters may be wrong. Short words stand too close to others: `kill` and `pill`. */
  mistakes: number;
}

function parseWords(choice: string): Word[] {
  const words = riskWords(choice.replaceAll("*", ""));
  return words.map((text, index) => {
    const isBeginning = choice.endsWith("*") && index === words.length - 1;
    return { text, isBeginning, mistakes: isBeginning ? 0 : allowedMistakes(text) };
  });
}

function allowedMistakes(word: string): number {
  if (word.length < 6) return 0;
  return word.length < 10 ? 1 : 2;
}

/** Where the steps from `index` on end when they begin at `from`, or null. */
function matchSteps(
  steps: readonly Step[],
  index: number,
  words: readonly string[],
  from: number,
): number | null {
  const step = steps[index];
  if (!step) return from;
  for (let skipped = 0; skipped <= step.gap; skipped += 1) {
    const at = from + skipped;
    if (skipped > 0 && words[at - 1] === BREAK) return null;
    for (const choice of step.choices) {
      const fits = choice.length > 0 && choice.every((word, offset) => isWord(word, words[at + offset]));
      const end = fits ? matchSteps(steps, index + 1, words, at + choice.length) : null;
      if (end !== null) return end;
    }
  }
  return null;
}

function isWord({ text, isBeginning, mistakes }: Word, word: string | undefined): boolean {
  if (!word) return false;
  if (word === text || (isBeginning && word.startsWith(text))) return true;
  return isMisspelling(word, text, mistakes);
}
