import { isMisspelling } from "../text/index.ts";
import { BREAK, createReadMessage, type Place, type ReadMessage } from "./risk-message.ts";
import { riskWords, SENTENCE_END } from "./risk-words.ts";

/** A word of a phrase. */
export interface RiskWord {
  text: string;
  /** Words that begin with `text` fit too. */
  isBeginning: boolean;
}

/** Any number from `min` to `max`, both included. */
export interface NumberRange {
  min: number;
  max: number;
}

export type RiskChoice = RiskWord | NumberRange;

/** A word of the message that fits no phrase. */
const UNKNOWN: ReadonlySet<Place> = new Set();

/**
 * All words of all phrases. Each word of a message is compared with them once; phrases, which are many more than the
 * words of a message, then compare numbers only.
 */
export class RiskVocabulary {
  readonly #places = new Map<string, Place>();
  readonly #known = new Map<string, Known>();
  readonly #beginnings = new Map<string, Known[]>();
  readonly #misspellable = new Map<string, Known[]>();
  readonly #ranges: (NumberRange & { place: Place })[] = [];
  readonly #numbers: ReadonlyMap<string, number>;

  /** @param numbers numbers written as words, such as `twelve` */
  constructor(numbers: ReadonlyMap<string, number> = new Map()) {
    this.#numbers = numbers;
  }

  placeFor(anyOf: readonly RiskChoice[]): Place {
    const key = anyOf.map(keyOf).join("/");
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(key, place);
    for (const choice of anyOf) {
      if ("min" in choice) this.#ranges.push({ ...choice, place });
      else this.#learn(choice).places.add(place);
    }
    return place;
  }

  read(text: string): ReadMessage {
    const seen = new Map<string, ReadonlySet<Place>>([[SENTENCE_END, BREAK]]);
    const words = riskWords(text).map((word) => {
      const places = seen.get(word) ?? this.#placesOf(word);
      seen.set(word, places);
      return places;
    });
    return createReadMessage(words);
  }

  #learn({ text, isBeginning }: RiskWord): Known {
    const key = keyOf({ text, isBeginning });
    const old = this.#known.get(key);
    if (old) return old;
    const mistakes = isBeginning ? 0 : allowedMistakes(text);
    const learnt = { text, mistakes, letters: lettersOf(text), places: new Set<Place>() };
    this.#known.set(key, learnt);
    if (isBeginning) addTo(this.#beginnings, learnt);
    else if (mistakes > 0) addTo(this.#misspellable, learnt);
    return learnt;
  }

  #placesOf(word: string): ReadonlySet<Place> {
    const letters = lettersOf(word);
    const initial = word.charAt(0);
    const begun = this.#beginnings.get(initial)?.filter(({ text }) => word.startsWith(text)) ?? [];
    const alike = this.#misspellable.get(initial)?.filter((other) => isMeant(other, word, letters)) ?? [];
    const short = allowedMistakes(word) === 0 ? this.#known.get(word) : undefined;
    const meant = [...begun, ...alike, ...(short ? [short] : [])];
    const ranges = this.#rangesOf(word);
    if (ranges.length === 0 && meant.length < 2) return meant[0]?.places ?? UNKNOWN;
    return new Set([...meant.flatMap((other) => [...other.places]), ...ranges]);
  }

  #rangesOf(word: string): Place[] {
    const value = /^\d{1,6}$/.test(word) ? Number(word) : this.#numbers.get(word);
    if (value === undefined) return [];
    return this.#ranges.filter(({ min, max }) => value >= min && value <= max).map(({ place }) => place);
  }
}

/** A word of some phrases. */
interface Known {
  text: string;
  /** How many letters may be wrong. */
  mistakes: number;
  letters: number;
  places: Set<Place>;
}

function keyOf(choice: RiskChoice): string {
  if ("min" in choice) return `#${choice.min}-${choice.max}`;
  return choice.isBeginning ? `${choice.text}*` : choice.text;
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
  return word.length < 10 ? 1 : 2;
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
