import { ModelError, malformedResponse } from "./model-error.ts";

/** A provider was asked for embeddings without a model for them. */
export function cannotEmbed(provider: string): ModelError {
  return new ModelError(`${provider} has no model for embeddings`, {
    code: "MODEL_CANNOT_EMBED",
    why: "model-failed",
    wasAsked: false,
  });
}

/** @throws ModelError unless there is one vector for each text and all have the same length */
export function checkedVectors(vectors: readonly (readonly number[])[], count: number): Float32Array[] {
  const length = vectors[0]?.length;
  if (vectors.length !== count || vectors.some((vector) => vector.length !== length))
    throw malformedResponse();
  return vectors.map((vector) => Float32Array.from(vector));
}
