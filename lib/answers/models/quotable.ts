import type { Prompt } from "../generation/prompt.ts";

/** Longest sentence of a provider that is shown (UTF-16 units). */
const MAX_LENGTH = 300;

/** A provider's sentence on one line, not too long. */
export function oneLine(sentence: string): string {
  return sentence.replaceAll(/\s+/g, " ").trim().slice(0, MAX_LENGTH);
}

/** So many words of a person in a row make a quotation. */
const QUOTED_WORDS = 3;

/**
 * A provider's sentence for operators and the log, which may hold nothing that people wrote; undefined when it repeats
 * some of it. Keys that look like keys are removed; those of the settings the logger removes.
 */
export function quotableSentence(sentence: string | undefined, { turns }: Prompt): string | undefined {
  if (sentence === undefined || sentence.trim() === "") return undefined;
  const said = ` ${wordsOf(sentence).join(" ")} `;
  const isQuoting = turns
    .flatMap(({ parts }) => parts.map(({ text }) => wordsOf(text)))
    .some((words) => runsOf(words).some((run) => said.includes(` ${run} `)));
  return isQuoting ? undefined : oneLine(sentence.replaceAll(KEY, "[secret]"));
}

/** Keys of Google, OpenAI and others, as sentences about them repeat them. */
const KEY = /\b(?:AIza[\w-]{10,}|sk-[\w*-]{6,}|[A-Za-z0-9_-]{32,})/g;

function runsOf(words: readonly string[]): string[] {
  if (words.length < QUOTED_WORDS) return words.length === 0 ? [] : [words.join(" ")];
  return words.slice(QUOTED_WORDS - 1).map((_word, end) => words.slice(end, end + QUOTED_WORDS).join(" "));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
