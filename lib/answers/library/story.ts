import { wordsOf } from "../../text/index.ts";
import type { Ranked, Ranking, TextIndex } from "./text-index.ts";

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

/** A story is read in parts of about a sentence; these many words, or a few more. */
const SHORTEST_PART = 6;
const LONGEST_PART = 20;

/** Of a longer story the first and the last parts are read: each costs time. */
const MAX_PARTS = 16;

/** The other parts of a story are about something else, and would hide what it is about. */
const TELLING_PARTS = 2;

/** A story is as near to a page as the whole of it and those two of its parts that are nearest to the page, on average. */
export function rankStory(index: TextIndex, text: string): Ranking {
  const whole = index.rank(text);
  if (wordsOf(text).length <= STORY_WORDS) return whole;
  const parts = partsOf(text).map(
    (words) => new Map(index.rank(words.join(" ")).labels.map((ranked) => [ranked.label, ranked])),
  );
  const labels = whole.labels.map((ranked) => {
    const inParts = parts.flatMap((part) => part.get(ranked.label) ?? []);
    return inParts.length === 0 ? ranked : withParts(ranked, inParts);
  });
  return { urgency: whole.urgency, labels: labels.toSorted((a, b) => b.score - a.score) };
}

function withParts(whole: Ranked, parts: readonly Ranked[]): Ranked {
  const telling = parts.toSorted((a, b) => b.score - a.score).slice(0, TELLING_PARTS);
  const withWhole = (read: (ranked: Ranked) => number): number => (read(whole) + mean(telling.map(read))) / 2;
  return {
    label: whole.label,
    score: withWhole(({ score }) => score),
    likelihood: withWhole(({ likelihood }) => likelihood),
    nearest: Math.max(whole.nearest, ...parts.map(({ nearest }) => nearest)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The words of a story, clause by clause: short clauses together, long ones cut. */
function partsOf(text: string): string[][] {
  const parts: string[][] = [];
  let part: string[] = [];
  for (const clause of text.split(CLAUSE_END)) {
    part.push(...wordsOf(clause));
    if (part.length < SHORTEST_PART) continue;
    parts.push(...cut(part));
    part = [];
  }
  if (part.length > 0) parts.push(part);
  return parts.length <= MAX_PARTS
    ? parts
    : [...parts.slice(0, MAX_PARTS / 2), ...parts.slice(-MAX_PARTS / 2)];
}

const CLAUSE_END = /[.!?…;:,\n。！？；：，、؟؛،]+/u;

/** Equal pieces of at most `LONGEST_PART` words. */
function cut(words: readonly string[]): string[][] {
  const count = Math.ceil(words.length / LONGEST_PART);
  const size = Math.ceil(words.length / count);
  return Array.from({ length: count }, (_, piece) => words.slice(piece * size, (piece + 1) * size));
}

/** The last sentence with a question mark, or else the last one. */
function askingSentence(text: string): string | null {
  const sentences = text.match(/[^.!?…。？！؟]+[.!?…。？！؟]*/gu) ?? [];
  const asking = sentences.findLast((sentence) => /[?？؟]/.test(sentence)) ?? sentences.at(-1);
  return asking !== undefined && wordsOf(asking).length >= 3 ? asking.trim() : null;
}
