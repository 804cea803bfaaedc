import { isStopWord, isWithoutSpaces, wordsOf } from "../../text/index.ts";

/** A text as the search compares it: the weight of each of its features, by the feature's hash. */
export type Features = Map<number, number>;

/** How much a feature of each kind counts. */
const WORD = 1;
/** Words such as "how" and "is" tell pages apart a little: who asks, and what kind of question it is. */
const STOP = 0.3;
const WORD_PAIR = 0.7;
const CHARACTERS = 0.4;

/** Runs of characters forgive misspellings, and find a word's stem in its other forms and in compounds. */
const SHORTEST_RUN = 3;
const LONGEST_RUN = 5;

/** Only this many words of a text are read, half from its beginning and half from its end, where questions are asked. */
const MAX_WORDS = 160;

/** The words, pairs of words and runs of 3 to 5 characters of a text, each with the square root of its weighted count. */
export function featuresOf(text: string): Features {
  const words = beginningAndEnd(wordsOf(text));
  const features: Features = new Map();
  for (const [index, word] of words.entries()) {
    count(features, hashed(word, 0, word.length, WORD_SEED), isStopWord(word) ? STOP : WORD);
    const next = words[index + 1];
    if (next !== undefined && !(isStopWord(word) && isStopWord(next))) {
      const pair = `${word} ${next}`;
      count(features, hashed(pair, 0, pair.length, PAIR_SEED), WORD_PAIR);
    }
    if (isWithoutSpaces(word)) countRuns(features, word, 1, 2);
  }
  countRuns(features, ` ${words.join(" ")} `, SHORTEST_RUN, LONGEST_RUN);
  for (const [key, weight] of features) features.set(key, Math.sqrt(weight));
  return features;
}

function countRuns(features: Features, text: string, shortest: number, longest: number): void {
  for (let length = shortest; length <= longest; length += 1) {
    for (let start = 0; start + length <= text.length; start += 1) {
      count(features, hashed(text, start, start + length, RUN_SEED), CHARACTERS);
    }
  }
}

function count(features: Features, key: number, weight: number): void {
  features.set(key, (features.get(key) ?? 0) + weight);
}

function beginningAndEnd(words: readonly string[]): readonly string[] {
  if (words.length <= MAX_WORDS) return words;
  return [...words.slice(0, MAX_WORDS / 2), ...words.slice(-MAX_WORDS / 2)];
}

/** Features of different kinds differ though their letters are the same. */
const WORD_SEED = 0x811c9dc5;
const PAIR_SEED = 0x050c5d1f;
const RUN_SEED = 0x1b873593;

/** FNV-1a of a part of a text, 31 bits, so that it is stored as a small integer: few of a library's 100,000 features collide. */
function hashed(text: string, from: number, to: number, seed: number): number {
  let value = seed;
  for (let index = from; index < to; index += 1) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 16777619);
  }
  return (value ^ (value >>> 15)) & 0x3fffffff;
}
