import { createHash } from "node:crypto";

const DIMENSIONS = 64;

/** A vector by the words of a text, the same for the same words: texts that share words are near each other. */
export function vectorOf(text: string): number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const hash = createHash("sha256").update(word).digest();
    const place = (hash[0] ?? 0) % DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + ((hash[1] ?? 0) % 2 === 0 ? 1 : -1);
  }
  return vector;
}
