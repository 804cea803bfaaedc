import type { Db, Document, Filter } from "mongodb";
import type { SessionRecord } from "../records.ts";

/** Documents older than these times are deleted. */
export interface RetentionLimits {
  messages: Date;
  media: Date;
  feedback: Date;
  /** Settled sends, except those that an unfinished repetition would find there. */
  settled: Date;
  /** Unfinished updates and sends of another bot, which would otherwise be kept for ever. */
  foreign: Date;
}

/** Deletes what is too old to be kept. */
export interface RetentionStore {
  /** @returns the number of deleted documents */
  sweep(limits: RetentionLimits, botId: number): Promise<number>;
}

/**
 * The seq from which sends are needed: whatever causes some, and is not finished, may be repeated, and must find those it
 * has made already. Infinity when all is finished.
 */
async function oldestUnfinished(db: Db): Promise<number> {
  const first = async (name: string, filter: Filter<Document>, seq: string): Promise<number> => {
    const [found] = await db
      .collection(name)
      .find(filter)
      .sort({ [seq]: 1 })
      .limit(1)
      .toArray();
    return Number(found?.[seq] ?? Number.POSITIVE_INFINITY);
  };
  return Math.min(
    await first("updates", { state: { $in: ["received", "processing"] } }, "seq"),
    await first("broadcasts", { state: "sending" }, "sendSeq"),
    await first("broadcasts", { isEndTold: false }, "endSeq"),
    await first("handovers", { isEndTold: false }, "endSeq"),
  );
}

/** Documents deleted in one command. */
const BATCH = 100;

/** The precision of a session's `lastAt`. */
const ACTIVE_WITHIN_MS = 24 * 60 * 60_000;

export function createRetentionStore(db: Db): RetentionStore {
  const sessions = db.collection<SessionRecord>("sessions");

  /** Removes old summaries and flow answers from open sessions, and deletes sessions nobody has used since. */
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
    async sweep({ messages, media, feedback, settled, foreign }, botId) {
      const open = await sweepOpenSessions(messages);
      const swept = [
        await deleteAll(db, "messages", { at: { $lt: messages } }),
        await deleteAll(db, "sessions", { isActive: false, endedAt: { $lt: messages } }),
        await deleteAll(db, "media_files", { at: { $lt: media } }),
        await deleteAll(db, "feedback", { at: { $lt: feedback } }),
        await deleteAll(db, "outbox", {
          settledAt: { $lt: settled },
          seq: { $lt: await oldestUnfinished(db) },
        }),
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

/** Deletes matching documents in batches, so that other commands run in between. @returns the number of deleted documents */
async function deleteAll(db: Db, name: string, filter: Filter<Document>): Promise<number> {
  const collection = db.collection(name);
  for (let deleted = 0; ; ) {
    const found = await collection.find(filter, { projection: { _id: 1 }, limit: BATCH }).toArray();
    const ids = found.map(({ _id }) => _id);
    deleted += (await collection.deleteMany({ ...filter, _id: { $in: ids } })).deletedCount;
    if (found.length < BATCH) return deleted;
  }
}
