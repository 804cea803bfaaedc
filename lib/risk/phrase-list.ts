import { BREAK, type Place, type ReadMessage } from "./risk-message.ts";
import type { RiskPhrase } from "./risk-phrase.ts";

/**
 * Phrases that are looked for together. Each is filed under the words of its rarest step, so that a message is compared
 * with the few phrases it has such a word of, and not with thousands.
 */
export class PhraseList {
  readonly #phrases: readonly RiskPhrase[];
  /** The phrases by what must be in a message for them to be there, as indexes. */
  readonly #byPlace = new Map<Place, number[]>();
  /** Those that need no word, but only the absence of some. */
  readonly #needingNothing: number[] = [];

  constructor(phrases: readonly RiskPhrase[]) {
    this.#phrases = phrases;
    const uses = new Map<Place, number>();
    for (const place of phrases.flatMap(({ needs }) => needs.flat())) {
      uses.set(place, (uses.get(place) ?? 0) + 1);
    }
    const usesOf = (step: readonly Place[]): number =>
      step.reduce((sum, place) => sum + (uses.get(place) ?? 0), 0);
    for (const [index, { needs }] of phrases.entries()) {
      const [rarest] = needs.toSorted((a, b) => usesOf(a) - usesOf(b));
      if (!rarest) this.#needingNothing.push(index);
      for (const place of new Set(rarest)) {
        const filed = this.#byPlace.get(place);
        if (filed) filed.push(index);
        else this.#byPlace.set(place, [index]);
      }
    }
  }

  isAnyIn(message: ReadMessage): boolean {
    return this.#candidates(message).some((phrase) => phrase.isIn(message));
  }

  /** How many of the phrases are in a message. */
  countIn(message: ReadMessage): number {
    return this.#candidates(message).filter((phrase) => phrase.isIn(message)).length;
  }

  /** Puts breaks in place of the words that the phrases fit. @returns the same message if none does */
  removeFrom(message: ReadMessage): ReadMessage {
    return this.#candidates(message).reduce(withoutPhrase, message);
  }

  /** The phrases that may be in a message, in their order. */
  #candidates({ fitting }: ReadMessage): RiskPhrase[] {
    const found = new Set(this.#needingNothing);
    for (const place of fitting.keys()) {
      for (const index of this.#byPlace.get(place) ?? []) found.add(index);
    }
    return [...found].toSorted((a, b) => a - b).flatMap((index) => this.#phrases[index] ?? []);
  }
}

/** Puts breaks in place of the words that a harmless phrase fits. */
function withoutPhrase(message: ReadMessage, harmless: RiskPhrase): ReadMessage {
  const found = harmless.stretches(message);
  if (found.length === 0) return message;
  const words = [...message.words];
  for (const { from, to } of found) words.fill(BREAK, from, to);
  return { ...message, words };
}
