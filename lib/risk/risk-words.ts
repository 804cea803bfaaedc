import { fold } from "../text/index.ts";

/** Marks the end of a sentence among the words. */
export const SENTENCE_END = "";

/**
 * The words of a message or a phrase, folded: without case, accents, apostrophes and drawn-out letters, so that `j'ai`,
 * `j ai` and `jai` are one word, and so are `don't` and `dont`. A number is a word of its own: `14yo` is `14` and `yo`.
 */
export function riskWords(text: string): string[] {
  const sentences = fold(text)
    .replace(/[\u2018\u2019\u02bc\u0060\u00b4']/g, "")
    .replace(/([^\p{N}])\1{2,}/gu, "$1")
    .replace(/\b(?:([jlmncdst]|qu) (?=[aeiouyh]\p{L}))/gu, "$1")
    .split(/[.!?;\n…]+/u);
  return sentences.flatMap((sentence, index) => {
    const words = sentence.match(/\d+(?=\p{L})|[\p{L}\p{M}\p{N}]+/gu) ?? [];
    return index > 0 && words.length > 0 ? [SENTENCE_END, ...words] : words;
  });
}
