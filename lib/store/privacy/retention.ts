import type { Db, Document, Filter } from "mongodb";
import type { SessionRecord } from "../records.ts";

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

/** So many documents go at once. */
const AT_ONCE = 100;

/** How exactly it is known when somebody was last active in a session. */
const ACTIVE_WITHIN_MS = 24 * 60 * 60_000;

export function createRetentionStore(db: Db): RetentionStore {
  const sessions = db.collection<SessionRecord>("sessions");

  /** Conversations that are still open keep nothing of what was said or answered in them too long ago. */
  async function sweepOpenSessions(before: Date): Promise<number> {
    await sessions.updateMany({ "summary.since": { $lt: before } }, { $unset: { summary: "" } });
    await sessions.updateMany({ "flow.at": { $lt: before } }, { $unset: { flow: "", saved: "" } });
    const left = new Date(before.getTime() - ACTIVE_WITHIN_MS);
    return deleteAll(db, "sessions", {
      isActive: true,
      startedAt: { $lt: before },
      $or: [{ lastAt: { $lt: left } }, { lastAt: { $exists: false } }],
    });
  }

  return {
    async sweep({ messages, media, feedback, foreign }, botId) {
      const open = await sweepOpenSessions(messages);
      const swept = [
        await deleteAll(db, "messages", { at: { $lt: messages } }),
        await deleteAll(db, "sessions", { isActive: false, endedAt: { $lt: messages } }),
        await deleteAll(db, "media_files", { at: { $lt: media } }),
        await deleteAll(db, "feedback", { at: { $lt: feedback } }),
        await deleteAll(db, "updates", {
          state: { $in: ["received", "processing"] },
          botId: { $ne: botId },
          receivedAt: { $lt: foreign },
        }),
        await deleteAll(db, "outbox", {
          state: { $in: ["pending", "sending", "unknown"] },
          botId: { $ne: botId },
          createdAt: { $lt: foreign },
        }),
      ];
      return swept.reduce((sum, deleted) => sum + deleted, open);
    },
  };
}

/** Deletes what a filter finds, some at a time, so that others have their turn; answers how many documents that were. */
async function deleteAll(db: Db, name: string, filter: Filter<Document>): Promise<number> {
  const collection = db.collection(name);
  for (let deleted = 0; ; ) {
    const found = await collection.find(filter, { projection: { _id: 1 }, limit: AT_ONCE }).toArray();
    const ids = found.map(({ _id }) => _id);
    deleted += (await collection.deleteMany({ ...filter, _id: { $in: ids } })).deletedCount;
    if (found.length < AT_ONCE) return deleted;
  }
}
