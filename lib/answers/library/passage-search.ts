import type { Passage } from "../../content/index.ts";
import { distance, isMisspelling, termsOf } from "../../text/index.ts";
import type { PassageIndex } from "./passage-index.ts";

/** A passage that matches, and how well. */
export interface Match {
  passage: Passage;
  /** BM25 weighted by coverage; comparable within one search only. */
  score: number;
  /** The share of the question's weight that the passage holds, 0 to 1; rare words weigh more. */
  coverage: number;
}

/** Finds passages of one language by BM25 over title, section, keywords and text. */
export interface PassageSearch {
  /** The best passages for a question, best first. */
  search(text: string, limit: number): Match[];
}

/** As many as a page of writing has. */
const MAX_TERMS = 100;

/** @param index of the same passages */
export function createPassageSearch(passages: readonly Passage[], index: PassageIndex): PassageSearch {
  const find = findByTerms(passages, index);
  return {
    search(text, limit) {
      const terms = beginningAndEnd(termsOf(text));
      return terms.length === 0 ? [] : find(terms, limit);
    },
  };
}

/**
 * The words a search is for, each once: of a text with more, half of them from its beginning and half from its end, where
 * questions stand. Each word costs time, during which the bot does nothing else.
 */
function beginningAndEnd(terms: readonly string[]): readonly string[] {
  const words = [...new Set(terms)];
  if (words.length <= MAX_TERMS) return words;
  const fromItsEnd = [...new Set(terms.toReversed())];
  return [...new Set([...words.slice(0, MAX_TERMS / 2), ...fromItsEnd.slice(0, MAX_TERMS / 2)])];
}

type FindByTerms = (terms: readonly string[], limit: number) => Match[];

function findByTerms(passages: readonly Passage[], { words, frequency }: PassageIndex): FindByTerms {
  const weightOf = (term: string): number =>
    Math.log(1 + passages.length / Math.max(frequency.get(term) ?? 0, UNKNOWN_TERM_FREQUENCY));

  return (terms, limit) => {
    const totalWeight = terms.reduce((sum, term) => sum + weightOf(term), 0);
    const corrected = new Map(terms.map((term) => [correct(term, frequency), term]));
    const results = words.search([...corrected.keys()].join(" "), {
      boost: { title: 3, keywords: 3, section: 2 },
      prefix: (term) => term.length >= MIN_PREFIX_LENGTH,
    });
    return results
      .flatMap(({ id, score, queryTerms, terms: found }) => {
        const passage = passages[id as number];
        if (!passage) return [];
        const coverage = queryTerms.reduce((sum, term) => {
          const asked = corrected.get(term) ?? term;
          return sum + weightOf(asked) * (found.includes(term) && asked === term ? 1 : INEXACT);
        }, 0);
        const share = coverage / totalWeight;
        return [{ passage, coverage: share, score: score * share }];
      })
      .toSorted((a, b) => b.score - a.score)
      .slice(0, limit);
  };
}

const MIN_PREFIX_LENGTH = 4;

/** A word the library never uses counts like one that this many passages use: it may be filler as well as the topic. */
const UNKNOWN_TERM_FREQUENCY = 3;

/** How much a word counts that was meant by the beginning of one, or by a misspelt one. */
const INEXACT = 0.8;

/** The word of the library that a word it does not know was meant to be; the word itself when there is none. */
function correct(term: string, frequency: ReadonlyMap<string, number>): string {
  const mistakes = allowedMistakes(term);
  if (mistakes === 0 || frequency.has(term)) return term;
  const meant = [...frequency.keys()]
    .filter((word) => isMisspelling(term, word, mistakes))
    .toSorted(
      (a, b) => distance(term, a) - distance(term, b) || (frequency.get(b) ?? 0) - (frequency.get(a) ?? 0),
    );
  return meant[0] ?? term;
}

/** How many letters of a word may be wrong. */
function allowedMistakes(term: string): number {
  if (term.length < 4 || /\p{N}/u.test(term)) return 0;
  return term.length < 8 ? 1 : 2;
}
