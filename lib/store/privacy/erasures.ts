import type { Collection, Db } from "mongodb";
import { createGroupedFind } from "../batching/reads.ts";
import { monitored } from "../monitored.ts";

/** The mark that a person was erased: nothing of theirs up to `seq` may be written any more. Ages out once the erasure is finished. */
export interface ErasureRecord {
  /** Their Telegram user id. */
  _id: number;
  /** The update that asked for the erasure. */
  seq: number;
  at: Date;
  /** The questions asked within the last day, so that erasing does not reset the daily limit. */
  asked?: number;
  /** What their answers cost within the last day, so that erasing does not reset the daily budget. */
  spent?: number;
  /** The shared sessions with words of theirs, whose summaries each pass of the erasure removes. */
  sessions?: readonly string[];
  /** Whether updates that were in progress at the time are erased too. */
  isFinished: boolean;
  /** From then on the mark ages. */
  finishedAt?: Date;
}

/** Erased people. */
export interface ErasureStore {
  /** Marks a person as erased up to `seq`; a later mark is kept. */
  begin(telegramUserId: number, mark: Pick<ErasureRecord, "seq" | "at" | "asked" | "spent">): Promise<void>;
  find(telegramUserId: number): Promise<ErasureRecord | null>;
  unfinished(): Promise<ErasureRecord[]>;
  /** Marks the erasure of `seq` as finished. */
  finish(telegramUserId: number, seq: number, at: Date): Promise<void>;
}

export function createErasureStore(db: Db): ErasureStore {
  const erasures: Collection<ErasureRecord> = db.collection("erasures");
  const find = createGroupedFind(erasures, "_id");
  return monitored("erasures", {
    async begin(telegramUserId, mark) {
      const known = await find(telegramUserId);
      if (known && known.seq >= mark.seq) return;
      const change = { $set: { ...mark, isFinished: false }, $unset: unsetOf(mark) };
      await erasures.updateOne({ _id: telegramUserId }, change, { upsert: true });
    },
    find,
    unfinished: () => erasures.find({ isFinished: false }).toArray(),
    async finish(telegramUserId, seq, at) {
      const change = { $set: { isFinished: true, finishedAt: at } };
      await erasures.updateOne({ _id: telegramUserId, seq }, change);
    },
  });
}

/** What an earlier mark of the person may have and this one has not. */
function unsetOf({ asked, spent }: Pick<ErasureRecord, "asked" | "spent">) {
  return {
    finishedAt: "" as const,
    ...(asked === undefined ? { asked: "" as const } : {}),
    ...(spent === undefined ? { spent: "" as const } : {}),
  };
}
