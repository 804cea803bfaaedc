import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";

/** How helpful answers have been, from 1 (not at all) to 4 (very). */
export type Rating = 1 | 2 | 3 | 4;

/**
 * One person's opinion of one answer, or of all the answers that one step of a flow led to. `_id` is
 * `answerSeq:telegramUserId`, so rating again replaces the first rating.
 */
export interface FeedbackRecord {
  _id: string;
  /** The update that was answered. */
  answerSeq: number;
  telegramUserId: number;
  thumb?: "up" | "down";
  rating?: Rating;
  comment?: string;
  /** The latest update that changed it. */
  seq: number;
  at: Date;
}

/** Identifies an opinion, and the update that expresses it. */
export type Opinion = Pick<FeedbackRecord, "answerSeq" | "telegramUserId" | "seq" | "at">;

export interface FeedbackCounts {
  up: number;
  down: number;
  /** The number of ratings and their mean; 0 when there are none. */
  ratings: number;
  meanRating: number;
}

/** Opinions of answers. */
export interface FeedbackStore {
  /** Sets part of an opinion, replacing that part. */
  change(opinion: Opinion, part: Pick<FeedbackRecord, "thumb" | "rating" | "comment">): Promise<void>;
  find(answerSeq: number, telegramUserId: number): Promise<FeedbackRecord | null>;
  /** The thumbs of one answer. */
  thumbs(answerSeq: number): Promise<{ up: number; down: number }>;
  /** The sums over all opinions since a time. */
  counts(since: Date): Promise<FeedbackCounts>;
}

export function createFeedbackStore(db: Db): FeedbackStore {
  const feedback: Collection<FeedbackRecord> = db.collection("feedback");
  return monitored("feedback", {
    async change({ answerSeq, telegramUserId, seq, at }, part) {
      await feedback.updateOne(
        { _id: idOf(answerSeq, telegramUserId) },
        { $set: { ...part, seq, at }, $setOnInsert: { answerSeq, telegramUserId } },
        { upsert: true },
      );
    },
    find: (answerSeq, telegramUserId) => feedback.findOne({ _id: idOf(answerSeq, telegramUserId) }),
    async thumbs(answerSeq) {
      const given = await feedback
        .find({ _id: { $gte: `${answerSeq}:`, $lt: `${answerSeq};` } }) // ";" comes right after ":"
        .toArray();
      const count = (wanted: "up" | "down"): number => given.filter(({ thumb }) => thumb === wanted).length;
      return { up: count("up"), down: count("down") };
    },
    async counts(since) {
      const [thumbs, ratings] = await Promise.all([
        feedback
          .aggregate<{ _id: "up" | "down"; count: number }>([
            { $match: { at: { $gte: since }, thumb: { $exists: true } } },
            { $group: { _id: "$thumb", count: { $sum: 1 } } },
          ])
          .toArray(),
        feedback
          .aggregate<{ count: number; mean: number }>([
            { $match: { at: { $gte: since }, rating: { $exists: true } } },
            { $group: { _id: null, count: { $sum: 1 }, mean: { $avg: "$rating" } } },
          ])
          .toArray(),
      ]);
      const count = (thumb: "up" | "down"): number => thumbs.find(({ _id }) => _id === thumb)?.count ?? 0;
      return {
        up: count("up"),
        down: count("down"),
        ratings: ratings[0]?.count ?? 0,
        meanRating: ratings[0]?.mean ?? 0,
      };
    },
  });
}

function idOf(answerSeq: number, telegramUserId: number): string {
  return `${answerSeq}:${telegramUserId}`;
}
