import { type Alternatives, ItemParser, type WordGroups } from "./risk-items.ts";
import { BREAK, type Place, type ReadMessage } from "./risk-message.ts";
import type { RiskVocabulary } from "./risk-vocabulary.ts";

/** A phrase of the risk rules. */
export interface RiskPhrase {
  isIn(message: ReadMessage): boolean;
  /** The stretches of the message's words that the phrase fits, from the first on, without overlaps. */
  stretches(message: ReadMessage): readonly Stretch[];
  /** For each step, places of which a message that has the phrase has one. */
  needs: readonly (readonly Place[])[];
}

/** The words `[from, to)`. */
export interface Stretch {
  from: number;
  to: number;
}

const NO_STRETCHES: readonly Stretch[] = [];

/** How many words `...` may stand for. */
const MAX_GAP = 6;
/** How many words before or after a phrase `!word` looks at. */
const GUARD_WORDS = 3;

/** Reads phrases against one vocabulary. */
export function createPhraseParser(
  vocabulary: RiskVocabulary,
  groups: WordGroups = {},
): (phrase: string) => RiskPhrase {
  const items = new ItemParser(vocabulary, groups);
  return (phrase) => parseRiskPhrase(phrase, (item) => items.parse(item));
}

type ParseItem = (item: string) => Alternatives;

/**
 * Reads a phrase:
 * - words in a row, `a/b` for either word, `step-mum` for two words in a row among the alternatives
 * - `word*` for any word that begins so
 * - `...` for up to six words of any kind
 * - `<9-13>` or `<16+>` for a number, `<family>` for any word of a group
 * - `!a/b` for words that must be missing: from a gap, or next to the phrase when it begins or ends so
 * - `&` between two phrases that must both be in the message, in any order; `& !a/b` for words that must be nowhere in it
 */
function parseRiskPhrase(phrase: string, parseItem: ParseItem): RiskPhrase {
  const parts = phrase.split(/(?:^|\s)&(?:\s|$)/).map((part) => part.trim());
  const absent = parts.filter(isAbsence).flatMap((part) => parseItem(part.slice(1)));
  const sequences = parts.filter((part) => !isAbsence(part)).map((part) => parseSequence(part, parseItem));
  const steps = sequences.flatMap((sequence) => sequence.steps);
  const isIn = (message: ReadMessage): boolean =>
    mayMatch(steps, message) &&
    sequences.every((sequence) => !stretchesOf(sequence, message).next().done) &&
    !isNear(message.words, 0, message.words.length, absent);
  return {
    isIn,
    needs: steps.map(({ choices }) => choices.flatMap((choice) => choice.slice(0, 1))),
    stretches(message) {
      if (!mayMatch(steps, message) || (parts.length > 1 && !isIn(message))) return NO_STRETCHES;
      return sequences.flatMap((sequence) => [...stretchesOf(sequence, message)]);
    },
  };
}

/** `!a/b` by itself. */
function isAbsence(part: string): boolean {
  return /^!\S+$/.test(part);
}

/** Words that follow each other. */
interface Sequence {
  steps: readonly Step[];
  /** Alternatives that must be missing just before it. */
  notBefore: Alternatives;
  notAfter: Alternatives;
}

interface Step {
  /** How many other words may stand before it. */
  gap: number;
  /** Alternatives that must be missing among them. */
  notInGap: Alternatives;
  choices: Alternatives;
}

function parseSequence(text: string, parseItem: ParseItem): Sequence {
  const steps: Step[] = [];
  let notBefore: Alternatives = [];
  let gap = 0;
  let missing: (readonly Place[])[] = [];
  for (const item of text.trim().split(/\s+/)) {
    if (item === "..." || item === "…") {
      gap = MAX_GAP;
    } else if (item.startsWith("!")) {
      missing.push(...parseItem(item.slice(1)));
    } else {
      const isFirst = steps.length === 0;
      if (isFirst) notBefore = missing;
      const hasGap = !isFirst && missing.length > 0;
      steps.push({
        gap: hasGap ? MAX_GAP : gap,
        notInGap: isFirst ? [] : missing,
        choices: parseItem(item),
      });
      gap = 0;
      missing = [];
    }
  }
  return { steps, notBefore, notAfter: missing };
}

/** Whether every step's words occur somewhere in the message: a cheap check that rules out most of thousands of phrases. */
function mayMatch(steps: readonly Step[], { fitting }: ReadMessage): boolean {
  for (const { choices } of steps) {
    if (!choices.some((choice) => choice.every((place) => fitting.has(place)))) return false;
  }
  return true;
}

/** The stretches that a sequence fits whose steps are all somewhere in the message. */
function* stretchesOf(sequence: Sequence, message: ReadMessage): Generator<Stretch> {
  const { steps, notBefore } = sequence;
  const search = { ...sequence, words: message.words, dead: new Set<number>() };
  let end = 0;
  for (const from of beginnings(steps, message)) {
    if (from < end || isNear(message.words, startOfNear(message.words, from), from, notBefore)) continue;
    const to = matchSteps(search, 0, from);
    if (to === null) continue;
    yield { from, to };
    end = to;
  }
}

/** Where the first step may begin, in order. */
function beginnings([first]: readonly Step[], { fitting }: ReadMessage): number[] {
  const places = new Set(first?.choices.flatMap((choice) => choice.slice(0, 1)));
  return [...places].flatMap((place) => fitting.get(place)?.flat() ?? []).toSorted((a, b) => a - b);
}

interface Search extends Sequence {
  words: ReadMessage["words"];
  /** Failed attempts as step and word, so that a hostile message cannot cause exponential backtracking. */
  dead: Set<number>;
}

/** Where the steps from `index` on end when they begin at `from`, or null. */
function matchSteps(search: Search, index: number, from: number): number | null {
  const { steps, words, dead, notAfter } = search;
  const step = steps[index];
  if (!step) return isNear(words, from, endOfNear(words, from), notAfter) ? null : from;
  const key = from * steps.length + index;
  if (index > 0 && dead.has(key)) return null;
  for (let skipped = 0; skipped <= step.gap; skipped += 1) {
    const at = from + skipped;
    if (skipped > 0 && (words[at - 1] === BREAK || isNear(words, at - 1, at, step.notInGap))) break;
    for (const choice of step.choices) {
      const end = fitsAt(words, at, choice) ? matchSteps(search, index + 1, at + choice.length) : null;
      if (end !== null) return end;
    }
  }
  if (index > 0) dead.add(key);
  return null;
}

type Words = ReadMessage["words"];

function fitsAt(words: Words, index: number, choice: readonly Place[]): boolean {
  return choice.every((place, offset) => words[index + offset]?.has(place));
}

/** Whether one of the alternatives begins within `[from, to)`. */
function isNear(words: Words, from: number, to: number, alternatives: Alternatives): boolean {
  for (let index = from; index < to; index += 1) {
    if (alternatives.some((choice) => fitsAt(words, index, choice))) return true;
  }
  return false;
}

/** Where the words just before an index begin, in the same sentence. */
function startOfNear(words: Words, index: number): number {
  let start = index;
  while (start > 0 && start > index - GUARD_WORDS && words[start - 1] !== BREAK) start -= 1;
  return start;
}

/** Where the words from an index on end, in the same sentence. */
function endOfNear(words: Words, index: number): number {
  let end = index;
  while (end < words.length && end < index + GUARD_WORDS && words[end] !== BREAK) end += 1;
  return end;
}
