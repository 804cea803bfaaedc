import type { Db } from "mongodb";
import type { Clock } from "../core/index.ts";
import type { PersonRecord, SessionRecord } from "./records.ts";

interface Migration {
  version: number;
  name: string;
  apply(db: Db, clock: Clock): Promise<void>;
}

const DAY_S = 24 * 60 * 60;

/** Every change of schema or indexes, in order. An applied one is never edited: the next change is the next number. */
const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "first collections",
    async apply(db) {
      await db
        .collection("updates")
        .createIndexes([
          { key: { state: 1, chatKey: 1, seq: 1 } },
          { key: { settledAt: 1 }, expireAfterSeconds: 2 * DAY_S },
        ]);
      await db
        .collection("outbox")
        .createIndexes([
          { key: { state: 1, chatKey: 1 } },
          { key: { settledAt: 1 }, expireAfterSeconds: 2 * DAY_S },
        ]);
      await db
        .collection("sessions")
        .createIndexes([
          { key: { chatKey: 1 }, unique: true, partialFilterExpression: { isActive: true } },
          { key: { telegramUserId: 1, isActive: 1 } },
        ]);
      await db
        .collection("messages")
        .createIndexes([{ key: { sessionId: 1, sender: 1 } }, { key: { sessionId: 1, at: -1 } }]);
      await db
        .collection("performance")
        .createIndexes([{ key: { minute: 1 }, expireAfterSeconds: 30 * DAY_S }]);
    },
  },
  {
    version: 2,
    name: "slow traces",
    async apply(db) {
      await db.collection("traces").createIndexes([{ key: { at: 1 }, expireAfterSeconds: 30 * DAY_S }]);
    },
  },
  {
    version: 3,
    name: "measurements by the hour and the day",
    async apply(db) {
      // What was kept by the minute for 30 days is now kept for two, and by the hour for the rest.
      const ages: [collection: string, days: number][] = [
        ["performance", 2],
        ["performance_hours", 30],
        ["performance_days", 365],
      ];
      await db.collection("performance").dropIndexes();
      for (const [collection, days] of ages) {
        await db
          .collection(collection)
          .createIndexes([{ key: { minute: 1 }, expireAfterSeconds: days * DAY_S }]);
      }
    },
  },
  {
    version: 4,
    name: "what the model is used for",
    async apply(db) {
      await db
        .collection("usage")
        .createIndexes([{ key: { day: 1 } }, { key: { startedAt: 1 }, expireAfterSeconds: 400 * DAY_S }]);
    },
  },
  {
    version: 5,
    name: "answers kept for others",
    async apply(db) {
      await db
        .collection("answer_cache")
        .createIndexes([{ key: { askedBy: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }]);
    },
  },
  {
    version: 6,
    name: "questions by the message they were asked in",
    async apply(db) {
      await db.collection("messages").createIndexes([{ key: { chatKey: 1, telegramMessageId: 1 } }]);
    },
  },
  {
    version: 7,
    name: "ratings, hand-overs, broadcasts, erasures, and messages by person and by age",
    async apply(db) {
      await db
        .collection("messages")
        .createIndexes([{ key: { telegramUserId: 1, at: -1 } }, { key: { at: 1 } }]);
      await db.collection("sessions").createIndexes([{ key: { endedAt: 1 } }]);
      await db.collection("feedback").createIndexes([{ key: { telegramUserId: 1 } }, { key: { at: 1 } }]);
      await db
        .collection("handovers")
        .createIndexes([
          { key: { telegramUserId: 1 } },
          { key: { seqs: 1 } },
          { key: { isOpen: 1, lastAt: 1 } },
          { key: { endedAt: 1 }, expireAfterSeconds: 30 * DAY_S },
        ]);
      await db
        .collection("broadcasts")
        .createIndexes([{ key: { state: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }]);
      await meetPeople(db);
      // Telegram keeps an update for a day, and settled ones age out after two: nothing older can come late.
      await db.collection("erasures").createIndexes([{ key: { at: 1 }, expireAfterSeconds: 3 * DAY_S }]);
    },
  },
  {
    version: 8,
    name: "ids of the files that were sent",
    async apply(db) {
      await db.collection("media_files").createIndexes([{ key: { at: 1 }, expireAfterSeconds: 90 * DAY_S }]);
    },
  },
  {
    version: 9,
    name: "since when conversations are summed up, and when they were last active",
    async apply(db, clock) {
      const sessions = db.collection<SessionRecord>("sessions");
      // Whether an open one is in use was not noted: it counts from now on.
      await sessions.updateMany({ isActive: true }, { $max: { lastAt: new Date(clock.now()) } });
      const unknown = { summary: { $exists: true }, "summary.since": { $exists: false } };
      for await (const { _id, startedAt } of sessions.find(unknown)) {
        await sessions.updateOne({ _id }, { $set: { "summary.since": startedAt } });
      }
    },
  },
];

/** Notes when those were seen who wrote in private before that was noted. */
async function meetPeople(db: Db): Promise<void> {
  const sessions = db.collection<SessionRecord>("sessions").find();
  for await (const { chatKey, telegramUserId, startedAt } of sessions) {
    if (chatKey !== `chat:${telegramUserId}`) continue;
    await db
      .collection<PersonRecord>("people")
      .updateOne(
        { _id: telegramUserId },
        { $min: { firstSeenAt: startedAt }, $max: { lastSeenAt: startedAt } },
        { upsert: true },
      );
  }
}

/**
 * Brings the database to the present schema. Each migration may be repeated, so one that was interrupted is simply
 * applied again at the next start.
 */
export async function migrate(db: Db, clock: Clock): Promise<void> {
  const applied = db.collection<{ _id: number; name: string; appliedAt: Date }>("migrations");
  const known = new Set((await applied.find().toArray()).map(({ _id }) => _id));
  for (const migration of MIGRATIONS) {
    const { version, name } = migration;
    if (known.has(version)) continue;
    await migration.apply(db, clock);
    await applied.updateOne(
      { _id: version },
      { $set: { name, appliedAt: new Date(clock.now()) } },
      { upsert: true },
    );
  }
}
