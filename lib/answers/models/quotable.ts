/** Longest sentence of a provider that is shown (UTF-16 units). */
const MAX_LENGTH = 300;

/** A provider's sentence on one line, not too long. */
export function oneLine(sentence: string): string {
  return sentence.replaceAll(/\s+/g, " ").trim().slice(0, MAX_LENGTH);
}
