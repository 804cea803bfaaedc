import type { Collection, Db } from "mongodb";
import { createGroupedChanges, insertNew } from "../batching/writes.ts";
import type { CounterRecord, UpdateRecord } from "../records.ts";
import { createSequence } from "./sequence.ts";

/** An update as it arrives, before it has its place in the order. One that is worked on at once is stored as begun. */
export type ArrivedUpdate = Pick<
  UpdateRecord,
  "_id" | "botId" | "chatKey" | "payload" | "receivedAt" | "state" | "attempts"
>;

/** What may change about an update that is not settled. */
export type UpdateChange = Pick<UpdateRecord, "attempts"> & {
  state: "received" | "processing";
  notBefore?: Date;
};

/** The durable side of the inbox. */
export interface UpdateStore {
  /**
   * Stores a batch in the order given. An update that is stored already stays as it is.
   * @returns those of the batch that are not settled, in order: new ones, and ones an earlier, interrupted call stored.
   */
  add(batch: readonly ArrivedUpdate[]): Promise<UpdateRecord[]>;
  /** Changes an update that is being worked on. */
  change(id: string, change: UpdateChange): Promise<void>;
  /** Notes which updates are handled with this one. */
  join(id: string, joined: readonly string[]): Promise<void>;
  /** Ends an update: its payload is dropped, and it ages out. */
  settle(id: string, state: "done" | "dead", at: Date): Promise<void>;
  /** What is not settled of a bot, in order of arrival. */
  unsettled(botId: number): Promise<UpdateRecord[]>;
  /** A place in the order of arrival for messages that no update caused, such as an alert. */
  nextSeq(): Promise<number>;
}

export function createUpdateStore(db: Db): UpdateStore {
  const updates: Collection<UpdateRecord> = db.collection("updates");
  const order = createSequence(db.collection<CounterRecord>("counters"), "seq");
  const write = createGroupedChanges(updates);

  return {
    async add(batch) {
      if (batch.length === 0) return [];
      const firstSeq = await order.take(batch.length);
      const records = batch.map((update, index): UpdateRecord => ({ ...update, seq: firstSeq + index }));
      const isNew = await insertNew(updates, records);
      if (isNew.every(Boolean)) return records;
      const known = records.filter((_, index) => !isNew[index]).map(({ _id }) => _id);
      const open = await updates
        .find({ _id: { $in: known }, state: { $in: ["received", "processing"] } })
        .toArray();
      return [...records.filter((_, index) => isNew[index]), ...open].toSorted((a, b) => a.seq - b.seq);
    },

    change(id, { state, attempts, notBefore }) {
      const update = notBefore
        ? { $set: { state, attempts, notBefore } }
        : { $set: { state, attempts }, $unset: { notBefore: "" as const } };
      return write({ id, update });
    },

    join(id, joined) {
      return write({ id, update: { $set: { joined } } });
    },

    settle(id, state, at) {
      const update = {
        $set: { state, settledAt: at },
        $unset: { payload: "" as const, notBefore: "" as const },
      };
      return write({ id, update });
    },

    unsettled(botId) {
      return updates
        .find({ state: { $in: ["received", "processing"] }, botId })
        .sort({ seq: 1 })
        .toArray();
    },

    nextSeq: () => order.take(1),
  };
}
