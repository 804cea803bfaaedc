/**
 * Estimates the tokens of a text, rather too many than too few: one for four characters of Latin script or two of
 * another alphabet (Cyrillic, Arabic, Devanagari …), one or more for each Chinese, Japanese or Korean sign or emoji.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  for (const character of text) quarters += quartersOf(character.codePointAt(0) ?? 0);
  return Math.ceil(quarters / 4);
}

/** Cuts a text to at most `maxTokens`, with an ellipsis where something was cut off. */
export function cutToTokens(text: string, maxTokens: number): string {
  let quarters = 4; // room for the ellipsis
  let length = 0;
  for (const character of text) {
    quarters += quartersOf(character.codePointAt(0) ?? 0);
    if (quarters > maxTokens * 4)
      return estimateTokens(text) <= maxTokens ? text : `${text.slice(0, length)}…`;
    length += character.length;
  }
  return text;
}

/** Quarters of a token. */
function quartersOf(codePoint: number): number {
  if (codePoint < 0x250) return 1;
  if (codePoint < 0x1100) return 2;
  return codePoint < 0x1_0000 ? 4 : 8;
}
