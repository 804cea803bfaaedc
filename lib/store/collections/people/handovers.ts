import type { Collection, Db } from "mongodb";
import { insertNew } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";

/** A conversation between a person and the operators. `_id` is the seq of the update that asked for it. */
export interface HandoverRecord {
  _id: number;
  telegramUserId: number;
  /** The person's private chat. */
  chatId: number;
  chatKey: string;
  language: string;
  /** The first name shown by Telegram. */
  name: string;
  isOpen: boolean;
  openedAt: Date;
  /** When either side last wrote. */
  lastAt: Date;
  /** The seqs of the messages passed on to either side, by which a send finds its conversation. */
  seqs: number[];
  /** The messages in the operators' chat, as `chatId:messageId`, by which a reply finds its conversation. */
  messages?: string[];
  endedBy?: "person" | "operator" | "silence" | "unreachable";
  /** The seq of the messages that announce the end. */
  endSeq?: number;
  endedAt?: Date;
  /** Both sides were informed of the end. */
  isEndTold?: boolean;
}

/** The end of a conversation with the operators. */
export interface HandoverEnd {
  by: NonNullable<HandoverRecord["endedBy"]>;
  seq: number;
  at: Date;
}

/** Conversations between people and the operators. Every call may be repeated for the same update. */
export interface HandoverStore {
  /** Opens a conversation that holds only the request itself. */
  open(
    request: Omit<HandoverRecord, "isOpen" | "openedAt" | "lastAt" | "seqs" | "messages">,
    at: Date,
  ): Promise<void>;
  find(id: number): Promise<HandoverRecord | null>;
  /** The conversation that a message to the operators belongs to, by the message's seq. */
  ofSeq(seq: number): Promise<HandoverRecord | null>;
  /** Those that are open, the latest first; only the one that this update ended if it has ended one. */
  openOrEndedBy(seq: number, limit: number): Promise<HandoverRecord[]>;
  /** Records that a message was passed on. */
  note(id: number, seq: number, at: Date): Promise<void>;
  /** Records the message that a send to the operators became; does nothing for one of no conversation. */
  noteMessage(seq: number, chatId: number, messageId: number): Promise<void>;
  /** The conversation of a message in the operators' chat. */
  ofMessage(chatId: number, messageId: number): Promise<HandoverRecord | null>;
  /** Ends a conversation. @returns false if something else ended it before */
  end(id: number, end: HandoverEnd): Promise<boolean>;
  /** Open conversations without a message since a time, and those that ended in silence and were not announced yet. */
  silent(since: Date): Promise<HandoverRecord[]>;
  /** Records that both sides were informed of the end. */
  endTold(id: number): Promise<void>;
}

export function createHandoverStore(db: Db): HandoverStore {
  const handovers: Collection<HandoverRecord> = db.collection("handovers");
  return monitored("handovers", {
    async open(request, at) {
      const record = { ...request, isOpen: true, openedAt: at, lastAt: at, seqs: [request._id] };
      await insertNew(handovers, [record]);
    },
    find: (id) => handovers.findOne({ _id: id }),
    async openOrEndedBy(seq, limit) {
      const ended = await handovers.findOne({ endSeq: seq });
      if (ended) return [ended];
      return handovers.find({ isOpen: true }).sort({ _id: -1 }).limit(limit).toArray();
    },
    ofSeq: (seq) => handovers.findOne({ seqs: seq }),
    async note(id, seq, at) {
      await handovers.updateOne({ _id: id }, { $addToSet: { seqs: seq }, $max: { lastAt: at } });
    },
    async noteMessage(seq, chatId, messageId) {
      await handovers.updateOne({ seqs: seq }, { $addToSet: { messages: `${chatId}:${messageId}` } });
    },
    ofMessage: (chatId, messageId) => handovers.findOne({ messages: `${chatId}:${messageId}` }),
    async end(id, { by, seq, at }) {
      const { modifiedCount } = await handovers.updateOne(
        { _id: id, isOpen: true },
        { $set: { isOpen: false, endedBy: by, endSeq: seq, endedAt: at, isEndTold: by !== "silence" } },
      );
      return modifiedCount > 0 || (await handovers.findOne({ _id: id, endSeq: seq })) !== null;
    },
    silent: (since) =>
      handovers.find({ $or: [{ isOpen: true, lastAt: { $lt: since } }, { isEndTold: false }] }).toArray(),
    async endTold(id) {
      await handovers.updateOne({ _id: id }, { $set: { isEndTold: true } });
    },
  });
}
