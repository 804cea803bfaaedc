import type { LibraryContent, Passage, Slang } from "../../content/index.ts";
import { type LearntFiles, readLearnt, Slices } from "../../core/index.ts";
import { termsOf, wordsOf } from "../../text/index.ts";
import type { LabelledText, LibraryMeaning } from "../meaning/library-meaning.ts";
import type { Vectors } from "../meaning/vector-folder.ts";
import { examplesOf, meaningsOf } from "./examples.ts";
import { decodeIndex, encodeIndex, indexKey } from "./index-file.ts";
import { openPassageIndex } from "./passage-index.ts";
import { createPassageSearch, type Match, type PassageSearch } from "./passage-search.ts";
import { createSlangReader, type ReadSlang } from "./slang.ts";
import { beginningAndEnd, rankStory, searchedTexts } from "./story.ts";
import { type Example, type Ranked, TextIndex } from "./text-index.ts";
import { type FoundSigns, openUrgentSigns, type UrgentSigns } from "./urgent-signs.ts";

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
  /** How much the question means each page, or none (null), near 1 for its own; null when it was searched by words alone. */
  meaning: ReadonlyMap<string | null, number> | null;
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
  /** The vectors of `searchedTexts(text)`; without them it is searched by its words alone. */
  vectors?: Vectors | null;
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

/** What the meaning of a page counts beside the score of its words: 20 to 40 rank best on the tuning set. */
const MEANING_WEIGHT = 28;

/** What each sign of an emergency counts, up to a number of them: the more of them a question has, the likelier it is. */
const SIGN_WEIGHT = 3;
const MANY_SIGNS = 4;

export interface SearchOptions {
  /** Where indexes are kept from one start to the next; without it they are built each time. */
  files?: LearntFiles;
  /** Searches by meaning, too, as soon as it has learned the library. */
  meaning?: LibraryMeaning;
  /** Ends the building of indexes. */
  signal?: AbortSignal;
}

/** Finds the pages and passages that a question is about. */
export class LibrarySearch {
  readonly #library: LibraryContent;
  readonly #languages: readonly string[];
  readonly #options: SearchOptions;
  /** Of each language, in order; the next is begun when the one before is done. */
  #indexes: readonly Promise<LanguageIndex>[] | undefined;

  constructor(library: LibraryContent, options: SearchOptions = {}) {
    this.#library = library;
    this.#options = options;
    this.#languages = [...new Set(library.passages.map(({ language }) => language))];
  }

  /** Builds the indexes of all languages, so that the first question need not wait for it. */
  async getReady(): Promise<void> {
    await this.#ready();
  }

  /** Whether any language can be searched by meaning. */
  get hasMeaning(): boolean {
    const { meaning } = this.#options;
    return this.#languages.some((language) => meaning?.classifierOf(language));
  }

  /** Learns to search by meaning, which takes as long as its embeddings; until then words alone are searched. */
  async learnMeaning(signal: AbortSignal): Promise<void> {
    const { meaning } = this.#options;
    if (!meaning) return;
    const texts = this.#languages.map((language): [string, LabelledText[]] => {
      const own = this.#library.passages.filter((passage) => passage.language === language);
      const pages = this.#library.pages.filter((page) => page.language === language);
      return [language, meaningsOf(examplesOf(pages, own, this.#library.unanswered[language] ?? []), own)];
    });
    await meaning.learn(new Map(texts), signal);
  }

  /** Null when there is no page at all. */
  async search({ text: asked, language, vectors }: SearchedQuestion): Promise<Findings | null> {
    const text = beginningAndEnd(asked);
    const index = await this.#indexFor(text, language);
    if (index === null) return null;
    const plain = index.readSlang(text);
    const { labels: ranked, urgency } = rankStory(index.texts, plain);
    const meaning = vectors ? this.#meaningOf(asked, index.language, vectors) : null;
    const matches = index.passages.search(plain, index.count);
    const named = namedPage(text, index.titles);
    const isNamed = ({ pageId }: FoundPage): boolean => pageId === named;
    const ranking = withMeaning(rankPages(ranked, index, matches), meaning);
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
      meaning,
    };
  }

  /** The mean of what its searched texts mean. */
  #meaningOf(asked: string, language: string, vectors: Vectors): Findings["meaning"] {
    const classifier = this.#options.meaning?.classifierOf(language);
    if (!classifier) return null;
    const meanings = searchedTexts(asked).flatMap((text) => {
      const vector = vectors.get(text);
      return (vector && classifier.rank(vector)) ?? [];
    });
    const [first] = meanings;
    if (!first) return null;
    const meanOf = (label: string | null): number =>
      meanings.reduce((sum, each) => sum + (each.get(label) ?? 0), 0) / meanings.length;
    return new Map([...first.keys()].map((label) => [label, meanOf(label)]));
  }

  /** The index of the person's language, unless the text is plainly of another one of the library. */
  async #indexFor(text: string, language: string): Promise<LanguageIndex | null> {
    const indexes = this.#open();
    const own = await indexes[this.#languages.indexOf(language)];
    const words = wordsOf(text);
    const share = own ? shareOf(own, words) : 0;
    if (own && share >= OWN_LANGUAGE_SHARE) return own; // the others may still be built
    const [best] = (await Promise.all(indexes))
      .map((index) => ({ index, share: shareOf(index, words) }))
      .toSorted((a, b) => b.share - a.share);
    if (!best) return null;
    return own && best.share - share < OTHER_LANGUAGE_LEAD ? own : best.index;
  }

  async #ready(): Promise<void> {
    await Promise.all(this.#open());
  }

  /** Opens the indexes, one language after the other, so that their slices of work do not come together. */
  #open(): readonly Promise<LanguageIndex>[] {
    if (this.#indexes) return this.#indexes;
    let before: Promise<unknown> = Promise.resolve();
    this.#indexes = this.#languages.map((language) => {
      const index = before.then(() => {
        this.#options.signal?.throwIfAborted();
        return indexLanguage(this.#library, language, this.#options);
      });
      before = index;
      index.catch(() => {
        this.#indexes = undefined; // the next question tries again
      });
      return index;
    });
    return this.#indexes;
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
  const slang = library.slang?.[language] ?? new Map();
  const readSlang = createSlangReader(slang);
  const examples = examplesOf(pages, own, library.unanswered[language] ?? []);
  return {
    language,
    byId: new Map(own.map((passage) => [passage.id, passage])),
    firstPassages,
    readSlang,
    texts: await openTexts(examples, { slang, readSlang, language }, options),
    titles: new Map(pages.map(({ id, title }) => [id, new Set(termsOf(title))])),
    passages: createPassageSearch(own, await openPassageIndex(own, language, { ...options, slices })),
    urgent: await openUrgentSigns(language, pages, slang, options),
    count: own.length,
  };
}

/** The index of the examples: the stored one if it was built from the same, else a new one, which is stored. */
async function openTexts(
  examples: readonly Example[],
  { slang, readSlang, language }: { slang: Slang; readSlang: ReadSlang; language: string },
  { files, signal }: SearchOptions,
): Promise<TextIndex> {
  const key = indexKey(examples, slang);
  const stored = await readLearnt(files, language, (file) => decodeIndex(key, file));
  if (stored) return new TextIndex(stored);
  const inOwnWords = examples.map((example) => ({ ...example, text: readSlang(example.text) }));
  const built = await TextIndex.build(inOwnWords, new Slices(SLICE_MS, signal));
  void files?.write(language, encodeIndex(key, built.snapshot), signal);
  return built;
}

/** The share of the words that the language's examples have, 0 to 1. */
function shareOf({ texts }: LanguageIndex, words: readonly string[]): number {
  return words.filter((word) => texts.knows(word)).length / Math.max(1, words.length);
}

interface LanguageIndex {
  language: string;
  byId: ReadonlyMap<string, Passage>;
  firstPassages: ReadonlyMap<string, Passage>;
  readSlang: ReadSlang;
  /** Its labels are page ids, and the passage ids of sections about an emergency. */
  texts: TextIndex;
  /** The terms of each page's title. */
  titles: ReadonlyMap<string, ReadonlySet<string>>;
  passages: PassageSearch;
  urgent: UrgentSigns;
  count: number;
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

/** Ranks pages by what they mean, too. */
function withMeaning(pages: readonly FoundPage[], meaning: Findings["meaning"]): readonly FoundPage[] {
  if (meaning === null) return pages;
  const scoreOf = ({ pageId, score }: FoundPage): number =>
    score + MEANING_WEIGHT * (meaning.get(pageId) ?? 0);
  return pages.toSorted((a, b) => scoreOf(b) - scoreOf(a));
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
