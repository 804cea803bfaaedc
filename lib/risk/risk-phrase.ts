import { BREAK, type Place, type ReadMessage } from "./risk-message.ts";
import type { RiskVocabulary, RiskWord } from "./risk-vocabulary.ts";
import { riskWords } from "./risk-words.ts";

/** Words that follow each other, as a phrase of the risk rules wants them. */
export interface RiskPhrase {
  isIn(message: ReadMessage): boolean;
  /** Every stretch of the message's words that the phrase fits, from the first on, none overlapping another. */
  stretches(message: ReadMessage): Iterable<Stretch>;
}

/** The words `[from, to)`. */
export interface Stretch {
  from: number;
  to: number;
}

/** How many words `...` may stand for. */
const MAX_GAP = 4;

/**
 * Reads a phrase: words in a row, `a/b` for either of two words, `...` for up to four words of any kind, and `word*`
 * for whatever begins so.
 */
export function parseRiskPhrase(phrase: string, vocabulary: RiskVocabulary): RiskPhrase {
  const steps: Step[] = [];
  let gap = 0;
  for (const item of phrase.trim().split(/\s+/)) {
    if (item === "..." || item === "…") {
      gap = MAX_GAP;
      continue;
    }
    steps.push({ gap, choices: parseChoices(item, vocabulary) });
    gap = 0;
  }
  return {
    isIn: (message) => !stretchesOf(steps, message).next().done,
    stretches: (message) => stretchesOf(steps, message),
  };
}

function* stretchesOf(steps: readonly Step[], message: ReadMessage): Generator<Stretch> {
  if (!steps.every((step) => isAnywhere(step, message))) return;
  const search = { steps, words: message.words, dead: new Set<number>() };
  let end = 0;
  for (const from of beginnings(steps, message)) {
    const to = from < end ? null : matchSteps(search, 0, from);
    if (to === null) continue;
    yield { from, to };
    end = to;
  }
}

/** Most phrases need no more looking for: one of their words is nowhere in the message. */
function isAnywhere({ choices }: Step, { fitting }: ReadMessage): boolean {
  return choices.some((choice) => choice.every((place) => fitting.has(place)));
}

/** Where the first step may begin, in order. */
function beginnings([first]: readonly Step[], { fitting }: ReadMessage): number[] {
  const places = new Set(first?.choices.flatMap((choice) => choice.slice(0, 1)));
  return [...places].flatMap((place) => fitting.get(place)?.flat() ?? []).toSorted((a, b) => a - b);
}

interface Step {
  /** How many other words may stand before it. */
  gap: number;
  /** Any of these, each one word's place or, where something with a hyphen is wanted, several in a row. */
  choices: readonly (readonly Place[])[];
}

/** `mum/mother/step-mum` becomes two choices: one of the first two words, or the two of the third. */
function parseChoices(item: string, vocabulary: RiskVocabulary): Place[][] {
  const single: RiskWord[] = [];
  const choices: Place[][] = [];
  for (const choice of item.split("/")) {
    const words = parseWords(choice);
    if (words.length === 1) single.push(...words);
    else if (words.length > 1) choices.push(words.map((word) => vocabulary.placeFor([word])));
  }
  return single.length > 0 ? [[vocabulary.placeFor(single)], ...choices] : choices;
}

function parseWords(choice: string): RiskWord[] {
  const words = riskWords(choice.replaceAll("*", ""));
  return words.map((text, index) => ({
    text,
    isBeginning: choice.endsWith("*") && index === words.length - 1,
  }));
}

interface Search {
  steps: readonly Step[];
  words: ReadMessage["words"];
  /** What was tried in vain, each step from each word, so that no message, however made, is gone through again and again. */
  dead: Set<number>;
}

/** Where the steps from `index` on end when they begin at `from`, or null. */
function matchSteps(search: Search, index: number, from: number): number | null {
  const { steps, words, dead } = search;
  const step = steps[index];
  if (!step) return from;
  const key = from * steps.length + index;
  if (index > 0 && dead.has(key)) return null;
  for (let skipped = 0; skipped <= step.gap; skipped += 1) {
    const at = from + skipped;
    if (skipped > 0 && words[at - 1] === BREAK) break;
    for (const choice of step.choices) {
      const fits = choice.every((place, offset) => words[at + offset]?.has(place));
      const end = fits ? matchSteps(search, index + 1, at + choice.length) : null;
      if (end !== null) return end;
    }
  }
  if (index > 0) dead.add(key);
  return null;
}
