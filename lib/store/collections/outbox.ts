import type { Collection, Db } from "mongodb";
import { createBatcher } from "../../core/index.ts";
import { forCallers } from "../batching/command-group.ts";
import { createGroupedChanges, insertNew } from "../batching/writes.ts";
import type { OutboxRecord } from "../records.ts";

/** What may change about a send. */
export type OutboxChange = Pick<OutboxRecord, "state"> &
  Partial<Pick<OutboxRecord, "attempts" | "messageId" | "errorCode" | "settledAt">>;

/** The durable side of the outbox. */
export interface OutboxStore {
  /** Stores the records that are new; answers every one as it now stands, in the order given. */
  insert(records: readonly OutboxRecord[]): Promise<OutboxRecord[]>;
  /** Changes a record; one that is sent or failed loses its parameters. */
  update(id: string, change: OutboxChange): Promise<void>;
  /** What is not settled of a bot, by seq and step. */
  unsettled(botId: number): Promise<OutboxRecord[]>;
  find(id: string): Promise<OutboxRecord | null>;
  /** The seq of what was sent as a message of a chat; null when it is not known, or no longer. */
  seqOfMessage(chatKey: string, messageId: number): Promise<number | null>;
}

export function createOutboxStore(db: Db): OutboxStore {
  const outbox: Collection<OutboxRecord> = db.collection("outbox");
  const write = createGroupedChanges(outbox);
  const insert = createBatcher<readonly OutboxRecord[], OutboxRecord[]>(
    async (groups, inCallers) => {
      const stored = await forCallers(inCallers, () => insertOrFind(outbox, groups.flat()));
      return groups.map((group) => group.map((record) => stored.get(record._id) ?? record));
    },
    { maxSize: 100 },
  );

  return {
    insert,
    update(id, change) {
      const settled = change.state === "sent" || change.state === "failed";
      const update = settled ? { $set: { ...change, params: {} } } : { $set: change };
      return write({ id, update });
    },
    unsettled(botId) {
      return outbox
        .find({ state: { $in: ["pending", "sending", "unknown"] }, botId })
        .sort({ seq: 1, step: 1 })
        .toArray();
    },
    find: (id) => outbox.findOne({ _id: id }),
    async seqOfMessage(chatKey, messageId) {
      return (await outbox.findOne({ state: "sent", chatKey, messageId }))?.seq ?? null;
    },
  };
}

async function insertOrFind(
  outbox: Collection<OutboxRecord>,
  records: readonly OutboxRecord[],
): Promise<Map<string, OutboxRecord>> {
  const isNew = await insertNew(outbox, records);
  const stored = new Map(records.map((record) => [record._id, record]));
  if (isNew.every(Boolean)) return stored;
  const known = records.filter((_, index) => !isNew[index]).map(({ _id }) => _id);
  for (const record of await outbox.find({ _id: { $in: known } }).toArray()) stored.set(record._id, record);
  return stored;
}
