import type { Collection, Db, Document, Filter } from "mongodb";
import { barringId, barringsOf } from "../collections/bans.ts";
import type { PersonRecord } from "../records.ts";

/** Whose data it is, and up to which update. */
export interface DataSubject {
  telegramUserId: number;
  seq: number;
}

/** Everything stored about a person. */
export interface PersonalDataStore {
  /** Every document about the person, by collection. */
  collect(telegramUserId: number): Promise<Record<string, Document[]>>;
  /** Erases the person's profile and all that is of updates up to `seq`, except what these updates still need. */
  erase(subject: DataSubject): Promise<void>;
  /** Whether no update up to `seq` is under way any more. */
  isSettled(seq: number, botId: number): Promise<boolean>;
  /** Erases what `erase` left, and what was written late; answers whether all of it is gone. Spares the new profile. */
  eraseRest(subject: DataSubject, botId: number): Promise<boolean>;
}

/** Something a collection keeps about people. */
interface Holding {
  collection: string;
  /** Which documents are about the person. */
  about(telegramUserId: number): Filter<Document>;
  /** Erases the person from them, as far as they are of updates up to `seq`; may be repeated. */
  erase(collection: Collection, subject: DataSubject, db: Db): Promise<void>;
}

const SETTLED_UPDATE = ["done", "dead"];
const OPEN_UPDATE = ["received", "processing"];
const SETTLED_SEND = ["sent", "failed"];
const OPEN_SEND = ["pending", "sending", "unknown"];

/** Every place where something of a person may stand. A test fails when a collection is neither here nor below. */
export const HOLDINGS: readonly Holding[] = [
  {
    collection: "sessions",
    about: (id) => ({ $or: [...privateChat(id), { telegramUserId: id }] }),
    async erase(sessions, { telegramUserId, seq }, db) {
      await sessions.deleteMany({ $or: privateChat(telegramUserId), startedSeq: { $lte: seq } });
      // A group's conversation is not theirs alone: it stays, without a word of theirs in what sums it up.
      const said = await db
        .collection("messages")
        .find({ telegramUserId, seq: { $lte: seq } }, { projection: { sessionId: 1 } })
        .toArray();
      const shared = [...new Set(said.map(({ sessionId }) => String(sessionId)))];
      await sessions.updateMany({ _id: { $in: shared } as never }, { $unset: { summary: "" } });
      await sessions.updateMany(
        { telegramUserId, startedSeq: { $lte: seq } },
        { $set: { telegramUserId: NOBODY }, $unset: { summary: "" } },
      );
    },
  },
  {
    collection: "messages",
    about: (id) => ({ telegramUserId: id }),
    async erase(messages, { telegramUserId, seq }) {
      await messages.deleteMany({ telegramUserId, seq: { $lte: seq } });
    },
  },
  {
    collection: "feedback",
    about: (id) => ({ telegramUserId: id }),
    async erase(feedback, { telegramUserId, seq }) {
      await feedback.deleteMany({ telegramUserId, seq: { $lte: seq } });
    },
  },
  {
    collection: "answer_cache",
    about: (id) => ({ askedBy: id }),
    async erase(answers, { telegramUserId }) {
      await answers.deleteMany({ askedBy: telegramUserId });
    },
  },
  {
    collection: "handovers",
    about: (id) => ({ telegramUserId: id }),
    async erase(handovers, { telegramUserId, seq }) {
      await handovers.deleteMany({ telegramUserId, _id: { $lte: seq } as never });
    },
  },
  {
    collection: "broadcasts",
    about: (id) => ({ $or: [{ operatorId: id }, { cursor: id }] }),
    async erase(broadcasts, { telegramUserId, seq }) {
      await broadcasts.deleteMany({ operatorId: telegramUserId, _id: { $lte: seq } as never });
      await broadcasts.updateMany({ cursor: telegramUserId }, { $inc: { cursor: -1 } });
    },
  },
  {
    collection: "barrings",
    about: (id) => ({ _id: barringId(id) }) as never,
    // It says of nobody who they are, and erasing is no way around an operator's decision.
    erase: async () => {},
  },
  {
    collection: "updates",
    about: (id) => ({ state: { $in: [...SETTLED_UPDATE, ...OPEN_UPDATE] }, $or: privateChat(id) }),
    async erase(updates, { telegramUserId, seq }) {
      // Their ids stay, so that Telegram can hand none of them in again.
      const settled = { state: { $in: SETTLED_UPDATE }, seq: { $lte: seq } };
      await updates.updateMany(
        { ...settled, $or: privateChat(telegramUserId) },
        { $set: { chatKey: "erased" } },
      );
    },
  },
  {
    collection: "outbox",
    about: (id) => ({ state: { $in: [...SETTLED_SEND, ...OPEN_SEND] }, $or: privateChat(id) }),
    async erase(outbox, { telegramUserId, seq }) {
      const settled = { state: { $in: SETTLED_SEND }, seq: { $lte: seq } };
      await outbox.deleteMany({ ...settled, $or: privateChat(telegramUserId) });
    },
  },
];

/** Stands where the id of a person who was erased stood. */
const NOBODY = 0;

/** The profile: it may be of new life when the rest is erased, so it has its own moment. */
const PROFILE = "people";

/** Collections that never hold a person's id. */
export const IMPERSONAL: readonly string[] = [
  "counters",
  "media_files",
  "migrations",
  "performance",
  "performance_days",
  "performance_hours",
  "traces",
  "usage",
];

/** The mark of an erasure, the one thing that stays for a while. */
export const TOMBSTONES = "erasures";

/** Every collection that may hold something of a person. */
export const PERSONAL: readonly string[] = [PROFILE, ...HOLDINGS.map(({ collection }) => collection)];

export function createPersonalDataStore(db: Db): PersonalDataStore {
  /** What updates still need is kept until they are settled: their own rows, and what they are about to send. */
  const neededByUpdates: readonly string[] = ["updates", "outbox"];

  async function eraseHoldings(subject: DataSubject, holdings: readonly Holding[]): Promise<void> {
    // In turn: what is said of a session is found by the messages.
    for (const { collection, erase } of holdings) await erase(db.collection(collection), subject, db);
  }

  async function eraseProfile(telegramUserId: number): Promise<void> {
    const people = db.collection<PersonRecord>(PROFILE);
    const barred = (await people.findOne({ _id: telegramUserId }))?.barred;
    if (barred) {
      await barringsOf(db).updateOne({ _id: barringId(telegramUserId) }, { $set: barred }, { upsert: true });
    }
    await people.deleteOne({ _id: telegramUserId });
  }

  /** What a message in a group that was under way made of a profile that is gone; a new one was seen in private. */
  async function eraseLateProfile({ telegramUserId, seq }: DataSubject): Promise<void> {
    await db.collection<PersonRecord>(PROFILE).deleteOne({
      _id: telegramUserId,
      firstSeenAt: { $exists: false },
      barred: { $exists: false },
      "dayLimitTold.seq": { $not: { $gt: seq } },
    });
  }

  return {
    async collect(telegramUserId) {
      const found: Record<string, Document[]> = {};
      const profile = await db
        .collection(PROFILE)
        .find({ _id: telegramUserId as never })
        .toArray();
      if (profile.length > 0) found[PROFILE] = profile;
      for (const { collection, about } of HOLDINGS) {
        const documents = await db.collection(collection).find(about(telegramUserId)).toArray();
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
    },

    async isSettled(seq, botId) {
      const open = { state: { $in: OPEN_UPDATE }, botId, seq: { $lte: seq } };
      return (await db.collection("updates").findOne(open)) === null;
    },

    async eraseRest(subject, botId) {
      await eraseLateProfile(subject);
      await eraseHoldings(subject, HOLDINGS);
      const { telegramUserId, seq } = subject;
      const foreign = { botId: { $ne: botId }, seq: { $lte: seq }, $or: privateChat(telegramUserId) };
      await db.collection("updates").deleteMany({ ...foreign, state: { $in: OPEN_UPDATE } });
      await db.collection("outbox").deleteMany({ ...foreign, state: { $in: OPEN_SEND } });
      const waiting = { state: { $in: OPEN_SEND }, botId, seq: { $lte: seq } };
      return (await db.collection("outbox").findOne(waiting)) === null;
    },
  };
}

/** The mailboxes of a private chat, whose id is the person's: the chat's own, those of its threads, the user's. */
function privateChat(telegramUserId: number): Filter<Document>[] {
  const chat = `chat:${telegramUserId}`;
  return [
    { chatKey: { $in: [chat, `user:${telegramUserId}`] } },
    { chatKey: { $gte: `${chat}:`, $lt: `${chat};` } }, // ";" comes right after ":"
  ];
}
