import type { Db } from "mongodb";

/** What is older than these goes. */
export interface RetentionLimits {
  messages: Date;
  media: Date;
  feedback: Date;
  /** Updates and sends of a bot that is no longer this one's, which would wait for it for ever. */
  foreign: Date;
}

/** Takes out what is too old to be kept. */
export interface RetentionStore {
  /** @returns how many documents went */
  sweep(limits: RetentionLimits, botId: number): Promise<number>;
}

export function createRetentionStore(db: Db): RetentionStore {
  return {
    async sweep({ messages, media, feedback, foreign }, botId) {
      const swept = [
        await db.collection("messages").deleteMany({ at: { $lt: messages } }),
        await db.collection("sessions").deleteMany({ isActive: false, endedAt: { $lt: messages } }),
        await db.collection("media_files").deleteMany({ at: { $lt: media } }),
        await db.collection("feedback").deleteMany({ at: { $lt: feedback } }),
        await db.collection("updates").deleteMany({
          state: { $in: ["received", "processing"] },
          botId: { $ne: botId },
          receivedAt: { $lt: foreign },
        }),
        await db.collection("outbox").deleteMany({
          state: { $in: ["pending", "sending", "unknown"] },
          botId: { $ne: botId },
          createdAt: { $lt: foreign },
        }),
      ];
      return swept.reduce((sum, { deletedCount }) => sum + deletedCount, 0);
    },
  };
}
