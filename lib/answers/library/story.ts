import { wordsOf } from "../../text/index.ts";
import type { Ranking, TextIndex } from "./text-index.ts";

/** A text with more words than this is a story, read by its sentences, too. */
const STORY_WORDS = 25;

/** How much of a text is read, in UTF-16 units: the bot does nothing else meanwhile. */
const MAX_TEXT = 4_000;

/** Questions are asked at the beginning of a text or at its end. */
export function beginningAndEnd(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT / 2)} ${text.slice(-MAX_TEXT / 2)}`;
}

/** The texts by which a question is searched: the whole of it, and of a story the sentence that asks. */
export function searchedTexts(asked: string): string[] {
  const text = beginningAndEnd(asked);
  const sentence = wordsOf(text).length > STORY_WORDS ? askingSentence(text) : null;
  return sentence === null ? [text] : [text, sentence];
}

/** A story is as near to a page as the whole of it and the sentence that asks are on average. */
export function rankStory(index: TextIndex, text: string): Ranking {
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
