import { type Collection, type Db, type IndexDescription, MongoServerError } from "mongodb";
import { type Clock, OperatorError } from "../core/index.ts";
import type { OutboxRecord } from "./collections/messages/outbox.ts";
import type { HandoverRecord } from "./collections/people/handovers.ts";
import { DAY_S, INDEXES } from "./indexes.ts";
import type { PersonRecord, SessionRecord } from "./records.ts";
import { refuseUnfinished } from "./transfer/transfer-mark.ts";

interface Migration {
  version: number;
  name: string;
  apply(db: Db, clock: Clock): Promise<void>;
}

interface AppliedMigration {
  _id: number;
  name: string;
  appliedAt: Date;
}

/**
 * Every change of schema or indexes, in order. A released migration is never edited; a change gets the next number, and
 * new databases begin with it (`indexes.ts`).
 */
const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "first collections",
    apply: (db) =>
      createIndexes(db, {
        updates: [
          { key: { state: 1, chatKey: 1, seq: 1 } },
          { key: { settledAt: 1 }, expireAfterSeconds: 2 * DAY_S },
        ],
        outbox: [{ key: { state: 1, chatKey: 1 } }, { key: { settledAt: 1 }, expireAfterSeconds: 2 * DAY_S }],
        sessions: [
          { key: { chatKey: 1 }, unique: true, partialFilterExpression: { isActive: true } },
          { key: { telegramUserId: 1, isActive: 1 } },
        ],
        messages: [{ key: { sessionId: 1, sender: 1 } }, { key: { sessionId: 1, at: -1 } }],
        performance: [{ key: { minute: 1 }, expireAfterSeconds: 30 * DAY_S }],
      }),
  },
  {
    version: 2,
    name: "slow traces",
    apply: (db) => createIndexes(db, { traces: [{ key: { at: 1 }, expireAfterSeconds: 30 * DAY_S }] }),
  },
  {
    version: 3,
    name: "measurements by the hour and the day",
    async apply(db) {
      // Minutes were kept for 30 days; now they are kept for two, and hours for the rest.
      await db.collection("performance").dropIndexes();
      await createIndexes(db, {
        performance: [{ key: { minute: 1 }, expireAfterSeconds: 2 * DAY_S }],
        performance_hours: [{ key: { minute: 1 }, expireAfterSeconds: 30 * DAY_S }],
        performance_days: [{ key: { minute: 1 }, expireAfterSeconds: 365 * DAY_S }],
      });
    },
  },
  {
    version: 4,
    name: "what the model is used for",
    apply: (db) =>
      createIndexes(db, {
        usage: [{ key: { day: 1 } }, { key: { startedAt: 1 }, expireAfterSeconds: 400 * DAY_S }],
      }),
  },
  {
    version: 5,
    name: "answers kept for others",
    apply: (db) =>
      createIndexes(db, {
        answer_cache: [{ key: { askedBy: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
      }),
  },
  {
    version: 6,
    name: "questions by the message they were asked in",
    apply: (db) => createIndexes(db, { messages: [{ key: { chatKey: 1, telegramMessageId: 1 } }] }),
  },
  {
    version: 7,
    name: "ratings, hand-overs, broadcasts, erasures, and messages by person and by age",
    async apply(db) {
      await createIndexes(db, {
        messages: [{ key: { telegramUserId: 1, at: -1 } }, { key: { at: 1 } }],
        sessions: [{ key: { endedAt: 1 } }],
        feedback: [{ key: { telegramUserId: 1 } }, { key: { at: 1 } }],
        handovers: [
          { key: { telegramUserId: 1 } },
          { key: { seqs: 1 } },
          { key: { isOpen: 1, lastAt: 1 } },
          { key: { endedAt: 1 }, expireAfterSeconds: 30 * DAY_S },
        ],
        broadcasts: [{ key: { state: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
        // Telegram keeps updates for a day, and settled ones age out after two: nothing older can still arrive.
        erasures: [{ key: { at: 1 }, expireAfterSeconds: 3 * DAY_S }],
      });
      await backfillSeenTimes(db);
    },
  },
  {
    version: 8,
    name: "ids of the files that were sent",
    apply: (db) => createIndexes(db, { media_files: [{ key: { at: 1 }, expireAfterSeconds: 90 * DAY_S }] }),
  },
  {
    version: 9,
    name: "since when conversations are summed up, and when they were last active",
    async apply(db, clock) {
      const sessions = db.collection<SessionRecord>("sessions");
      // The last use of an open session was not recorded, so it counts from now.
      await sessions.updateMany({ isActive: true }, { $max: { lastAt: new Date(clock.now()) } });
      const unknown = { summary: { $exists: true }, "summary.since": { $exists: false } };
      for await (const { _id, startedAt } of sessions.find(unknown)) {
        await sessions.updateOne({ _id }, { $set: { "summary.since": startedAt } });
      }
    },
  },
  {
    version: 10,
    name: "hand-overs by the messages in the operators' chat",
    async apply(db) {
      await createIndexes(db, { handovers: [{ key: { messages: 1 } }] });
      const handovers = db.collection<HandoverRecord>("handovers");
      for await (const { _id, chatId, seqs } of handovers.find({ isOpen: true })) {
        const sent = { seq: { $in: seqs }, state: "sent" as const, chatId: { $ne: chatId } };
        const toOperators = await db.collection<OutboxRecord>("outbox").find(sent).toArray();
        const messages = toOperators.map((send) => `${send.chatId}:${send.messageId}`);
        await handovers.updateOne({ _id }, { $addToSet: { messages: { $each: messages } } });
      }
    },
  },
  {
    version: 11,
    name: "reports of danger",
    apply: (db) =>
      createIndexes(db, {
        danger_reports: [
          { key: { chatKey: 1, telegramUserId: 1 } },
          { key: { messageSeq: 1 } },
          { key: { lastAt: 1 }, expireAfterSeconds: 2 * DAY_S },
        ],
      }),
  },
  {
    version: 12,
    name: "nothing ages that is still needed",
    async apply(db, clock) {
      // Retention deletes settled sends now: it knows which of them unfinished work would still look for.
      await dropIndex(db, "outbox", "settledAt_1");
      await dropIndex(db, "erasures", "at_1");
      await createIndexes(db, {
        outbox: [{ key: { settledAt: 1 } }],
        // Telegram keeps updates for a day, and settled ones age out after two: nothing older can still arrive.
        erasures: [{ key: { finishedAt: 1 }, expireAfterSeconds: 3 * DAY_S }],
        broadcasts: [{ key: { isEndTold: 1 } }],
      });
      const finished = { isFinished: true, finishedAt: { $exists: false } };
      await db.collection("erasures").updateMany(finished, { $set: { finishedAt: new Date(clock.now()) } });
      await db.collection("broadcasts").updateMany({ state: "sending" }, { $unset: { expiresAt: "" } });
    },
  },
  {
    version: 13,
    name: "messages in the order of arrival, and by each message of a cut text",
    async apply(db) {
      await dropIndex(db, "messages", "sessionId_1_at_-1");
      await createIndexes(db, {
        messages: [
          { key: { sessionId: 1, seq: -1, _id: 1 } },
          { key: { telegramUserId: 1, seq: -1 } },
          { key: { chatKey: 1, "parts.telegramMessageId": 1 } },
        ],
      });
    },
  },
  {
    version: 14,
    name: "homes of chats and instances",
    apply: (db) =>
      createIndexes(db, {
        chat_homes: [{ key: { at: 1 }, expireAfterSeconds: 2 * DAY_S }],
        instances: [{ key: { at: 1 }, expireAfterSeconds: DAY_S }],
      }),
  },
  {
    version: 15,
    name: "traces by the chat's pseudonym",
    async apply(db) {
      // Earlier ones name chats by a hash that can be turned back.
      await db.collection("traces").deleteMany({ chat: { $exists: false } });
      await createIndexes(db, { traces: [{ key: { chat: 1 } }] });
    },
  },
];

/** Drops an index if it is there, so that a migration can be repeated. */
async function dropIndex(db: Db, name: string, index: string): Promise<void> {
  if (await db.collection(name).indexExists(index)) await db.collection(name).dropIndex(index);
}

/** The version of the schema that this program makes. */
export const NEWEST_SCHEMA = Math.max(...MIGRATIONS.map(({ version }) => version));

/** A program does not know what a later one stores, so it would lose or misread some of it. */
function refuseNewer(db: Db, version: number): void {
  if (version <= NEWEST_SCHEMA) return;
  throw new OperatorError(
    `The database ${db.databaseName} was used by a newer Helpline (schema ${version}, this one knows ${NEWEST_SCHEMA}). ` +
      "Start that version again, or restore a backup from before the upgrade.",
    { code: "DATABASE_NEWER" },
  );
}

/** Creates the indexes of all collections concurrently: each takes a round trip, and there is little to index. */
async function createIndexes(db: Db, indexes: Readonly<Record<string, IndexDescription[]>>): Promise<void> {
  const made = Object.entries(indexes).map(([name, specs]) => db.collection(name).createIndexes(specs));
  await Promise.all(made);
}

/** Sets the times people were seen, from the private sessions they had before those times were recorded. */
async function backfillSeenTimes(db: Db): Promise<void> {
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

/** The record of a database that begins with the newest schema, instead of the first one. */
const BEGINNING = 0;

/** The names of a database's collections. */
async function namesIn(db: Db): Promise<string[]> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  return collections.map(({ name }) => name);
}

/** Whether a database holds nothing of ours yet, or only what an interrupted `begin` left. */
function isNew(collections: readonly string[], records: readonly AppliedMigration[]): boolean {
  if (records.length > 0) return records.every(({ _id }) => _id === BEGINNING);
  return !collections.some((name) => Object.hasOwn(INDEXES, name));
}

/** Makes the newest schema in a new database; may be repeated, and by two programs at once. */
async function begin(db: Db, applied: Collection<AppliedMigration>, appliedAt: Date): Promise<void> {
  await recordApplied(
    applied,
    [{ version: BEGINNING, name: `began with schema ${NEWEST_SCHEMA}` }],
    appliedAt,
  );
  await createIndexes(db, INDEXES);
  await recordApplied(applied, MIGRATIONS, appliedAt);
}

async function recordApplied(
  applied: Collection<AppliedMigration>,
  migrations: readonly Pick<Migration, "version" | "name">[],
  appliedAt: Date,
): Promise<void> {
  await applied.bulkWrite(
    migrations.map(({ version, name }) => ({
      updateOne: { filter: { _id: version }, update: { $set: { name, appliedAt } }, upsert: true },
    })),
  );
}

/**
 * Brings the database to the current schema. Migrations are repeatable, so an interrupted one is applied again at the
 * next start.
 * @param upTo the schema to stop at, for the tests of those that were released
 * @throws OperatorError DATABASE_REFUSED when the database refuses it, for lack of rights or space or a conflict;
 * DATABASE_NEWER when a later program has used it; DATABASE_UNFINISHED
 */
export async function migrate(db: Db, clock: Clock, upTo: number = NEWEST_SCHEMA): Promise<void> {
  const applied = db.collection<AppliedMigration>("migrations");
  try {
    // First: a `begin` elsewhere stores its record before its first collection.
    const collections = await namesIn(db);
    const [records] = await Promise.all([applied.find().toArray(), refuseUnfinished(db)]);
    const known = new Set(records.map(({ _id }) => _id));
    refuseNewer(db, Math.max(0, ...known));
    if (upTo === NEWEST_SCHEMA && isNew(collections, records)) {
      await begin(db, applied, new Date(clock.now()));
      return;
    }
    for (const migration of MIGRATIONS) {
      if (known.has(migration.version) || migration.version > upTo) continue;
      await migration.apply(db, clock);
      await recordApplied(applied, [migration], new Date(clock.now()));
    }
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    const problem = `The database ${db.databaseName} cannot be prepared: ${error.message}`;
    throw new OperatorError(problem, { code: "DATABASE_REFUSED", cause: error });
  }
}
