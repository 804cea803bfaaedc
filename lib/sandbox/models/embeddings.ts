import { fold, isStopWord, stem, wordsOf } from "../../text/index.ts";
import { SYNONYMS } from "./stand-in-synonyms.ts";

const DIMENSIONS = 384;

/** In how many places a feature is added, with a sign each: what shares a place by chance cancels out. */
const PLACES = 4;

const WORD = 1;
/** Function words say little of what a text is about. */
const STOP_WORD = 0.15;
const GROUP = 1.5;
/** Of all runs of characters of a word together. */
const RUNS = 0.6;
const RUN_LENGTHS = [3, 4];

/** A phrase of the synonyms has at most this many words. */
const LONGEST_PHRASE = 5;

/**
 * A stand-in for an embedding model, the same for the same text: words, runs of their characters and groups of synonyms,
 * each hashed to a few of the vector's places. It knows only the synonyms of `stand-in-synonyms.ts`; a real model knows
 * far more words and what sentences mean.
 */
export function standInVector(text: string): number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  const words = wordsOf(text);
  const stems = words.map(stem);
  for (const group of groupsIn(stems)) addFeature(vector, `group ${group}`, GROUP);
  for (const [index, word] of words.entries()) {
    if (isStopWord(word)) {
      addFeature(vector, `word ${word}`, STOP_WORD);
      continue;
    }
    addFeature(vector, `word ${stems[index] ?? word}`, WORD);
    const runs = runsOf(word);
    for (const run of runs) addFeature(vector, `run ${run}`, RUNS / Math.sqrt(runs.length));
  }
  return vector;
}

/** The numbers of the groups that a text's words are of, each once. */
function groupsIn(stems: readonly string[]): Set<number> {
  const found = new Set<number>();
  for (let start = 0; start < stems.length; start += 1) {
    for (let length = 1; length <= LONGEST_PHRASE && start + length <= stems.length; length += 1) {
      const phrase = stems.slice(start, start + length).join(" ");
      for (const group of groups().get(phrase) ?? []) found.add(group);
    }
  }
  return found;
}

let groupsByPhrase: ReadonlyMap<string, readonly number[]> | undefined;

/** The groups of each phrase. */
function groups(): ReadonlyMap<string, readonly number[]> {
  if (groupsByPhrase) return groupsByPhrase;
  const read = new Map<string, number[]>();
  for (const [number, line] of SYNONYMS.trim().split("\n").entries()) {
    for (const phrase of new Set(line.split(",").map((words) => wordsOf(fold(words)).map(stem).join(" ")))) {
      read.set(phrase, [...(read.get(phrase) ?? []), number]);
    }
  }
  groupsByPhrase = read;
  return read;
}

function runsOf(word: string): string[] {
  const padded = ` ${word} `;
  return RUN_LENGTHS.flatMap((length) =>
    Array.from({ length: Math.max(0, padded.length - length + 1) }, (_, start) =>
      padded.slice(start, start + length),
    ),
  );
}

function addFeature(vector: number[], feature: string, weight: number): void {
  let hash = 0x811c9dc5;
  for (let at = 0; at < feature.length; at += 1) hash = Math.imul(hash ^ feature.charCodeAt(at), 16_777_619);
  for (let count = 0; count < PLACES; count += 1) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    hash ^= hash >>> 15;
    const place = (hash >>> 1) % DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + ((hash & 1) === 0 ? weight : -weight);
  }
}
