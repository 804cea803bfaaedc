import { BREAK, type Place, type ReadMessage } from "./message.ts";

/** Each one word's place, or several in a row. */
export type Alternatives = readonly (readonly Place[])[];

/** A phrase that messages are compared with. */
export interface Phrase {
  isIn(message: ReadMessage): boolean;
  /** The stretches of the message's words that the phrase fits, from the first on, without overlaps. */
  stretches(message: ReadMessage): readonly Stretch[];
}

/** The words `[from, to)`. */
export interface Stretch {
  from: number;
  to: number;
}

/** What must be in a message, and what must not, for it to have the phrase. */
export interface PhraseParts {
  /** All of these must be in it, in any order. */
  sequences: readonly Sequence[];
  /** Alternatives that must be nowhere in it. */
  absent: Alternatives;
}

/** Words that follow each other. */
export interface Sequence {
  steps: readonly Step[];
  /** Alternatives that must be missing just before it. */
  notBefore: Alternatives;
  notAfter: Alternatives;
}

export interface Step {
  /** How many other words may stand before it. */
  gap: number;
  /** Alternatives that must be missing among them. */
  notInGap: Alternatives;
  choices: Alternatives;
}

const NO_STRETCHES: readonly Stretch[] = [];

/** How many words before or after a phrase `!word` looks at. */
const GUARD_WORDS = 3;

export function createPhrase({ sequences, absent }: PhraseParts): Phrase {
  const steps = sequences.flatMap((sequence) => sequence.steps);
  const isIn = (message: ReadMessage): boolean =>
    mayMatch(steps, message) &&
    sequences.every((sequence) => !stretchesOf(sequence, message).next().done) &&
    !isNear(message.words, 0, message.words.length, absent);
  const isOneSequence = sequences.length === 1 && absent.length === 0;
  return {
    isIn,
    stretches(message) {
      if (!mayMatch(steps, message) || !(isOneSequence || isIn(message))) return NO_STRETCHES;
      return sequences.flatMap((sequence) => [...stretchesOf(sequence, message)]);
    },
  };
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
