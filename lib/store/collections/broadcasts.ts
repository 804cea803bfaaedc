import type { Collection, Db } from "mongodb";
import { insertNew } from "../batching/writes.ts";

/** What everyone is sent: a text with its formatting, or a copy of a message. */
export type BroadcastContent =
  | { kind: "text"; text: string; entities: readonly object[] }
  | { kind: "copy"; chatId: number; messageId: number };

/** A message to everyone. `_id` is the seq of the update that drafted it. */
export interface BroadcastRecord {
  _id: number;
  /** The operator who drafted it, and where. */
  operatorId: number;
  chatId: number;
  chatKey: string;
  language: string;
  content: BroadcastContent;
  state: "draft" | "sending" | "ended" | "cancelled";
  /** The seq of what is sent to people; each person is one step of it. */
  sendSeq?: number;
  /** The message that tells how far it is. */
  progressMessageId?: number;
  /** Everyone up to this Telegram user id was sent it. */
  cursor: number;
  total: number;
  sent: number;
  failed: number;
  /** The seq of the message that tells of the end; that message is recorded once `isEndTold`. */
  endSeq?: number;
  isEndTold?: boolean;
  /** Then the record goes. */
  expiresAt: Date;
}

/** Messages to everyone. */
export interface BroadcastStore {
  draft(
    draft: Pick<BroadcastRecord, "_id" | "operatorId" | "chatId" | "chatKey" | "language" | "content">,
    at: Date,
  ): Promise<void>;
  find(id: number): Promise<BroadcastRecord | null>;
  /** Begins to send a draft; answers what it is now, or null if it is gone. */
  begin(
    id: number,
    start: Required<Pick<BroadcastRecord, "sendSeq" | "progressMessageId" | "total">>,
    at: Date,
  ): Promise<BroadcastRecord | null>;
  /** Moves on from one cursor to the next; answers false when that was done before, or sending was cancelled. */
  advance(
    id: number,
    from: number,
    step: Pick<BroadcastRecord, "cursor" | "sent" | "failed">,
  ): Promise<boolean>;
  /** Ends one that is under way, or a draft; answers what it is now, or null if it is gone. */
  end(id: number, state: "ended" | "cancelled", endSeq: number): Promise<BroadcastRecord | null>;
  endTold(id: number): Promise<void>;
  /** What is under way, and what ended without a word of it. */
  unfinished(): Promise<BroadcastRecord[]>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const DRAFT_KEPT_MS = DAY_MS;
const KEPT_MS = 30 * DAY_MS;

export function createBroadcastStore(db: Db): BroadcastStore {
  const broadcasts: Collection<BroadcastRecord> = db.collection("broadcasts");
  return {
    async draft(draft, at) {
      const progress = { state: "draft" as const, cursor: 0, total: 0, sent: 0, failed: 0 };
      const record = { ...draft, ...progress, expiresAt: new Date(at.getTime() + DRAFT_KEPT_MS) };
      await insertNew(broadcasts, [record]);
    },
    find: (id) => broadcasts.findOne({ _id: id }),
    async begin(id, start, at) {
      await broadcasts.updateOne(
        { _id: id, state: "draft" },
        { $set: { ...start, state: "sending", expiresAt: new Date(at.getTime() + KEPT_MS) } },
      );
      return broadcasts.findOne({ _id: id });
    },
    async advance(id, from, { cursor, sent, failed }) {
      const { modifiedCount } = await broadcasts.updateOne(
        { _id: id, state: "sending", cursor: from },
        { $set: { cursor }, $inc: { sent, failed } },
      );
      return modifiedCount > 0;
    },
    async end(id, state, endSeq) {
      await broadcasts.updateOne(
        { _id: id, state: { $in: ["draft", "sending"] } },
        { $set: { state, endSeq, isEndTold: false } },
      );
      return broadcasts.findOne({ _id: id });
    },
    async endTold(id) {
      await broadcasts.updateOne({ _id: id }, { $set: { isEndTold: true } });
    },
    unfinished: () =>
      broadcasts
        .find({ $or: [{ state: "sending" }, { isEndTold: false }] })
        .sort({ _id: 1 })
        .toArray(),
  };
}
