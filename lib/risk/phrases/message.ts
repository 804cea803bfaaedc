/** A set of alternatives in a phrase, such as `mum/dad`, or a group. */
export type Place = number;

/** Stands between two sentences and for removed words; no phrase reaches across it. */
export const BREAK: ReadonlySet<Place> = new Set();

/** A message, prepared for matching phrases. */
export interface ReadMessage {
  /** For each word the places it fits. */
  words: readonly ReadonlySet<Place>[];
  /** For each place the indexes of the words that fit, in groups of equal words. Some may have been removed since. */
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
