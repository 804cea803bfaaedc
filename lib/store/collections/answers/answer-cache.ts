import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";

/** An answer kept for others who ask the same. `_id` is a hash, from which the question cannot be read. */
export interface CachedAnswerRecord {
  _id: string;
  text: string;
  sources: readonly { pageId: string; title: string; language: string }[];
  model: string;
  /** The Telegram user id of the person it was written for; it is erased with their data. */
  askedBy: number;
  expiresAt: Date;
  /** Somebody found it wrong: it is given to nobody, and kept so that the same text is not stored again. */
  isRejected?: boolean;
}

/** A cached answer without its `_id` and its owner. */
export type CachedAnswer = Pick<CachedAnswerRecord, "text" | "sources" | "model"> & { key: string };

/** Answers to common questions, until they expire. */
export interface AnswerCacheStore {
  /** The answer under a key, unless it has expired. */
  find(key: string, now: Date): Promise<CachedAnswer | null>;
  /** Saves an answer, replacing an earlier one; not one with a text that was rejected under this key. */
  save(answer: CachedAnswer & Pick<CachedAnswerRecord, "askedBy" | "expiresAt">): Promise<void>;
  /** Gives an answer to nobody any more, whatever it was asked with, at least until `until`. */
  reject(text: string, until: Date): Promise<void>;
}

export function createAnswerCacheStore(db: Db): AnswerCacheStore {
  const answers: Collection<CachedAnswerRecord> = db.collection("answer_cache");
  return monitored("answer_cache", {
    async find(key, now) {
      // MongoDB deletes expired documents only about once a minute.
      const kept = await answers.findOne({ _id: key, expiresAt: { $gt: now }, isRejected: { $ne: true } });
      return kept && { key, text: kept.text, sources: kept.sources, model: kept.model };
    },
    async save({ key, ...answer }) {
      const rejected = await answers.findOne({ _id: key, isRejected: true });
      if (rejected?.text === answer.text) return;
      await answers.updateOne({ _id: key }, { $set: { ...answer, isRejected: false } }, { upsert: true });
    },

    async reject(text, until) {
      await answers.updateMany({ text }, { $set: { isRejected: true, expiresAt: until } });
    },
  });
}
