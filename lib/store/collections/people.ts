import type { Collection, Db } from "mongodb";
import { createGroupedFind } from "../batching/reads.ts";
import { createGroupedChanges } from "../batching/writes.ts";
import type { PersonFields, PersonRecord } from "../records.ts";
import { barringId, barringsOf } from "./bans.ts";

/** What may be set about a person. */
export type PersonChange = Partial<Omit<PersonRecord, "_id">>;

/** What is known about people. */
export interface PeopleStore {
  /** Of someone who is kept from the bot and had everything erased, it knows that alone. */
  find(telegramUserId: number): Promise<PersonRecord | null>;
  /** Sets fields of a person, who need not be known yet. */
  change(telegramUserId: number, change: PersonChange): Promise<void>;
  /** Forgets one thing about a person. */
  forgetField(telegramUserId: number, field: keyof PersonFields | "handover"): Promise<void>;
  /** Notes that the person blocked the bot, or did so no more; of someone unknown nothing is noted. */
  noteBlocked(telegramUserId: number, blocked: boolean): Promise<void>;
  /** Notes that the person wrote in private, and so is back if they had left or blocked the bot. */
  seen(telegramUserId: number, at: Date): Promise<void>;
  /** Counts a question of somebody who was seen, once however often it is repeated. */
  countQuestion(telegramUserId: number, seq: number): Promise<void>;
  /** Keeps someone from the bot, known or not; without a time no longer. */
  bar(telegramUserId: number, at: Date | null): Promise<void>;
  /** Notes which update was answered with that they are kept from the bot. */
  barredTold(telegramUserId: number, seq: number): Promise<void>;
  /** People a message to everyone reaches, by id: those after `afterId`, at most `limit`. */
  audience(afterId: number, limit: number): Promise<number[]>;
  audienceSize(): Promise<number>;
}

/** Whoever wrote in private and has neither left nor blocked the bot, and is not kept from it. */
const REACHABLE = {
  firstSeenAt: { $exists: true },
  hasLeft: { $ne: true },
  blocked: { $ne: true },
  barred: { $exists: false },
};

export function createPeopleStore(db: Db): PeopleStore {
  const people: Collection<PersonRecord> = db.collection("people");
  const barrings = barringsOf(db);
  const find = createGroupedFind(people, "_id");
  const findBarring = createGroupedFind(barrings, "_id");
  const write = createGroupedChanges(people);

  /** What is left of someone who was erased. */
  async function findBarred(telegramUserId: number): Promise<PersonRecord | null> {
    const barring = await findBarring(barringId(telegramUserId));
    if (!barring) return null;
    const { _id, ...barred } = barring;
    return { _id: telegramUserId, barred };
  }

  return {
    find: async (telegramUserId) => (await find(telegramUserId)) ?? findBarred(telegramUserId),
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
      if (at === null) await barrings.deleteOne({ _id: barringId(telegramUserId) });
    },
    async barredTold(telegramUserId, seq) {
      const isBarred = { _id: telegramUserId, barred: { $exists: true } };
      await people.updateOne(isBarred, { $set: { "barred.toldSeq": seq } });
      await barrings.updateOne({ _id: barringId(telegramUserId) }, { $set: { toldSeq: seq } });
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
  };
}
