import type { Place } from "./message.ts";
import { type Rows, RowsBuilder } from "./rows.ts";

/** A word of a phrase. */
export interface PhraseWord {
  text: string;
  /** Words that begin with `text` fit too. */
  isBeginning: boolean;
}

/** Any number from `min` to `max`, both included. */
export interface NumberRange {
  min: number;
  max: number;
}

export type Choice = PhraseWord | NumberRange;

/** Stands after a word that others may begin with. */
export const ANY_ENDING = "*";

/** Stands for every greater number, too. */
export const GREATEST_NUMBER = 0x7f_ff_ff_ff;

/** Gives a place to each set of words that stand for each other in phrases. */
export class WordPlaces {
  readonly #placesOfChoices = new Map<string, Place>();
  #count = 0;
  readonly #words = new Map<string, Place[]>();
  readonly #ranges: number[] = [];

  /** A place for any of some choices; the same one again for a choice by itself. */
  placeFor(anyOf: readonly Choice[]): Place {
    const [choice, ...others] = anyOf;
    const key = choice && others.length === 0 ? keyOf(choice) : null;
    const known = key === null ? undefined : this.#placesOfChoices.get(key);
    if (known !== undefined) return known;
    const place = this.#count;
    this.#count += 1;
    if (key !== null) this.#placesOfChoices.set(key, place);
    for (const one of anyOf) {
      if ("min" in one)
        this.#ranges.push(Math.min(one.min, GREATEST_NUMBER), Math.min(one.max, GREATEST_NUMBER), place);
      else this.#placesOf(keyOf(one)).push(place);
    }
    return place;
  }

  /** What a vocabulary is made of. */
  build(): { words: string[]; places: Rows; ranges: Int32Array } {
    const places = new RowsBuilder();
    for (const own of this.#words.values()) places.add(own);
    return {
      words: [...this.#words.keys()],
      places: places.build(),
      ranges: Int32Array.from(this.#ranges),
    };
  }

  #placesOf(word: string): Place[] {
    const places = this.#words.get(word) ?? [];
    this.#words.set(word, places);
    return places;
  }
}

function keyOf(choice: Choice): string {
  if ("min" in choice) return `#${choice.min}-${choice.max}`;
  return choice.isBeginning ? `${choice.text}${ANY_ENDING}` : choice.text;
}
