import type { Collection, Db } from "mongodb";
import { insertNew } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";

/** The content of a broadcast: a text with its formatting, or a copy of a message. */
export type BroadcastContent =
  | { kind: "text"; text: string; entities: readonly object[] }
  | { kind: "copy"; chatId: number; messageId: number };

/** A message to everyone. `_id` is the seq of the update that drafted it. */
export interface BroadcastRecord {
  _id: number;
  /** The operator who drafted it, and the chat they did it in. */
  operatorId: number;
  chatId: number;
  chatKey: string;
  language: string;
  content: BroadcastContent;
  state: "draft" | "sending" | "ended" | "cancelled";
  /** The update that confirmed it. */
  startSeq?: number;
  /** The seq of the sends to people; each person is one step of it. */
  sendSeq?: number;
  /** The message that shows the progress. */
  progressMessageId?: number;
  /** Everyone up to this Telegram user id was sent it. */
  cursor: number;
  total: number;
  sent: number;
  failed: number;
  /** The seq of the message that announces the end; `isEndTold` once that message is recorded. */
  endSeq?: number;
  isEndTold?: boolean;
  /** When the record is deleted: a draft, or one whose end was announced. */
  expiresAt?: Date;
}

/** Messages to everyone. */
export interface BroadcastStore {
  draft(
    draft: Pick<BroadcastRecord, "_id" | "operatorId" | "chatId" | "chatKey" | "language" | "content">,
    at: Date,
  ): Promise<void>;
  find(id: number): Promise<BroadcastRecord | null>;
  /** Begins to send a draft. @returns the record as it is now; null if it is gone */
  begin(
    id: number,
    start: Required<Pick<BroadcastRecord, "startSeq" | "sendSeq" | "progressMessageId" | "total">>,
  ): Promise<BroadcastRecord | null>;
  /** Advances the cursor. @returns false if that was done before, or sending was cancelled */
  advance(
    id: number,
    from: number,
    step: Pick<BroadcastRecord, "cursor" | "sent" | "failed">,
  ): Promise<boolean>;
  /** Ends a draft, or one that is being sent. @returns the record as it is now; null if it is gone */
  end(id: number, state: "ended" | "cancelled", endSeq: number): Promise<BroadcastRecord | null>;
  endTold(id: number, at: Date): Promise<void>;
  /** Those being sent, and those whose end was not announced yet. */
  unfinished(): Promise<BroadcastRecord[]>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const DRAFT_KEPT_MS = DAY_MS;
const KEPT_MS = 30 * DAY_MS;

export function createBroadcastStore(db: Db): BroadcastStore {
  const broadcasts: Collection<BroadcastRecord> = db.collection("broadcasts");
  return monitored("broadcasts", {
    async draft(draft, at) {
      const progress = { state: "draft" as const, cursor: 0, total: 0, sent: 0, failed: 0 };
      const record = { ...draft, ...progress, expiresAt: new Date(at.getTime() + DRAFT_KEPT_MS) };
      await insertNew(broadcasts, [record]);
    },
    find: (id) => broadcasts.findOne({ _id: id }),
    async begin(id, start) {
      await broadcasts.updateOne(
        { _id: id, state: "draft" },
        { $set: { ...start, state: "sending" }, $unset: { expiresAt: "" } },
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
        { $set: { state, endSeq, isEndTold: false }, $unset: { expiresAt: "" } },
      );
      return broadcasts.findOne({ _id: id });
    },
    async endTold(id, at) {
      const expiresAt = new Date(at.getTime() + KEPT_MS);
      await broadcasts.updateOne({ _id: id }, { $set: { isEndTold: true, expiresAt } });
    },
    unfinished: () =>
      broadcasts
        .find({ $or: [{ state: "sending" }, { isEndTold: false }] })
        .sort({ _id: 1 })
        .toArray(),
  });
}
