import type { Collection, Db } from "mongodb";
import type { PersonRecord } from "./records.ts";

/** What may be set about a person. */
export type PersonChange = Partial<Omit<PersonRecord, "_id">>;

/** What is known about people. */
export interface PeopleStore {
  find(telegramUserId: number): Promise<PersonRecord | null>;
  /** Sets fields of a person, who need not be known yet. */
  change(telegramUserId: number, change: PersonChange): Promise<void>;
}

export function createPeopleStore(db: Db): PeopleStore {
  const people: Collection<PersonRecord> = db.collection("people");
  return {
    find: (telegramUserId) => people.findOne({ _id: telegramUserId }),
    async change(telegramUserId, change) {
      await people.updateOne({ _id: telegramUserId }, { $set: change }, { upsert: true });
    },
  };
}
