import { BREAK, type Place, type ReadMessage } from "./message.ts";
import type { Phrase } from "./phrase.ts";
import { rowAt } from "./rows.ts";
import type { PhrasesSnapshot } from "./snapshot.ts";

/**
 * Phrases that are looked for together. Each is filed under the words of its rarest step, so that a message is compared
 * with the few phrases it has such a word of, and not with thousands.
 */
export class PhraseList {
  readonly #snapshot: PhrasesSnapshot;
  readonly #list: number;
  readonly #phraseAt: (index: number) => Phrase;
  /** The places that phrases are filed under, rising. */
  readonly #places: Int32Array;

  /**
   * @param list which one of the snapshot's
   * @param phraseAt the phrase with an index, counted from the first of the list
   */
  constructor(snapshot: PhrasesSnapshot, list: number, phraseAt: (index: number) => Phrase) {
    this.#snapshot = snapshot;
    this.#list = list;
    this.#phraseAt = phraseAt;
    this.#places = rowAt(snapshot.filedUnder, list);
  }

  /** All of them, in order. */
  get phrases(): Phrase[] {
    const { lists } = this.#snapshot;
    const length = (lists[this.#list + 1] ?? 0) - (lists[this.#list] ?? 0);
    return Array.from({ length }, (_, index) => this.#phraseAt(index));
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
  #candidates({ fitting }: ReadMessage): Phrase[] {
    const { filed, filedUnder, needingNothing } = this.#snapshot;
    const found = new Set(rowAt(needingNothing, this.#list));
    for (const place of fitting.keys()) {
      const at = indexIn(this.#places, place);
      if (at < 0) continue;
      for (const index of rowAt(filed, (filedUnder.starts[this.#list] ?? 0) + at)) found.add(index);
    }
    return [...found].toSorted((a, b) => a - b).map(this.#phraseAt);
  }
}

/** Where a place is among rising ones; -1 where it is not. */
function indexIn(places: Int32Array, place: Place): number {
  let from = 0;
  let to = places.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((places[middle] ?? 0) < place) from = middle + 1;
    else to = middle;
  }
  return places[from] === place ? from : -1;
}

/** Puts breaks in place of the words that a harmless phrase fits. */
function withoutPhrase(message: ReadMessage, harmless: Phrase): ReadMessage {
  const found = harmless.stretches(message);
  if (found.length === 0) return message;
  const words = [...message.words];
  for (const { from, to } of found) words.fill(BREAK, from, to);
  return { ...message, words };
}
