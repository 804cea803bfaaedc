import type { Collection, Db, Document } from "mongodb";
import type { Pseudonym } from "../../core/index.ts";
import { performanceMonitor } from "../../performance/index.ts";
import { banId, bansOf } from "../collections/people/bans.ts";
import { monitored } from "../monitored.ts";
import type { PersonRecord, SessionRecord } from "../records.ts";
import type { ErasureRecord } from "./erasures.ts";
import { documentsOf, privateChat } from "./owners.ts";

/** The person whose data is erased, and the last update it is erased of. */
export interface DataSubject {
  telegramUserId: number;
  seq: number;
}

/** Reads and erases what is stored about a person. */
export interface PersonalDataStore {
  /** Every document that belongs to the person, by collection; see `OWNERS`. */
  collect(telegramUserId: number): Promise<Record<string, Document[]>>;
  /** Erases a marked person's profile and everything of updates up to `seq`, except what unsettled ones of them still need. */
  erase(subject: DataSubject): Promise<void>;
  /** Whether every update up to `seq` is settled. */
  isSettled(seq: number, botId: number): Promise<boolean>;
  /**
   * Erases what `erase` left and what was written late, but not a new profile.
   * @returns whether nothing is left
   */
  eraseRest(subject: DataSubject, botId: number): Promise<boolean>;
  /** Makes what was deleted before unreadable on the disk, where the database is ours; a server decides that itself. */
  purge(): Promise<void>;
}

/** The personal data in one collection. */
interface Holding {
  collection: string;
  /** Erases the person from documents of updates up to `seq`; may be repeated. */
  erase(collection: Collection, subject: DataSubject, db: Db): Promise<void>;
}

const SETTLED_UPDATE = ["done", "dead"];
const OPEN_UPDATE = ["received", "processing"];
const SETTLED_SEND = ["sent", "failed"];
const OPEN_SEND = ["pending", "sending", "unknown"];

/** All personal data. A test fails when a collection is neither here nor in the lists below. */
export const HOLDINGS: readonly Holding[] = [
  {
    collection: "sessions",
    // A group's session belongs to others too: it is kept without its summary, which may contain their words.
    async erase(sessions, { telegramUserId, seq }, db) {
      await sessions.deleteMany({ $or: privateChat(telegramUserId), startedSeq: { $lte: seq } });
      await noteSharedSessions({ telegramUserId, seq }, db);
      await dropSummaries(telegramUserId, db);
      await sessions.updateMany(
        { telegramUserId, startedSeq: { $lte: seq } },
        { $set: { telegramUserId: NOBODY }, $unset: { summary: "" } },
      );
    },
  },
  {
    collection: "messages",
    async erase(messages, { telegramUserId, seq }, db) {
      await messages.deleteMany({ telegramUserId, seq: { $lte: seq } });
      await dropSummaries(telegramUserId, db); // one may have been begun since, from words that were still there
    },
  },
  {
    collection: "feedback",
    async erase(feedback, { telegramUserId, seq }) {
      await feedback.deleteMany({ telegramUserId, seq: { $lte: seq } });
    },
  },
  {
    collection: "answer_cache",
    async erase(answers, { telegramUserId }) {
      await answers.deleteMany({ askedBy: telegramUserId });
    },
  },
  {
    collection: "handovers",
    async erase(handovers, { telegramUserId, seq }) {
      await handovers.deleteMany({ telegramUserId, _id: { $lte: seq } as never });
    },
  },
  {
    collection: "danger_reports",
    async erase(reports, { telegramUserId, seq }) {
      await reports.deleteMany({ telegramUserId, _id: { $lte: seq } as never });
    },
  },
  {
    collection: "broadcasts",
    async erase(broadcasts, { telegramUserId, seq }) {
      await broadcasts.deleteMany({ operatorId: telegramUserId, _id: { $lte: seq } as never });
      await broadcasts.updateMany({ cursor: telegramUserId }, { $inc: { cursor: -1 } });
    },
  },
  {
    collection: "barrings",
    // Identifies nobody, and erasing must not lift a ban.
    erase: async () => {},
  },
  {
    collection: "updates",
    async erase(updates, { telegramUserId, seq }) {
      // The ids are kept, so that Telegram cannot deliver one of them again.
      const settled = { state: { $in: SETTLED_UPDATE }, seq: { $lte: seq } };
      await updates.updateMany(
        { ...settled, $or: privateChat(telegramUserId) },
        { $set: { chatKey: "erased" } },
      );
    },
  },
  {
    collection: "outbox",
    async erase(outbox, { telegramUserId, seq }) {
      const settled = { state: { $in: SETTLED_SEND }, seq: { $lte: seq } };
      await outbox.deleteMany({ ...settled, $or: privateChat(telegramUserId) });
    },
  },
  {
    collection: "chat_homes",
    async erase(homes, { telegramUserId }) {
      await homes.deleteMany({ $or: privateChat(telegramUserId, "_id") });
    },
  },
];

/** Notes on the mark which sessions hold words of the person: once these are erased, nothing else tells. */
async function noteSharedSessions({ telegramUserId, seq }: DataSubject, db: Db): Promise<void> {
  const said = await db
    .collection("messages")
    .find({ telegramUserId, seq: { $lte: seq } }, { projection: { sessionId: 1 } })
    .toArray();
  const shared = [...new Set(said.map(({ sessionId }) => String(sessionId)))];
  await marksOf(db).updateOne({ _id: telegramUserId }, { $addToSet: { sessions: { $each: shared } } });
}

/** Removes the summaries of the sessions on the mark, and bars those that are being written. */
async function dropSummaries(telegramUserId: number, db: Db): Promise<void> {
  const mark = await marksOf(db).findOne({ _id: telegramUserId });
  const shared = { _id: { $in: [...(mark?.sessions ?? [])] } };
  await db
    .collection<SessionRecord>("sessions")
    .updateMany(shared, { $unset: { summary: "" }, $inc: { erasures: 1 } });
}

function marksOf(db: Db): Collection<ErasureRecord> {
  return db.collection(TOMBSTONES);
}

/** Replaces the user id of an erased person. */
const NOBODY = 0;

/** Erased first and by itself: by the time the rest is erased, the person may have a new profile. */
const PROFILE = "people";

/** Collections without any personal data. */
export const IMPERSONAL: readonly string[] = [
  "chat_moves",
  "counters",
  "installation",
  "instances",
  "leases",
  "media_files",
  "migrations",
  "performance",
  "performance_days",
  "performance_hours",
  "usage",
];

/** Where people are known by a pseudonym: erased with them, but nothing in it is said of them that `/mydata` could show. */
export const PSEUDONYMOUS = "traces";

/** The marks of erasures, which are kept for a while. */
export const TOMBSTONES = "erasures";

/** Every collection that may hold personal data. */
export const PERSONAL: readonly string[] = [PROFILE, ...HOLDINGS.map(({ collection }) => collection)];

export interface PersonalDataOptions {
  pseudonym: Pseudonym;
  /** Rewrites the database's file without what was deleted. */
  rewrite?: (() => Promise<void>) | undefined;
}

export function createPersonalDataStore(
  db: Db,
  { pseudonym, rewrite }: PersonalDataOptions,
): PersonalDataStore {
  /** Kept until the updates are settled: their own records and what they are about to send. */
  const neededByUpdates: readonly string[] = ["updates", "outbox"];

  async function eraseHoldings(subject: DataSubject, holdings: readonly Holding[]): Promise<void> {
    // In order: the shared sessions are found through the messages, which are erased after them.
    for (const { collection, erase } of holdings) await erase(db.collection(collection), subject, db);
  }

  /** Erases the traces of the person's private chat, those that are only in memory too. */
  async function eraseTraces(telegramUserId: number): Promise<void> {
    const chats = [`chat:${telegramUserId}`, `user:${telegramUserId}`].map(pseudonym);
    for (const chat of chats) performanceMonitor.forgetTraces("chat", chat);
    await db.collection(PSEUDONYMOUS).deleteMany({ chat: { $in: chats } });
  }

  async function eraseProfile(telegramUserId: number): Promise<void> {
    const people = db.collection<PersonRecord>(PROFILE);
    const barred = (await people.findOne({ _id: telegramUserId }))?.barred;
    if (barred) {
      await bansOf(db).updateOne({ _id: banId(telegramUserId) }, { $set: barred }, { upsert: true });
    }
    await people.deleteOne({ _id: telegramUserId });
  }

  /** Deletes a profile that a late update from a group created again; a profile with a private chat is a new one. */
  async function eraseLateProfile({ telegramUserId, seq }: DataSubject): Promise<void> {
    await db.collection<PersonRecord>(PROFILE).deleteOne({
      _id: telegramUserId,
      firstSeenAt: { $exists: false },
      barred: { $exists: false },
      "dayLimitTold.seq": { $not: { $gt: seq } },
    });
  }

  return monitored("personal_data", {
    async collect(telegramUserId) {
      const found: Record<string, Document[]> = {};
      for (const collection of PERSONAL) {
        const documents = await documentsOf(db, collection, telegramUserId);
        if (documents.length > 0) found[collection] = documents;
      }
      return found;
    },

    async erase(subject) {
      await eraseProfile(subject.telegramUserId);
      await eraseHoldings(
        subject,
        HOLDINGS.filter(({ collection }) => !neededByUpdates.includes(collection)),
      );
      await eraseTraces(subject.telegramUserId);
    },

    purge: async () => rewrite?.(),

    async isSettled(seq, botId) {
      const open = { state: { $in: OPEN_UPDATE }, botId, seq: { $lte: seq } };
      return (await db.collection("updates").findOne(open)) === null;
    },

    async eraseRest(subject, botId) {
      await eraseLateProfile(subject);
      await eraseHoldings(subject, HOLDINGS);
      await eraseTraces(subject.telegramUserId);
      const { telegramUserId, seq } = subject;
      const foreign = { botId: { $ne: botId }, seq: { $lte: seq }, $or: privateChat(telegramUserId) };
      await db.collection("updates").deleteMany({ ...foreign, state: { $in: OPEN_UPDATE } });
      await db.collection("outbox").deleteMany({ ...foreign, state: { $in: OPEN_SEND } });
      const waiting = { state: { $in: OPEN_SEND }, botId, seq: { $lte: seq } };
      return (await db.collection("outbox").findOne(waiting)) === null;
    },
  });
}
