/** Scripts written from right to left, of the languages spoken today. */
const RIGHT_TO_LEFT = ["Adlm", "Arab", "Aran", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"];

/** Letters of those scripts. */
const RIGHT_TO_LEFT_LETTER =
  /[\p{Script=Adlam}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Nko}\p{Script=Syriac}\p{Script=Thaana}]/u;
const LETTER = /\p{L}/gu;

/** First strong isolate, and its end: what stands between takes its direction from its own first letter. */
const ISOLATE = "\u2068";
const END_ISOLATE = "\u2069";

/** Whether a language is written from right to left. */
export function isRightToLeft(language: string): boolean {
  return RIGHT_TO_LEFT.includes(new Intl.Locale(language).maximize().script ?? "");
}

/**
 * Sets a value apart in a sentence of the other direction, so that a title in Latin letters does not turn the order of
 * an Arabic sentence around. Others are left as they are.
 */
export function isolate(value: string, isSentenceRightToLeft: boolean): string {
  const letters = value.match(LETTER) ?? [];
  const isForeign = letters.some((letter) => RIGHT_TO_LEFT_LETTER.test(letter) !== isSentenceRightToLeft);
  return isForeign ? `${ISOLATE}${value}${END_ISOLATE}` : value;
}
