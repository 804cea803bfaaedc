import type { Db } from "mongodb";
import type { SessionRecord } from "./records.ts";

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

/** How exactly it is known when somebody was last active in a session. */
const ACTIVE_WITHIN_MS = 24 * 60 * 60_000;

export function createRetentionStore(db: Db): RetentionStore {
  const sessions = db.collection<SessionRecord>("sessions");

  /** Conversations that are still open keep nothing of what was said or answered in them too long ago. */
  async function sweepOpenSessions(before: Date): Promise<number> {
    await sessions.updateMany({ "summary.since": { $lt: before } }, { $unset: { summary: "" } });
    await sessions.updateMany({ "flow.at": { $lt: before } }, { $unset: { flow: "", saved: "" } });
    const left = new Date(before.getTime() - ACTIVE_WITHIN_MS);
    const { deletedCount } = await sessions.deleteMany({
      isActive: true,
      startedAt: { $lt: before },
      $or: [{ lastAt: { $lt: left } }, { lastAt: { $exists: false } }],
    });
    return deletedCount;
  }

  return {
    async sweep({ messages, media, feedback, foreign }, botId) {
      const open = await sweepOpenSessions(messages);
      const swept = [
        await db.collection("messages").deleteMany({ at: { $lt: messages } }),
        await sessions.deleteMany({ isActive: false, endedAt: { $lt: messages } }),
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
      return swept.reduce((sum, { deletedCount }) => sum + deletedCount, open);
    },
  };
}
