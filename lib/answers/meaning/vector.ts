import { createHash } from "node:crypto";

/**
 * Components of a vector that are used. Models whose vectors are longer, such as Gemini's and OpenAI's, are trained so that
 * the first ones say the most ("Matryoshka representations"): https://ai.google.dev/gemini-api/docs/embeddings
 */
const MAX_DIMENSIONS = 768;

/** The first components of a vector, with the length 1. */
export function unitVector(vector: Float32Array): Float32Array {
  const unit = vector.slice(0, MAX_DIMENSIONS);
  let squares = 0;
  for (const value of unit) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  for (let at = 0; at < unit.length; at += 1) unit[at] = (unit[at] ?? 0) / length;
  return unit;
}

/** What a text's vector is kept under: nothing can be read from it. */
export function contentHash(text: string): string {
  return createHash("sha256")
    .update(text)
    .digest("hex")
    .slice(0, HASH_BYTES * 2);
}

/** Bytes of a content hash: two texts of a library do not share one by chance. */
export const HASH_BYTES = 16;
