import { addToHash, hashOf } from "../text/index.ts";
import { riskWords, SENTENCE_END } from "./phrases/index.ts";

/** Features are numbered by their hash, so that no table of them is kept. */
export const FEATURE_COUNT = 1 << 16;

/** A number says little by its value: rules look at numbers. */
const NUMBER = "#";
/** Only this many words of a message are read, half from its beginning and half from its end. */
const MAX_WORDS = 120;
const SHORTEST_RUN = 4;
const LONGEST_RUN = 5;
/** Two groups further apart than this many words say little about each other. */
const GROUP_REACH = 8;

const WORD_SEED = 0x811c9dc5;
const PAIR_SEED = 0x050c5d1f;
const APART_SEED = 0x2f0b4a87;
const RUN_SEED = 0x1b873593;
const GROUP_SEED = 0x27d4eb2f;
const GROUP_PAIR_SEED = 0x165667b1;

/** A word group of the rules, by its number, that a message has a word of at an index. */
export interface FoundGroup {
  group: number;
  at: number;
}

/**
 * The words, pairs of words, also one word apart, and runs of characters of a message, its word groups and pairs of
 * them, each once. Groups carry what an example teaches over to words that no example has.
 * @param groups in the order of the message
 */
export function featuresOf(message: string, groups: readonly FoundGroup[]): Int32Array {
  const all = riskWords(message).filter((word) => word !== SENTENCE_END);
  const kept = all.length <= MAX_WORDS ? all : [...all.slice(0, MAX_WORDS / 2), ...all.slice(-MAX_WORDS / 2)];
  const words = kept.map((word) => (/^\d+$/.test(word) ? NUMBER : word));
  const found = new Set<number>();
  const add = (hash: number): void => void found.add((hash ^ (hash >>> 16)) & (FEATURE_COUNT - 1));
  for (const [at, word] of words.entries()) {
    add(hashOf(word, WORD_SEED));
    const [next, afterNext] = [words[at + 1], words[at + 2]];
    if (next !== undefined) add(hashOf(`${word} ${next}`, PAIR_SEED));
    if (afterNext !== undefined) add(hashOf(`${word} ${afterNext}`, APART_SEED));
    addRuns(`<${word}>`, add);
  }
  addGroups(groups, add);
  return Int32Array.from(found);
}

function addGroups(found: readonly FoundGroup[], add: (hash: number) => void): void {
  const groups =
    found.length <= MAX_WORDS ? found : [...found.slice(0, MAX_WORDS / 2), ...found.slice(-MAX_WORDS / 2)];
  for (const [index, { group, at }] of groups.entries()) {
    add(addToHash(GROUP_SEED, group));
    for (let next = index + 1; next < groups.length; next += 1) {
      const other = groups[next];
      if (!other || other.at - at > GROUP_REACH) break;
      if (other.at > at) add(addToHash(addToHash(GROUP_PAIR_SEED, group), other.group));
    }
  }
}

function addRuns(text: string, add: (hash: number) => void): void {
  for (let start = 0; start + SHORTEST_RUN <= text.length; start += 1) {
    const end = Math.min(start + LONGEST_RUN, text.length);
    let hash = RUN_SEED;
    for (let at = start; at < end; at += 1) {
      hash = addToHash(hash, text.charCodeAt(at));
      if (at - start + 1 >= SHORTEST_RUN) add(hash);
    }
  }
}
