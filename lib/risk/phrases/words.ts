import { fold } from "../../text/index.ts";

/** Marks the end of a sentence among the words. */
export const SENTENCE_END = "";

/**
 * The words of a message or a phrase, folded: without case, accents, apostrophes and drawn-out letters, so that `don't`
 * and `dont` are one word. A number is a word of its own: `14yo` is `14` and `yo`. Only the apostrophe of an elided word
 * is kept, `j'ai` and `l'eau`, also where a space was written for it.
 */
export function riskWords(text: string): string[] {
  const sentences = fold(text)
    .replace(/(?<=\d)\.(?=\d)/g, ",")
    .replace(/[\u2018\u2019\u02bc\u0060\u00b4]/g, "'")
    .replace(/([^\p{N}])\1{2,}/gu, "$1")
    .replace(/(?<![\p{L}\p{N}'])([jlmncdst]|(?:jus|lors|puis)?qu)[' ](?=[aeiouyh]\p{L})/gu, "$1#")
    .replaceAll("'", "")
    .replaceAll("#", "'")
    .split(/[.!?;\n…]+/u);
  return sentences.flatMap((sentence, index) => {
    const words = sentence.match(/\d+(?=\p{L})|[\p{L}\p{M}\p{N}']+/gu) ?? [];
    return index > 0 && words.length > 0 ? [SENTENCE_END, ...words] : words;
  });
}

/** A word as it is written without the apostrophe of an elision: `jai` for `j'ai`. */
export function joined(word: string): string {
  return word.replaceAll("'", "");
}

/** The word that an article or pronoun was elided before: `eau` of `l'eau`. Null where there is none. */
export function afterElision(word: string): string | null {
  const end = word.indexOf("'");
  return end < 0 ? null : word.slice(end + 1);
}

/** What may be the same where the apostrophe was left out: `alcool` of `lalcool`. For words that are not known. */
export function perhapsAfterElision(word: string): string | null {
  return /^(?:[jlmndt]|qu)(?<rest>[aeiouy]\p{L}{3,})$/u.exec(word)?.groups?.rest ?? null;
}
