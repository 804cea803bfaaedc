import { isMisspelling } from "../../text/index.ts";
import { BREAK, createReadMessage, type Place, type ReadMessage } from "./message.ts";
import { rowAt } from "./rows.ts";
import type { PhrasesSnapshot } from "./snapshot.ts";
import { ANY_ENDING, GREATEST_NUMBER, type NumberRange } from "./word-places.ts";
import { afterElision, joined, perhapsAfterElision, riskWords, SENTENCE_END } from "./words.ts";

/** How people write numbers and words. */
export interface Spelling {
  /** Numbers written as words, such as `twelve`. */
  numbers?: ReadonlyMap<string, number>;
  /** Short ways to write words, such as `jsuis` for `je suis`; used where no phrase has the short way. */
  spellings?: ReadonlyMap<string, string>;
}

/** A word of the message that fits no phrase. */
const UNKNOWN: ReadonlySet<Place> = new Set();

/**
 * All words of all phrases. Each word of a message is compared with them once; phrases, which are many more than the
 * words of a message, then compare numbers only.
 */
export class Vocabulary {
  readonly #known = new Map<string, Known>();
  readonly #beginnings = new Map<string, Known[]>();
  readonly #misspellable = new Map<string, Known[]>();
  readonly #ranges: (NumberRange & { place: Place })[] = [];
  readonly #spelling: Spelling;

  constructor(
    { words, places, ranges }: Pick<PhrasesSnapshot, "words" | "places" | "ranges">,
    spelling: Spelling = {},
  ) {
    this.#spelling = spelling;
    for (const [index, word] of words.entries()) this.#learn(word, rowAt(places, index));
    for (let at = 0; at < ranges.length; at += 3) {
      const [min = 0, max = 0, place = 0] = ranges.subarray(at, at + 3);
      this.#ranges.push({ min, max, place });
    }
  }

  read(text: string): ReadMessage {
    const seen = new Map<string, ReadonlySet<Place>>([[SENTENCE_END, BREAK]]);
    const placesOfWord = (word: string): ReadonlySet<Place> => {
      const places = seen.get(word) ?? this.#placesOf(word);
      seen.set(word, places);
      return places;
    };
    const words = riskWords(text).flatMap((word) => {
      const places = placesOfWord(word);
      const meant = places === UNKNOWN ? this.#spelling.spellings?.get(joined(word)) : undefined;
      return meant === undefined ? [places] : riskWords(meant).map(placesOfWord);
    });
    return createReadMessage(words);
  }

  #learn(word: string, places: Int32Array): void {
    const isBeginning = word.endsWith(ANY_ENDING);
    const text = isBeginning ? word.slice(0, -ANY_ENDING.length) : word;
    const mistakes = isBeginning ? 0 : allowedMistakes(text);
    const learnt: Known = { text, mistakes, letters: lettersOf(text), places };
    this.#known.set(word, learnt);
    if (isBeginning) addTo(this.#beginnings, learnt);
    else if (mistakes > 0) addTo(this.#misspellable, learnt);
  }

  #placesOf(word: string): ReadonlySet<Place> {
    const elided = afterElision(word);
    if (elided !== null) return union(this.#placesOfWhole(joined(word)), this.#placesOfWhole(elided));
    const places = this.#placesOfWhole(word);
    const rest = places === UNKNOWN ? perhapsAfterElision(word) : null;
    return rest === null ? places : placesOf(this.#known.get(rest));
  }

  #placesOfWhole(word: string): ReadonlySet<Place> {
    const initial = word.charAt(0);
    const begun = this.#beginnings.get(initial)?.filter(({ text }) => word.startsWith(text)) ?? [];
    const exact = this.#known.get(word);
    const meant = [...begun, ...(exact ? [exact] : this.#misspelt(word))];
    const ranges = this.#rangesOf(word);
    if (ranges.length === 0 && meant.length < 2) return placesOf(meant[0]);
    return new Set([...meant.flatMap((other) => [...other.places]), ...ranges]);
  }

  /** What a word that is none of the rules' own may be a misspelling of. */
  #misspelt(word: string): Known[] {
    const letters = lettersOf(word);
    return this.#misspellable.get(word.charAt(0))?.filter((other) => isMeant(other, word, letters)) ?? [];
  }

  #rangesOf(word: string): Place[] {
    const number = /^\d{1,6}$/.test(word) ? Number(word) : this.#spelling.numbers?.get(word);
    if (number === undefined) return [];
    const value = Math.min(number, GREATEST_NUMBER);
    return this.#ranges.filter(({ min, max }) => value >= min && value <= max).map(({ place }) => place);
  }
}

/** As a set, which is made when a message has the word for the first time: most words of the rules are never met. */
function placesOf(known: Known | undefined): ReadonlySet<Place> {
  if (!known) return UNKNOWN;
  known.set ??= new Set(known.places);
  return known.set;
}

function union(one: ReadonlySet<Place>, other: ReadonlySet<Place>): ReadonlySet<Place> {
  if (one.size === 0) return other;
  return other.size === 0 ? one : new Set([...one, ...other]);
}

/** A word of some phrases. */
interface Known {
  text: string;
  /** How many letters may be wrong. */
  mistakes: number;
  letters: number;
  places: Int32Array;
  set?: ReadonlySet<Place>;
}

/** Groups words by their first letter, which is right even in most misspellings. */
function addTo(groups: Map<string, Known[]>, word: Known): void {
  const first = word.text.charAt(0);
  const group = groups.get(first);
  if (group) group.push(word);
  else groups.set(first, [word]);
}

/** Short words are too similar to each other for any: `kill` and `pill`. */
function allowedMistakes(word: string): number {
  if (word.length < 6) return 0;
  return word.length < 11 ? 1 : 2;
}

/** Compares letter sets first: a mistake changes at most two letters, so most words need no full comparison. */
function isMeant(known: Known, word: string, letters: number): boolean {
  return (
    Math.abs(known.text.length - word.length) <= known.mistakes &&
    countBits(known.letters ^ letters) <= 2 * known.mistakes &&
    isMisspelling(word, known.text, known.mistakes)
  );
}

/** The letters of a word as a bit set (letters beyond a to z share bits). */
function lettersOf(word: string): number {
  let letters = 0;
  for (let index = 0; index < word.length; index += 1) letters |= 1 << (word.charCodeAt(index) & 31);
  return letters;
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
