import type { Collection, Db } from "mongodb";

/** An answer kept for others who ask the same. `_id` is a hash, from which the question cannot be read. */
export interface CachedAnswerRecord {
  _id: string;
  text: string;
  sources: readonly { pageId: string; title: string; language: string }[];
  model: string;
  /** The Telegram user id of the person it was written for; it is erased with their data. */
  askedBy: number;
  expiresAt: Date;
}

/** An answer as those who ask for it see it. */
export type CachedAnswer = Pick<CachedAnswerRecord, "text" | "sources" | "model"> & { key: string };

/** Answers to common questions, until they expire. */
export interface AnswerCacheStore {
  find(key: string, now: Date): Promise<CachedAnswer | null>;
  /** Keeps an answer in the place of the one there was. */
  save(answer: CachedAnswer & Pick<CachedAnswerRecord, "askedBy" | "expiresAt">): Promise<void>;
}

export function createAnswerCacheStore(db: Db): AnswerCacheStore {
  const answers: Collection<CachedAnswerRecord> = db.collection("answer_cache");
  return {
    async find(key, now) {
      // MongoDB removes what has expired about once a minute.
      const kept = await answers.findOne({ _id: key, expiresAt: { $gt: now } });
      return kept && { key, text: kept.text, sources: kept.sources, model: kept.model };
    },
    async save({ key, ...answer }) {
      await answers.updateOne({ _id: key }, { $set: answer }, { upsert: true });
    },
  };
}
