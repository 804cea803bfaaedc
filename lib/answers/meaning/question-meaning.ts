import type { Embedder } from "./embedder.ts";
import type { Vectors } from "./vector-folder.ts";

/** The vectors of a question's texts. However often it is searched for, one call is made. */
export interface QuestionMeaning {
  /** By text; null when there are none: it is searched by its words alone. */
  of(texts: readonly string[]): Promise<Vectors | null>;
}

/** @param signal the question's: nothing is asked for once it has aborted */
export function createQuestionMeaning(embedder: Embedder, signal: AbortSignal): QuestionMeaning {
  let asked: Promise<Vectors | null> | undefined;
  const ask = async (texts: readonly string[]): Promise<Vectors | null> => {
    const distinct = [...new Set(texts)].filter((text) => text.trim() !== "");
    if (distinct.length === 0) return null;
    const vectors = await embedder.ofQuestion(distinct, signal);
    return vectors && new Map(vectors.map((vector, index) => [distinct[index] ?? "", vector]));
  };
  return {
    of(texts) {
      asked ??= ask(texts);
      return asked;
    },
  };
}
