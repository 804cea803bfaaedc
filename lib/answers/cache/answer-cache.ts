import type { Source } from "../answer.ts";

/** An answer kept for others who ask the same. It holds nothing of the question but a hash. */
export interface CachedAnswer {
  /** From `questionKey`. */
  key: string;
  text: string;
  sources: readonly Source[];
  model: string;
}

/** Where such answers are kept; the store's is one. */
export interface AnswerCacheStore {
  /** The answer to a question, if one is kept and `now` is before its end. */
  find(key: string, now: Date): Promise<CachedAnswer | null>;
  /** Keeps an answer, in the name of the person whose question it was written for. */
  save(answer: CachedAnswer & { askedBy: number; expiresAt: Date }): Promise<void>;
}
