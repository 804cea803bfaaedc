import type { Collection, Db } from "mongodb";

/** How helpful answers have been, from 1 (not at all) to 4 (very). */
export type Rating = 1 | 2 | 3 | 4;

/**
 * What one person thinks of one answer, or of all the answers that one step of a guide led to. `_id` is
 * `answerSeq:telegramUserId`, so rating again changes, never adds.
 */
export interface FeedbackRecord {
  _id: string;
  /** The update the answer was to. */
  answerSeq: number;
  telegramUserId: number;
  thumb?: "up" | "down";
  rating?: Rating;
  comment?: string;
  /** The update that said so last. */
  seq: number;
  at: Date;
}

/** Whose opinion of which answer, and the update that tells it. */
export interface Opinion {
  answerSeq: number;
  telegramUserId: number;
  seq: number;
  at: Date;
}

export interface FeedbackCounts {
  up: number;
  down: number;
  /** How many ratings there are, and their mean; 0 when there are none. */
  ratings: number;
  meanRating: number;
}

/** What people think of answers. */
export interface FeedbackStore {
  /** Sets part of an opinion, in place of what that part was before. */
  change(opinion: Opinion, part: Pick<FeedbackRecord, "thumb" | "rating" | "comment">): Promise<void>;
  find(answerSeq: number, telegramUserId: number): Promise<FeedbackRecord | null>;
  /** How many thumbs one answer got. */
  thumbs(answerSeq: number): Promise<{ up: number; down: number }>;
  /** What was said since, all together. */
  counts(since: Date): Promise<FeedbackCounts>;
}

export function createFeedbackStore(db: Db): FeedbackStore {
  const feedback: Collection<FeedbackRecord> = db.collection("feedback");
  return {
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
  };
}

function idOf(answerSeq: number, telegramUserId: number): string {
  return `${answerSeq}:${telegramUserId}`;
}
