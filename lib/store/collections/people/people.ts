import type { Collection, Db } from "mongodb";
import { createGroupedFind } from "../../batching/reads.ts";
import { createGroupedChanges } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";
import type { PersonFields, PersonRecord } from "../../records.ts";
import { banId, bansOf } from "./bans.ts";

/** What may be set about a person. */
export type PersonChange = Partial<Omit<PersonRecord, "_id">>;

/** People's profiles. */
export interface PeopleStore {
  /** A person's profile; of a banned person whose data was erased, only the ban. */
  find(telegramUserId: number): Promise<PersonRecord | null>;
  /** Sets fields of a person, creating the profile if needed. */
  change(telegramUserId: number, change: PersonChange): Promise<void>;
  /** Removes one field of a person. */
  forgetField(telegramUserId: number, field: keyof PersonFields | "handover"): Promise<void>;
  /** Records whether the person has blocked the bot; creates no profile. */
  noteBlocked(telegramUserId: number, blocked: boolean): Promise<void>;
  /** Records that the person wrote in private, and so is back if they had left or blocked the bot. */
  seen(telegramUserId: number, at: Date): Promise<void>;
  /** Counts a question of a person, once however often the update is repeated; creates no profile. */
  countQuestion(telegramUserId: number, seq: number): Promise<void>;
  /** Bans a person, known or not; `null` lifts the ban. */
  bar(telegramUserId: number, at: Date | null): Promise<void>;
  /** Records the update that was answered with the news of the ban. */
  barredTold(telegramUserId: number, seq: number): Promise<void>;
  /** Ids of the people a broadcast reaches: those after `afterId`, at most `limit`, in order. */
  audience(afterId: number, limit: number): Promise<number[]>;
  audienceSize(): Promise<number>;
}

/** People who wrote in private, have neither left nor blocked the bot, and are not banned. */
const REACHABLE = {
  firstSeenAt: { $exists: true },
  hasLeft: { $ne: true },
  blocked: { $ne: true },
  barred: { $exists: false },
};

export function createPeopleStore(db: Db): PeopleStore {
  const people: Collection<PersonRecord> = db.collection("people");
  const bans = bansOf(db);
  const findProfile = createGroupedFind(people, "_id");
  const findBan = createGroupedFind(bans, "_id");
  const write = createGroupedChanges(people);

  /** The profile of a banned person whose data was erased. */
  async function findBanned(telegramUserId: number): Promise<PersonRecord | null> {
    const ban = await findBan(banId(telegramUserId));
    if (!ban) return null;
    const { _id, ...barred } = ban;
    return { _id: telegramUserId, barred };
  }

  return monitored("people", {
    find: async (telegramUserId) => (await findProfile(telegramUserId)) ?? findBanned(telegramUserId),
    async change(telegramUserId, change) {
      await people.updateOne({ _id: telegramUserId }, { $set: change }, { upsert: true });
    },
    async forgetField(telegramUserId, field) {
      await people.updateOne({ _id: telegramUserId }, { $unset: { [field]: "" } });
    },
    async noteBlocked(telegramUserId, blocked) {
      await people.updateOne({ _id: telegramUserId }, { $set: { blocked } });
    },
    seen(telegramUserId, at) {
      const update = {
        $min: { firstSeenAt: at },
        $max: { lastSeenAt: at },
        $unset: { hasLeft: "" as const, blocked: "" as const },
      };
      return write({ id: telegramUserId, update, upsert: true });
    },
    countQuestion(telegramUserId, seq) {
      const where = { $or: [{ lastQuestionSeq: { $exists: false } }, { lastQuestionSeq: { $lt: seq } }] };
      const update = { $inc: { questions: 1 }, $set: { lastQuestionSeq: seq } };
      return write({ id: telegramUserId, where, update });
    },
    async bar(telegramUserId, at) {
      const change = at ? { $set: { barred: { at } } } : { $unset: { barred: "" as const } };
      await people.updateOne({ _id: telegramUserId }, change, { upsert: at !== null });
      if (at === null) await bans.deleteOne({ _id: banId(telegramUserId) });
    },
    async barredTold(telegramUserId, seq) {
      const isBarred = { _id: telegramUserId, barred: { $exists: true } };
      await people.updateOne(isBarred, { $set: { "barred.toldSeq": seq } });
      await bans.updateOne({ _id: banId(telegramUserId) }, { $set: { toldSeq: seq } });
    },
    async audience(afterId, limit) {
      const found = await people
        .find({ _id: { $gt: afterId }, ...REACHABLE }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id }) => _id);
    },
    audienceSize: () => people.countDocuments(REACHABLE),
  });
}
