import type { Rows } from "./rows.ts";

/** Compiled lists of phrases, as they are stored: the words, and numbers that stand for them. */
export interface PhrasesSnapshot {
  /** Each word of the phrases once; a `*` at the end stands for any ending. */
  words: readonly string[];
  /** Of each word its places. */
  places: Rows;
  /** Ranges of numbers, each as its least one, its greatest one and its place. */
  ranges: Int32Array;
  /** Alternatives, each as its choices, and each of those as the number of its places and the places. */
  alternatives: Rows;
  /** The phrases of all lists in order, as `parsePhrase` writes them. */
  phrases: Rows;
  /** Where the phrases of each list begin, and where those of the last one end. */
  lists: Int32Array;
  /** Of each list the places that its phrases are filed under, rising. */
  filedUnder: Rows;
  /** Of each of these places the phrases, counted from the first of the list. */
  filed: Rows;
  /** Of each list the phrases that need no word, but only the absence of some. */
  needingNothing: Rows;
}
