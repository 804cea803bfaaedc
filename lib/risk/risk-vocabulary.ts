import { isMisspelling } from "../text/index.ts";
import { BREAK, createReadMessage, type Place, type ReadMessage } from "./risk-message.ts";
import { riskWords, SENTENCE_END } from "./risk-words.ts";

/** A word of a phrase. */
export interface RiskWord {
  text: string;
  /** Whatever begins so fits, too. */
  isBeginning: boolean;
}

/** A word that no phrase wants. */
const UNWANTED: ReadonlySet<Place> = new Set();

/**
 * All words of all phrases. A message is held against them once, so that the phrases, of which there are many more than
 * words in a message, need compare no letters.
 */
export interface RiskVocabulary {
  placeFor(anyOf: readonly RiskWord[]): Place;
  read(text: string): ReadMessage;
}

export function createRiskVocabulary(): RiskVocabulary {
  const places = new Map<string, Place>();
  const known = new Map<string, Known>();
  const beginnings = new Map<string, Known[]>();
  const misspellable = new Map<string, Known[]>();

  function learn({ text, isBeginning }: RiskWord): Known {
    const key = keyOf({ text, isBeginning });
    const old = known.get(key);
    if (old) return old;
    const mistakes = isBeginning ? 0 : allowedMistakes(text);
    const learnt = { text, mistakes, letters: lettersOf(text), places: new Set<Place>() };
    known.set(key, learnt);
    if (isBeginning) addTo(beginnings, learnt);
    else if (mistakes > 0) addTo(misspellable, learnt);
    return learnt;
  }

  function placesOf(word: string): ReadonlySet<Place> {
    const letters = lettersOf(word);
    const begun = beginnings.get(word.charAt(0))?.filter(({ text }) => word.startsWith(text)) ?? [];
    const alike = misspellable.get(word.charAt(0))?.filter((other) => isMeant(other, word, letters)) ?? [];
    const short = allowedMistakes(word) === 0 ? known.get(word) : undefined;
    const meant = [...begun, ...alike, ...(short ? [short] : [])];
    if (meant.length < 2) return meant[0]?.places ?? UNWANTED;
    return new Set(meant.flatMap((other) => [...other.places]));
  }

  return {
    placeFor(anyOf) {
      const key = anyOf.map(keyOf).join("/");
      const place = places.get(key) ?? places.size;
      places.set(key, place);
      for (const word of anyOf) learn(word).places.add(place);
      return place;
    },
    read(text) {
      const seen = new Map<string, ReadonlySet<Place>>([[SENTENCE_END, BREAK]]);
      const words = riskWords(text).map((word) => {
        const fitted = seen.get(word) ?? placesOf(word);
        seen.set(word, fitted);
        return fitted;
      });
      return createReadMessage(words);
    },
  };
}

/** A word of some phrases. */
interface Known {
  text: string;
  /** How many letters may be wrong. */
  mistakes: number;
  letters: number;
  places: Set<Place>;
}

function keyOf({ text, isBeginning }: RiskWord): string {
  return isBeginning ? `${text}*` : text;
}

/** Files a word under its first letter, which is right even in a misspelling. */
function addTo(groups: Map<string, Known[]>, word: Known): void {
  const first = word.text.charAt(0);
  const group = groups.get(first);
  if (group) group.push(word);
  else groups.set(first, [word]);
}

/** Short words stand too close to others for any: `kill` and `pill`. */
function allowedMistakes(word: string): number {
  if (word.length < 6) return 0;
  return word.length < 10 ? 1 : 2;
}

/** A mistake changes at most two letters, so most words are told apart without comparing them letter by letter. */
function isMeant(known: Known, word: string, letters: number): boolean {
  return (
    Math.abs(known.text.length - word.length) <= known.mistakes &&
    countBits(known.letters ^ letters) <= 2 * known.mistakes &&
    isMisspelling(word, known.text, known.mistakes)
  );
}

/** Which letters a word has, one bit each (letters beyond a to z share bits). */
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
