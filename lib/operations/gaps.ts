import type { LibraryContent } from "../content/index.ts";
import type { Clock } from "../core/index.ts";
import type { LibraryUseStore, PageUse, UnansweredQuestion } from "../store/index.ts";
import { isStopWord, wordsOf } from "../text/index.ts";

/** Words that several people used in questions that nothing answered. */
export interface GapGroup {
  language: string;
  /** The words they share, the commonest first; never a whole question. */
  words: string[];
  people: number;
  questions: number;
}

/** What the library did not answer, and what its pages are worth to people. */
export interface Gaps {
  /** How many days it covers. */
  days: number;
  /** The number of questions that nothing answered. */
  unanswered: number;
  groups: GapGroup[];
  /** Pages whose answers people disliked, the most disliked first. */
  disliked: PageUse[];
  /** The ids of the pages that no answer was based on. */
  unread: string[];
}

/** A word that fewer people used could tell who asked. */
export const MIN_PEOPLE = 5;

/** How many words of a group are shown. */
const WORDS_SHOWN = 4;

/** The latest questions are enough to tell what is missing. */
const MAX_QUESTIONS = 5_000;

const DAY_MS = 24 * 60 * 60_000;

/** Reads the gaps of the library over some days. */
export async function readGaps(
  store: LibraryUseStore,
  pages: LibraryContent["pages"],
  { clock, days }: { clock: Clock; days: number },
): Promise<Gaps> {
  const since = new Date(clock.now() - days * DAY_MS);
  const [questions, used] = await Promise.all([store.unanswered(since, MAX_QUESTIONS), store.pages(since)]);
  const titles = new Set(used.map(({ title }) => title));
  return {
    days,
    unanswered: questions.length,
    groups: groupQuestions(questions),
    disliked: used.filter(({ dislikes }) => dislikes > 0).toSorted((a, b) => b.dislikes - a.dislikes),
    unread: pages.filter(({ title }) => !titles.has(title)).map(({ id }) => id),
  };
}

/**
 * Groups questions by the words that at least `MIN_PEOPLE` people used, the commonest first; each question counts in one
 * group, and words of fewer people are never shown.
 */
export function groupQuestions(questions: readonly UnansweredQuestion[]): GapGroup[] {
  const languages = [...new Set(questions.map(({ language }) => language))];
  return languages
    .flatMap((language) => groupsOf(questions.filter((question) => question.language === language)))
    .toSorted((a, b) => b.people - a.people);
}

interface ReadQuestion extends UnansweredQuestion {
  words: ReadonlySet<string>;
}

function groupsOf(questions: readonly UnansweredQuestion[]): GapGroup[] {
  const groups: GapGroup[] = [];
  let left = questions.map((question) => ({ ...question, words: contentWords(question.text) }));
  for (;;) {
    const [commonest] = sharedWords(left);
    if (!commonest) return groups;
    const group = left.filter(({ words }) => words.has(commonest.word));
    groups.push({
      language: group[0]?.language ?? "",
      words: sharedWords(group)
        .slice(0, WORDS_SHOWN)
        .map(({ word }) => word),
      people: commonest.people,
      questions: group.length,
    });
    left = left.filter(({ words }) => !words.has(commonest.word));
  }
}

/** The words that enough people used, the commonest first. */
function sharedWords(questions: readonly ReadQuestion[]): { word: string; people: number }[] {
  const people = new Map<string, Set<number>>();
  for (const { telegramUserId, words } of questions) {
    for (const word of words) {
      const users = people.get(word) ?? new Set();
      people.set(word, users.add(telegramUserId));
    }
  }
  return [...people]
    .filter(([, users]) => users.size >= MIN_PEOPLE)
    .map(([word, users]) => ({ word, people: users.size }))
    .toSorted((a, b) => b.people - a.people || a.word.localeCompare(b.word));
}

/** The words that carry a topic; numbers, which may be of a telephone, do not. */
function contentWords(text: string): ReadonlySet<string> {
  return new Set(
    wordsOf(text).filter((word) => word.length > 1 && !isStopWord(word) && !/\p{N}/u.test(word)),
  );
}
