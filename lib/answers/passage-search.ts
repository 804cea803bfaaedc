import MiniSearch from "minisearch";
import type { Passage } from "./answer.ts";
import { termsOf } from "./terms.ts";

/** A passage that matches, and how well. */
export interface Match {
  passage: Passage;
  /** BM25 weighted by coverage; comparable within one search only. */
  score: number;
  /** The share of the question's weight that the passage holds, 0 to 1; rare words weigh more. */
  coverage: number;
}

/** Finds passages by BM25 over title, section and text. */
export interface PassageSearch {
  /** The best passages for a question, best first, the person's language preferred. */
  search(text: string, language: string, limit: number): Match[];
}

/** Another language is searched only when the person's own covers less than this of the question… */
const OWN_LANGUAGE_COVERAGE = 0.5;
/** …and taken only when it covers more than this: a foreign word may look like one of ours by chance. */
const OTHER_LANGUAGE_COVERAGE = 0.6;

export function createPassageSearch(passages: readonly Passage[]): PassageSearch {
  const languages = new Set(passages.map(({ language }) => language));
  const indexes = new Map(
    [...languages].map((language) => [
      language,
      indexLanguage(passages.filter((passage) => passage.language === language)),
    ]),
  );
  return {
    search(text, language, limit) {
      const terms = [...new Set(termsOf(text))];
      if (terms.length === 0) return [];
      const own = indexes.get(language)?.(terms, limit);
      if (own && bestCoverage(own) >= OWN_LANGUAGE_COVERAGE) return own;
      const other = [...indexes]
        .filter(([code]) => code !== language)
        .map(([, find]) => find(terms, limit))
        .toSorted((a, b) => bestCoverage(b) - bestCoverage(a))[0];
      if (own && other) return bestCoverage(other) > OTHER_LANGUAGE_COVERAGE ? other : own;
      return own ?? other ?? [];
    },
  };
}

function bestCoverage(matches: readonly Match[]): number {
  return Math.max(0, ...matches.map(({ coverage }) => coverage));
}

type FindByTerms = (terms: readonly string[], limit: number) => Match[];

/** An index over the passages of one language. */
function indexLanguage(passages: readonly Passage[]): FindByTerms {
  const index = new MiniSearch<{ id: number } & Pick<Passage, "title" | "section" | "text">>({
    fields: ["title", "section", "text"],
    tokenize: termsOf,
    processTerm: (term) => term,
  });
  index.addAll(passages.map(({ title, section = "", text }, id) => ({ id, title, section, text })));
  const frequency = countPassagesByTerm(passages);
  const weightOf = (term: string): number =>
    Math.log(1 + passages.length / Math.max(frequency.get(term) ?? 0, UNKNOWN_TERM_FREQUENCY));

  return (terms, limit) => {
    const totalWeight = terms.reduce((sum, term) => sum + weightOf(term), 0);
    const results = index.search(terms.join(" "), {
      tokenize: (text) => text.split(" "),
      boost: { title: 3, section: 2 },
      prefix: (term) => term.length >= MIN_PREFIX_LENGTH,
      // A word the library knows is no typing mistake.
      fuzzy: (term) => (frequency.has(term) ? false : allowedMistakes(term)),
    });
    return results
      .flatMap(({ id, score, queryTerms, terms: found }) => {
        const passage = passages[id as number];
        if (!passage) return [];
        const matched = queryTerms.reduce((sum, term) => sum + weightOf(term) * likeness(term, found), 0);
        const coverage = matched / totalWeight;
        return [{ passage, coverage, score: score * coverage }];
      })
      .toSorted((a, b) => b.score - a.score)
      .slice(0, limit);
  };
}

const MIN_PREFIX_LENGTH = 4;

/** A word the library never uses counts like one that this many passages use: it may be filler as well as the topic. */
const UNKNOWN_TERM_FREQUENCY = 3;

/** How many letters of a word may be wrong. */
function allowedMistakes(term: string): number | false {
  if (term.length < 4 || /\p{N}/u.test(term)) return false;
  return term.length < 6 ? 1 : 2;
}

/** How surely a word of the question was meant by a word found: the same, its beginning, or something like it. */
function likeness(term: string, found: readonly string[]): number {
  if (found.includes(term)) return 1;
  return found.some((word) => word.startsWith(term)) ? 0.8 : 0.5;
}

function countPassagesByTerm(passages: readonly Passage[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { title, section = "", text } of passages) {
    for (const term of new Set(termsOf(`${title} ${section} ${text}`))) {
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  }
  return counts;
}
