import type { LibraryContent, LibraryPage, Passage } from "../../content/index.ts";
import { Slices } from "../../core/index.ts";
import { termsOf, wordsOf } from "../../text/index.ts";
import { decodeIndex, encodeIndex, indexKey } from "./index-file.ts";
import type { IndexFiles } from "./index-folder.ts";
import { createPassageSearch, type Match, type PassageSearch } from "./passage-search.ts";
import { type Example, type Ranked, type Ranking, TextIndex } from "./text-index.ts";
import { createUrgentSigns, type FoundSigns, type UrgentSigns } from "./urgent-signs.ts";

/** What the library knows about a question. */
export interface Findings {
  language: string;
  /** All passages about emergencies, those with signs in the question first, then the likeliest. */
  urgent: readonly FoundUrgent[];
  /**
   * How much likelier the question is among those about emergencies than among the calm ones, as a logarithm; at most 0
   * with a phrase that is named as harmless, such as an idiom.
   */
  urgency: number;
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
  /** Whether the question has a phrase of its signs. */
  hasSigns: boolean;
  /** Comparable between the passages found for one question. */
  score: number;
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

/** How long the event loop waits while the indexes are built, in milliseconds. */
const SLICE_MS = 5;

/** How many passages are kept that were found by their words alone. */
const MATCHES = 4;

/** What a page's own score counts beside that of its section about an emergency, which has fewer examples. */
const PAGE_WEIGHT = 0.8;

/** What each sign of an emergency counts, up to a number of them: the more of them a question has, the likelier it is. */
const SIGN_WEIGHT = 3;
const MANY_SIGNS = 4;

/** A text with more words than this is a story, read by its sentences, too. */
const STORY_WORDS = 25;

/** How much of a text is read, in UTF-16 units: the bot does nothing else meanwhile. */
const MAX_TEXT = 4_000;

export interface SearchOptions {
  /** Where indexes are kept from one start to the next; without it they are built each time. */
  files?: IndexFiles;
  /** Ends the building of indexes. */
  signal?: AbortSignal;
}

/** Finds the pages and passages that a question is about. */
export class LibrarySearch {
  readonly #library: LibraryContent;
  readonly #languages: readonly string[];
  readonly #options: SearchOptions;
  #indexes: Promise<readonly LanguageIndex[]> | undefined;

  constructor(library: LibraryContent, options: SearchOptions = {}) {
    this.#library = library;
    this.#options = options;
    this.#languages = [...new Set(library.passages.map(({ language }) => language))];
  }

  /** Builds the indexes of all languages, so that the first question need not wait for it. */
  async getReady(): Promise<void> {
    await this.#ready();
  }

  /** Null when there is no page at all. */
  async search({ text: asked, language }: SearchedQuestion): Promise<Findings | null> {
    const text = beginningAndEnd(asked);
    const index = indexFor(await this.#ready(), text, language);
    if (index === null) return null;
    const { labels: ranked, urgency } = rankStory(index.texts, text);
    const matches = index.passages.search(text, index.count);
    const named = namedPage(text, index.titles);
    const isNamed = ({ pageId }: FoundPage): boolean => pageId === named;
    const ranking = rankPages(ranked, index, matches);
    const pages = [...ranking.filter(isNamed), ...ranking.filter((page) => !isNamed(page))];
    const best = pages[0];
    const signs = index.urgent.find(text);
    return {
      language: index.language,
      urgent: findUrgent(ranked, index, signs.counts),
      urgency: signs.isHarmless ? Math.min(urgency, 0) : urgency,
      pages,
      named,
      matches: matches.slice(0, MATCHES).map(({ passage }) => passage),
      none: ranked.find(({ label }) => label === null) ?? { score: 0, nearest: 0 },
      coverage: matches.find((match) => match.passage.pageId === best?.pageId)?.coverage ?? 0,
      words: wordsOf(text).length,
    };
  }

  #ready(): Promise<readonly LanguageIndex[]> {
    if (this.#indexes === undefined) {
      this.#indexes = this.#build();
      this.#indexes.catch(() => {
        this.#indexes = undefined; // the next question tries again
      });
    }
    return this.#indexes;
  }

  /** One language after the other, so that their slices of work do not come together. */
  async #build(): Promise<readonly LanguageIndex[]> {
    const indexes: LanguageIndex[] = [];
    for (const language of this.#languages) {
      this.#options.signal?.throwIfAborted();
      indexes.push(await indexLanguage(this.#library, language, this.#options));
    }
    return indexes;
  }
}

async function indexLanguage(
  library: LibraryContent,
  language: string,
  options: SearchOptions,
): Promise<LanguageIndex> {
  const slices = new Slices(SLICE_MS, options.signal);
  const own = library.passages.filter((passage) => passage.language === language);
  const pages = library.pages.filter((page) => page.language === language);
  const firstPassages = new Map<string, Passage>();
  for (const passage of own) {
    if (!firstPassages.has(passage.pageId)) firstPassages.set(passage.pageId, passage);
  }
  return {
    language,
    byId: new Map(own.map((passage) => [passage.id, passage])),
    firstPassages,
    texts: await openTexts(examplesOf(pages, own, library.unanswered[language] ?? []), language, options),
    titles: new Map(pages.map(({ id, title }) => [id, new Set(termsOf(title))])),
    passages: await createPassageSearch(own, slices),
    urgent: createUrgentSigns(pages),
    count: own.length,
  };
}

/** The index of the examples: the stored one if it was built from the same, else a new one, which is stored. */
async function openTexts(
  examples: readonly Example[],
  language: string,
  { files, signal }: SearchOptions,
): Promise<TextIndex> {
  const key = indexKey(examples);
  const file = await files?.read(language);
  const stored = file ? decodeIndex(key, file) : null;
  if (stored) return new TextIndex(stored);
  const built = await TextIndex.build(examples, new Slices(SLICE_MS, signal));
  void files?.write(language, encodeIndex(key, built.snapshot), signal);
  return built;
}

/** The index of the person's language, unless the text is plainly of another one of the library. */
function indexFor(indexes: readonly LanguageIndex[], text: string, language: string): LanguageIndex | null {
  const words = wordsOf(text);
  const shares = indexes
    .map((index) => ({
      index,
      share: words.filter((word) => index.texts.knows(word)).length / Math.max(1, words.length),
    }))
    .toSorted((a, b) => b.share - a.share);
  const own = shares.find(({ index }) => index.language === language);
  const best = shares[0];
  if (!best) return null;
  const isOther = !own || (own.share < OWN_LANGUAGE_SHARE && best.share - own.share >= OTHER_LANGUAGE_LEAD);
  return isOther ? best.index : own.index;
}

interface LanguageIndex {
  language: string;
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

/** The passages about emergencies: those a text has the signs of first, then by how near they and their pages are. */
function findUrgent(
  ranked: readonly Ranked[],
  { byId }: LanguageIndex,
  signs: FoundSigns["counts"],
): FoundUrgent[] {
  const scores = new Map(ranked.map(({ label, score }) => [label, score]));
  return ranked
    .flatMap(({ label, score }): FoundUrgent[] => {
      const passage = label === null ? undefined : byId.get(label);
      if (!passage) return [];
      const pageScore = scores.get(passage.pageId) ?? 0;
      const signCount = signs.get(passage.id) ?? 0;
      const fullScore = score + PAGE_WEIGHT * pageScore + SIGN_WEIGHT * Math.min(signCount, MANY_SIGNS);
      return [{ passage, hasSigns: signCount > 0, score: fullScore }];
    })
    .toSorted((a, b) => Number(b.hasSigns) - Number(a.hasSigns) || b.score - a.score);
}

function examplesOf(
  pages: readonly LibraryPage[],
  passages: readonly Passage[],
  unanswered: readonly string[],
): Example[] {
  const urgentIds = new Set(pages.flatMap(({ urgent }) => urgent.map(({ passageId }) => passageId)));
  return [
    ...passages.flatMap(({ id, pageId, title, section = title, text }): Example[] => {
      const isUrgent = urgentIds.has(id);
      const label = isUrgent ? id : pageId;
      return [section, `${section} ${text}`].map((own) => ({
        text: own,
        label,
        isQuestion: false,
        isUrgent,
      }));
    }),
    ...pages.flatMap(({ id, title, keywords, questions, urgent }): Example[] => [
      ...[title, ...keywords].map((text) => ({ text, label: id, isQuestion: false })),
      ...urgent.flatMap(({ passageId, questions: told }) =>
        told.map((text) => ({ text, label: passageId, isQuestion: true, isUrgent: true })),
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

/** A story is as near to a page as the whole of it and the sentence that asks are on average. */
function rankStory(index: TextIndex, text: string): Ranking {
  const whole = index.rank(text);
  if (wordsOf(text).length <= STORY_WORDS) return whole;
  const sentence = askingSentence(text);
  if (sentence === null) return whole;
  const asking = index.rank(sentence);
  const byLabel = new Map(asking.labels.map((page) => [page.label, page]));
  const labels = whole.labels.map((page) => {
    const other = byLabel.get(page.label) ?? page;
    return {
      ...page,
      score: (page.score + other.score) / 2,
      likelihood: (page.likelihood + other.likelihood) / 2,
      nearest: Math.max(page.nearest, other.nearest),
    };
  });
  return { urgency: whole.urgency, labels: labels.toSorted((a, b) => b.score - a.score) };
}

/** The last sentence with a question mark, or else the last one. */
function askingSentence(text: string): string | null {
  const sentences = text.match(/[^.!?…。？！؟]+[.!?…。？！؟]*/gu) ?? [];
  const asking = sentences.findLast((sentence) => /[?？؟]/.test(sentence)) ?? sentences.at(-1);
  return asking !== undefined && wordsOf(asking).length >= 3 ? asking.trim() : null;
}
