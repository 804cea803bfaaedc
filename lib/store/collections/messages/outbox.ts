import type { Collection, Db } from "mongodb";
import { createBatcher } from "../../../core/index.ts";
import { type Claim, createClaimedChanges } from "../../batching/claims.ts";
import { forCallers } from "../../batching/command-group.ts";
import { insertNew } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";
import { isMistake } from "../../outage.ts";

/** One send to Telegram. `_id` is `seq:step`, so a replayed update sends nothing twice. */
export interface OutboxRecord {
  _id: string;
  botId: number;
  /** The update that is answered, and the number of this send among its sends. */
  seq: number;
  step: number;
  chatKey: string;
  chatId: number;
  /** The Bot API method and its parameters; the parameters are dropped when the send is settled. */
  method: string;
  params: Record<string, unknown>;
  /** The record whose message this one edits, if that was sent; otherwise this is sent as a new message. */
  edits?: string;
  /** A preview of an answer: sent only if it can go at once, and never again after an unclear outcome. */
  preview?: true;
  /** A record of the same chat that this belongs to: if that was not sent, this is not sent either. */
  requires?: string;
  /** The message in another chat that this passes on; its sender must learn if this cannot be delivered. */
  relayedMessageId?: number;
  /** For the operators, who must see it: if their chat cannot be reached, it goes to each of them. */
  alert?: true;
  /** Goes before the less urgent sends of its chat; see `URGENCIES`. Without one it goes last. */
  urgency?: "danger" | "request" | "relay";
  /** Of equally urgent sends, those of different sources take turns, so that one source cannot hold up another. */
  source?: number;
  /** `sending`: may be in flight; `unknown`: may have arrived; `sent` and `failed` are settled. */
  state: "pending" | "sending" | "sent" | "failed" | "unknown";
  attempts: number;
  messageId?: number;
  errorCode?: string;
  createdAt: Date;
  settledAt?: Date;
  /** With several instances: the latest claim on its chat. */
  fence?: number;
}

/** What may change about a send. */
export type OutboxChange = Pick<OutboxRecord, "state"> &
  Partial<
    Pick<OutboxRecord, "attempts" | "messageId" | "errorCode" | "settledAt" | "chatId" | "chatKey" | "params">
  >;

/** The stored sends of the outbox. */
export interface OutboxStore {
  /** Stores the records that are new. @returns every record as it is stored now, in the order given */
  insert(records: readonly OutboxRecord[]): Promise<OutboxRecord[]>;
  /**
   * Changes a record; a settled one loses its parameters.
   * @throws AppError HOME_LOST when there is a later claim on the chat
   */
  update(id: string, change: OutboxChange, claim?: Pick<Claim, "fence">): Promise<void>;
  /** Claims the sends of a chat that are not settled, unless there is a later claim. @returns them, by seq and step */
  claim(botId: number, chatKey: string, claim: Pick<Claim, "fence">): Promise<OutboxRecord[]>;
  /** The chats with sends that are not settled. */
  openChats(botId: number): Promise<Set<string>>;
  /** The sends of a bot that are not settled, by seq and step. */
  unsettled(botId: number): Promise<OutboxRecord[]>;
  find(id: string): Promise<OutboxRecord | null>;
}

const OPEN = { $in: ["pending", "sending", "unknown"] as OutboxRecord["state"][] };

export function createOutboxStore(db: Db): OutboxStore {
  const outbox: Collection<OutboxRecord> = db.collection("outbox");
  const write = createClaimedChanges(outbox);
  const insert = createBatcher<readonly OutboxRecord[], OutboxRecord[]>(
    async (groups, inCallers) => {
      const stored = await forCallers(inCallers, () => insertOrFind(outbox, groups.flat()));
      return groups.map((group) => group.map((record) => stored.get(record._id) ?? record));
    },
    { maxSize: 100, mayBeOneItems: isMistake },
  );

  return monitored("outbox", {
    insert,
    update(id, change, claim) {
      const isSettled = change.state === "sent" || change.state === "failed";
      const update = isSettled ? { $set: { ...change, params: {} } } : { $set: change };
      return write({ id, update }, claim);
    },
    async claim(botId, chatKey, { fence }) {
      const open = { state: OPEN, chatKey, botId };
      await outbox.updateMany({ ...open, fence: { $not: { $gte: fence } } }, { $set: { fence } });
      return outbox
        .find({ ...open, fence })
        .sort({ seq: 1, step: 1 })
        .toArray();
    },
    async openChats(botId) {
      const found = await outbox.find({ state: OPEN, botId }, { projection: { chatKey: 1 } }).toArray();
      return new Set(found.map(({ chatKey }) => chatKey));
    },
    unsettled(botId) {
      return outbox.find({ state: OPEN, botId }).sort({ seq: 1, step: 1 }).toArray();
    },
    find: (id) => outbox.findOne({ _id: id }),
  });
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
