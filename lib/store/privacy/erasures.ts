import type { Collection, Db } from "mongodb";
import { createGroupedFind } from "../batching/reads.ts";

/** What remains of a person who was erased: nothing of theirs up to `seq` is to be written any more. Ages out. */
export interface ErasureRecord {
  /** Their Telegram user id. */
  _id: number;
  /** The update that asked for it. */
  seq: number;
  at: Date;
  /** How many questions they had asked within a day: whoever has everything erased begins no fresh day. */
  asked?: number;
  /** Whether all that was still under way then was erased as well. */
  isFinished: boolean;
}

/** Who was erased. */
export interface ErasureStore {
  /** Marks a person as erased up to `seq`; a later mark stays. */
  begin(telegramUserId: number, mark: Pick<ErasureRecord, "seq" | "at" | "asked">): Promise<void>;
  find(telegramUserId: number): Promise<ErasureRecord | null>;
  unfinished(): Promise<ErasureRecord[]>;
  /** Marks the erasure of `seq` as finished. */
  finish(telegramUserId: number, seq: number): Promise<void>;
}

export function createErasureStore(db: Db): ErasureStore {
  const erasures: Collection<ErasureRecord> = db.collection("erasures");
  const find = createGroupedFind(erasures, "_id");
  return {
    async begin(telegramUserId, mark) {
      const known = await find(telegramUserId);
      if (known && known.seq >= mark.seq) return;
      const change = { $set: { ...mark, isFinished: false } };
      await erasures.updateOne({ _id: telegramUserId }, change, { upsert: true });
    },
    find,
    unfinished: () => erasures.find({ isFinished: false }).toArray(),
    async finish(telegramUserId, seq) {
      await erasures.updateOne({ _id: telegramUserId, seq }, { $set: { isFinished: true } });
    },
  };
}
