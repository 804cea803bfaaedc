/** Right-to-left scripts of living languages. */
const RIGHT_TO_LEFT = ["Adlm", "Arab", "Aran", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"];

/** Letters of those scripts. */
const RIGHT_TO_LEFT_LETTER =
  /[\p{Script=Adlam}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Nko}\p{Script=Syriac}\p{Script=Thaana}]/u;
const LETTER = /\p{L}/gu;

/** Unicode's FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: text between them gets its own direction. */
const ISOLATE = "\u2068";
const END_ISOLATE = "\u2069";

/** Whether a language is written from right to left. */
export function isRightToLeft(language: string): boolean {
  return RIGHT_TO_LEFT.includes(new Intl.Locale(language).maximize().script ?? "");
}

/**
 * Isolates a value whose direction differs from its sentence's, so that a Latin title does not reorder an Arabic
 * sentence. Other values are returned unchanged.
 */
export function isolate(value: string, isSentenceRightToLeft: boolean): string {
  const letters = value.match(LETTER) ?? [];
  const isForeign = letters.some((letter) => RIGHT_TO_LEFT_LETTER.test(letter) !== isSentenceRightToLeft);
  return isForeign ? `${ISOLATE}${value}${END_ISOLATE}` : value;
}
