import type { LibraryContent, LibraryPage, Passage } from "../../content/index.ts";
import { termsOf, wordsOf } from "../../text/index.ts";
import { createPassageSearch, type Match, type PassageSearch } from "./passage-search.ts";
import { type Example, type Ranked, TextIndex } from "./text-index.ts";
import { createUrgentSigns, type UrgentSigns } from "./urgent-signs.ts";

/** What the library knows about a question. */
export interface Findings {
  language: string;
  /** Passages about the emergencies the question tells of or sounds like, the likeliest first. */
  urgent: readonly FoundUrgent[];
  /** All pages, best first, each with the passage to show. */
  pages: readonly FoundPage[];
  /** Passages by their words alone, best first. */
  matches: readonly Passage[];
  /** The page the question names and nothing else: "condoms", "what is hiv?". It is the best page then. */
  named: string | null;
  /** How near the question is to those that no page answers. */
  none: Pick<Ranked, "score" | "nearest">;
  /** The share of the question's weight that the best page's passage holds, 0 to 1. */
  coverage: number;
  /** The number of words in the question. */
  words: number;
}

export interface FoundPage extends Omit<Ranked, "label"> {
  pageId: string;
  passage: Passage;
}

export interface FoundUrgent {
  passage: Passage;
  /** Whether the question has a phrase of its signs; else it is only nearer to it than to anything calm. */
  hasSigns: boolean;
}

/** What is searched: the text of a question, and what was said before it. */
export interface SearchedQuestion {
  text: string;
  /** The person's. */
  language: string;
}

/** Another language is searched when the person's own knows less than this share of the words… */
const OWN_LANGUAGE_SHARE = 0.6;
/** …and the other one knows this much more of them. */
const OTHER_LANGUAGE_LEAD = 0.25;

/** How many passages are kept that were found by their words alone. */
const MATCHES = 4;

/** A text with more words than this is a story, read by its sentences, too. */
const STORY_WORDS = 25;

/** How much of a text is read, in UTF-16 units: the bot does nothing else meanwhile. */
const MAX_TEXT = 4_000;

/** Finds the pages and passages that a question is about. */
export class LibrarySearch {
  readonly #library: LibraryContent;
  readonly #languages: ReadonlyMap<string, { knownWords: ReadonlySet<string>; passages: readonly Passage[] }>;
  readonly #indexes = new Map<string, Promise<LanguageIndex>>();
  readonly #passageSearches = new Map<string, PassageSearch>();
  #isReady = false;

  constructor(library: LibraryContent) {
    this.#library = library;
    this.#languages = new Map(
      [...new Set(library.passages.map(({ language }) => language))].map((language) => {
        const passages = library.passages.filter((passage) => passage.language === language);
        return [language, { passages, knownWords: new Set(textsOf(library, language).flatMap(wordsOf)) }];
      }),
    );
  }

  /** Whether the indexes of all languages are built. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Builds the indexes of all languages, so that the first question need not wait for it. */
  async getReady(): Promise<void> {
    await Promise.all([...this.#languages.keys()].map((language) => this.#index(language)));
    this.#isReady = true;
  }

  /** The passages nearest by their words alone, which needs no index of the pages. */
  findByWords({ text: asked, language }: SearchedQuestion, limit: number): Passage[] {
    const text = beginningAndEnd(asked);
    const searched = this.#languageOf(text, language);
    if (searched === null) return [];
    return this.#passageSearch(searched)
      .search(text, limit)
      .map(({ passage }) => passage);
  }

  /** Null when there is no page at all. */
  async search({ text: asked, language }: SearchedQuestion): Promise<Findings | null> {
    const text = beginningAndEnd(asked);
    const searched = this.#languageOf(text, language);
    if (searched === null) return null;
    const index = await this.#index(searched);
    const ranked = rankStory(index.texts, text);
    const matches = index.passages.search(text, index.count);
    const named = namedPage(text, index.titles);
    const isNamed = ({ pageId }: FoundPage): boolean => pageId === named;
    const ranking = rankPages(ranked, index, matches);
    const pages = [...ranking.filter(isNamed), ...ranking.filter((page) => !isNamed(page))];
    const best = pages[0];
    return {
      language: searched,
      urgent: findUrgent(ranked, index, text),
      pages,
      named,
      matches: matches.slice(0, MATCHES).map(({ passage }) => passage),
      none: ranked.find(({ label }) => label === null) ?? { score: 0, nearest: 0 },
      coverage: matches.find((match) => match.passage.pageId === best?.pageId)?.coverage ?? 0,
      words: wordsOf(text).length,
    };
  }

  /** The person's language, unless the text is plainly of another one of the library. */
  #languageOf(text: string, language: string): string | null {
    const words = wordsOf(text);
    const shares = [...this.#languages]
      .map(([code, { knownWords }]) => ({
        code,
        share: words.filter((word) => knownWords.has(word)).length / Math.max(1, words.length),
      }))
      .toSorted((a, b) => b.share - a.share);
    const own = shares.find(({ code }) => code === language);
    const best = shares[0];
    if (!best) return null;
    if (!own) return best.code;
    return own.share < OWN_LANGUAGE_SHARE && best.share - own.share >= OTHER_LANGUAGE_LEAD
      ? best.code
      : language;
  }

  #passageSearch(language: string): PassageSearch {
    const known = this.#passageSearches.get(language);
    if (known) return known;
    const search = createPassageSearch(this.#languages.get(language)?.passages ?? []);
    this.#passageSearches.set(language, search);
    return search;
  }

  #index(language: string): Promise<LanguageIndex> {
    const known = this.#indexes.get(language);
    if (known) return known;
    const built = this.#build(language);
    this.#indexes.set(language, built);
    built.catch(() => this.#indexes.delete(language)); // the next question tries again
    return built;
  }

  async #build(language: string): Promise<LanguageIndex> {
    const own = this.#languages.get(language)?.passages ?? [];
    const pages = this.#library.pages.filter((page) => page.language === language);
    const firstPassages = new Map<string, Passage>();
    for (const passage of own) {
      if (!firstPassages.has(passage.pageId)) firstPassages.set(passage.pageId, passage);
    }
    return {
      byId: new Map(own.map((passage) => [passage.id, passage])),
      firstPassages,
      texts: await TextIndex.build(examplesOf(pages, own, this.#library.unanswered[language] ?? [])),
      titles: new Map(pages.map(({ id, title }) => [id, new Set(termsOf(title))])),
      passages: this.#passageSearch(language),
      urgent: createUrgentSigns(pages),
      count: own.length,
    };
  }
}

interface LanguageIndex {
  byId: ReadonlyMap<string, Passage>;
  firstPassages: ReadonlyMap<string, Passage>;
  /** Its labels are page ids, and the passage ids of sections about an emergency. */
  texts: TextIndex;
  /** The terms of each page's title. */
  titles: ReadonlyMap<string, ReadonlySet<string>>;
  passages: PassageSearch;
  urgent: UrgentSigns;
  count: number;
}

/** Questions are asked at the beginning of a text or at its end. */
function beginningAndEnd(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT / 2)} ${text.slice(-MAX_TEXT / 2)}`;
}

/** The page whose title a text names: all the text's terms are in it, and at least half of its own are in the text. */
function namedPage(text: string, titles: ReadonlyMap<string, ReadonlySet<string>>): string | null {
  const terms = [...new Set(termsOf(text))];
  if (terms.length === 0) return null;
  const named = [...titles]
    .filter(([, title]) => terms.every((term) => title.has(term)) && terms.length >= title.size / 2)
    .toSorted(([, a], [, b]) => a.size - b.size);
  const [best, next] = named;
  return best && best[1].size !== next?.[1].size ? best[0] : null;
}

/** A page is as near as the nearer of its calm and its urgent part. */
function rankPages(
  ranked: readonly Ranked[],
  { byId, firstPassages }: LanguageIndex,
  matches: readonly Match[],
): FoundPage[] {
  const pages = new Map<string, FoundPage>();
  for (const { label, ...rank } of ranked) {
    if (label === null) continue;
    const urgent = byId.get(label);
    const pageId = urgent?.pageId ?? label;
    const known = pages.get(pageId);
    if (known) {
      known.nearest = Math.max(known.nearest, rank.nearest);
      continue;
    }
    const matched = matches.find(({ passage }) => passage.pageId === pageId)?.passage;
    const passage = urgent ?? matched ?? firstPassages.get(pageId);
    if (passage) pages.set(pageId, { ...rank, pageId, passage });
  }
  return [...pages.values()];
}

/** The passages about an emergency that a text has the signs of, or is nearer to than to any calm page. */
function findUrgent(ranked: readonly Ranked[], { byId, urgent }: LanguageIndex, text: string): FoundUrgent[] {
  const signs = new Set(urgent.find(text));
  const calm = ranked.find(({ label }) => label === null || !byId.has(label))?.score ?? 0;
  return ranked.flatMap(({ label, score }) => {
    const passage = label === null ? undefined : byId.get(label);
    if (!passage) return [];
    const hasSigns = signs.has(passage.id);
    return hasSigns || score > calm ? [{ passage, hasSigns }] : [];
  });
}

function examplesOf(
  pages: readonly LibraryPage[],
  passages: readonly Passage[],
  unanswered: readonly string[],
): Example[] {
  const urgentIds = new Set(pages.flatMap(({ urgent }) => urgent.map(({ passageId }) => passageId)));
  return [
    ...passages.flatMap(({ id, pageId, title, section = title, text }): Example[] => {
      const label = urgentIds.has(id) ? id : pageId;
      return [
        { text: section, label, isQuestion: false },
        { text: `${section} ${text}`, label, isQuestion: false },
      ];
    }),
    ...pages.flatMap(({ id, title, keywords, questions, urgent }): Example[] => [
      ...[title, ...keywords].map((text) => ({ text, label: id, isQuestion: false })),
      ...urgent.flatMap(({ passageId, questions: told }) =>
        told.map((text) => ({ text, label: passageId, isQuestion: true })),
      ),
      ...questions.map((text) => ({
        text,
        label: id,
        isQuestion: true,
      })),
    ]),
    ...unanswered.map((text) => ({ text, label: null, isQuestion: true })),
  ];
}

function textsOf({ passages, pages, unanswered }: LibraryContent, language: string): string[] {
  return [
    ...passages
      .filter((passage) => passage.language === language)
      .map(({ title, section = "", text }) => `${title} ${section} ${text}`),
    ...pages
      .filter((page) => page.language === language)
      .flatMap(({ keywords, questions }) => [...keywords, ...questions]),
    ...(unanswered[language] ?? []),
  ];
}

/** A story is as near to a page as the whole of it and the sentence that asks are on average. */
function rankStory(index: TextIndex, text: string): Ranked[] {
  const whole = index.rank(text);
  if (wordsOf(text).length <= STORY_WORDS) return whole;
  const asking = askingSentence(text);
  if (asking === null) return whole;
  const byPage = new Map(index.rank(asking).map((page) => [page.label, page]));
  return whole
    .map((page) => {
      const other = byPage.get(page.label) ?? page;
      return {
        ...page,
        score: (page.score + other.score) / 2,
        likelihood: (page.likelihood + other.likelihood) / 2,
        nearest: Math.max(page.nearest, other.nearest),
      };
    })
    .toSorted((a, b) => b.score - a.score);
}

/** The last sentence with a question mark, or else the last one. */
function askingSentence(text: string): string | null {
  const sentences = text.match(/[^.!?…。？！؟]+[.!?…。？！؟]*/gu) ?? [];
  const asking = sentences.findLast((sentence) => /[?？؟]/.test(sentence)) ?? sentences.at(-1);
  return asking !== undefined && wordsOf(asking).length >= 3 ? asking.trim() : null;
}
