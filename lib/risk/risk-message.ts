/** A place of a phrase where one of a few words is wanted; places that want the same ones have the same number. */
export type Place = number;

/** Stands in a message between two sentences, and where words were taken out: no phrase reaches over it. */
export const BREAK: ReadonlySet<Place> = new Set();

/** A message as the phrases look at it. */
export interface ReadMessage {
  /** For each of its words the places that it fits. */
  words: readonly ReadonlySet<Place>[];
  /** Which words fit each place, as indexes in groups of equal words; some may have been taken out since. */
  fitting: ReadonlyMap<Place, readonly (readonly number[])[]>;
}

export function createReadMessage(words: readonly ReadonlySet<Place>[]): ReadMessage {
  const equal = new Map<ReadonlySet<Place>, number[]>();
  for (const [index, word] of words.entries()) {
    const indexes = equal.get(word);
    if (indexes) indexes.push(index);
    else equal.set(word, [index]);
  }
  const fitting = new Map<Place, (readonly number[])[]>();
  for (const [word, indexes] of equal) {
    for (const place of word) {
      const groups = fitting.get(place);
      if (groups) groups.push(indexes);
      else fitting.set(place, [indexes]);
    }
  }
  return { words, fitting };
}
