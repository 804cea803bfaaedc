import { addToHash, hashOf, isStopWord, isWithoutSpaces } from "../../text/index.ts";
import type { FeatureTable } from "./feature-table.ts";

/** A text as the search compares it: the rows of its features, each once, with a weight each. */
export interface Features {
  rows: Int32Array;
  weights: Float32Array;
}

/** The features of a text that a table has. */
export interface KnownFeatures extends Features {
  /** Their share of all the text's features, by their weights, 0 to 1. */
  knownShare: number;
}

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

/** Features of different kinds differ though their letters are the same. */
const WORD_SEED = 0x811c9dc5;
const PAIR_SEED = 0x050c5d1f;
const RUN_SEED = 0x1b873593;

/** Reads the words, pairs of words and runs of 3 to 5 characters of texts as rows of a table. */
export class FeatureReader {
  readonly #table: FeatureTable;
  #counts: Float32Array;
  readonly #seen: number[] = [];
  #isLearning = false;
  #known = 0;
  #unknown = 0;

  constructor(table: FeatureTable) {
    this.#table = table;
    this.#counts = new Float32Array(table.size);
  }

  /** The features of a text, each with the square root of its weighted count; new ones are added to the table. */
  learn(words: readonly string[]): Features {
    this.#isLearning = true;
    return this.#read(words);
  }

  /** The features of a text that the table has. */
  read(words: readonly string[]): KnownFeatures {
    this.#isLearning = false;
    return this.#read(words);
  }

  #read(all: readonly string[]): KnownFeatures {
    const words = beginningAndEnd(all);
    for (const [index, word] of words.entries()) {
      const isStop = isStopWord(word);
      this.#add(hashOf(word, WORD_SEED), isStop ? STOP : WORD);
      const next = words[index + 1];
      if (next !== undefined && !(isStop && isStopWord(next))) {
        this.#add(hashOf(`${word} ${next}`, PAIR_SEED), WORD_PAIR);
      }
      if (isWithoutSpaces(word)) this.#addRuns(word, 1, 2);
    }
    this.#addRuns(` ${words.join(" ")} `, SHORTEST_RUN, LONGEST_RUN);
    return this.#take();
  }

  #addRuns(text: string, shortest: number, longest: number): void {
    for (let start = 0; start + shortest <= text.length; start += 1) {
      const end = Math.min(start + longest, text.length);
      let hash = RUN_SEED;
      for (let at = start; at < end; at += 1) {
        hash = addToHash(hash, text.charCodeAt(at));
        if (at - start + 1 >= shortest) this.#add(hash, CHARACTERS);
      }
    }
  }

  #add(hash: number, weight: number): void {
    const row = this.#isLearning ? this.#table.add(hash) : this.#table.find(hash);
    if (row === -1) {
      this.#unknown += weight;
      return;
    }
    this.#known += weight;
    if (row >= this.#counts.length) this.#makeRoom(row);
    const known = this.#counts[row] ?? 0;
    if (known === 0) this.#seen.push(row);
    this.#counts[row] = known + weight;
  }

  #makeRoom(row: number): void {
    const counts = new Float32Array((row + 1) * 2);
    counts.set(this.#counts);
    this.#counts = counts;
  }

  #take(): KnownFeatures {
    const rows = Int32Array.from(this.#seen);
    const weights = new Float32Array(rows.length);
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] ?? 0;
      weights[at] = Math.sqrt(this.#counts[row] ?? 0);
      this.#counts[row] = 0;
    }
    this.#seen.length = 0;
    const knownShare = this.#known / Math.max(this.#known + this.#unknown, 1e-6);
    this.#known = 0;
    this.#unknown = 0;
    return { rows, weights, knownShare };
  }
}

/** A number for a word that hardly any other word of a library has. */
export function wordHash(word: string): number {
  return hashOf(word, WORD_SEED);
}

function beginningAndEnd(words: readonly string[]): readonly string[] {
  if (words.length <= MAX_WORDS) return words;
  return [...words.slice(0, MAX_WORDS / 2), ...words.slice(-MAX_WORDS / 2)];
}
