import type { Collection, Db } from "mongodb";
import { insertNew } from "../batching/writes.ts";

/** A conversation of a person with the operators. `_id` is the seq of the update that asked for it. */
export interface HandoverRecord {
  _id: number;
  telegramUserId: number;
  /** The person's private chat. */
  chatId: number;
  chatKey: string;
  language: string;
  /** The first name Telegram shows. */
  name: string;
  isOpen: boolean;
  openedAt: Date;
  /** When either side last said something. */
  lastAt: Date;
  /** What was passed on to the operators, by its seq, so that their replies find the way back. */
  seqs: number[];
  endedBy?: "person" | "operator" | "silence";
  /** The seq of the messages that tell of the end. */
  endSeq?: number;
  endedAt?: Date;
  /** Both sides were told that it ended. */
  isEndTold?: boolean;
}

/** Who ends a conversation with the operators, and when. */
export interface HandoverEnd {
  by: "person" | "operator" | "silence";
  seq: number;
  at: Date;
}

/** Conversations of people with the operators. Every call may be repeated for the same update. */
export interface HandoverStore {
  /** Opens one, with nothing passed on yet but the request itself. */
  open(request: Omit<HandoverRecord, "isOpen" | "openedAt" | "lastAt" | "seqs">, at: Date): Promise<void>;
  find(id: number): Promise<HandoverRecord | null>;
  /** The one that a message to the operators, by its seq, belongs to. */
  ofSeq(seq: number): Promise<HandoverRecord | null>;
  /** Notes something said. */
  note(id: number, seq: number, at: Date): Promise<void>;
  /** Ends one; answers false if something else ended it before. */
  end(id: number, end: HandoverEnd): Promise<boolean>;
  /** Open ones in which nothing was said since, and ones that ended in silence of which nobody was told yet. */
  silent(since: Date): Promise<HandoverRecord[]>;
  /** Notes that both sides were told. */
  endTold(id: number): Promise<void>;
}

export function createHandoverStore(db: Db): HandoverStore {
  const handovers: Collection<HandoverRecord> = db.collection("handovers");
  return {
    async open(request, at) {
      const record = { ...request, isOpen: true, openedAt: at, lastAt: at, seqs: [request._id] };
      await insertNew(handovers, [record]);
    },
    find: (id) => handovers.findOne({ _id: id }),
    ofSeq: (seq) => handovers.findOne({ seqs: seq }),
    async note(id, seq, at) {
      await handovers.updateOne({ _id: id }, { $addToSet: { seqs: seq }, $max: { lastAt: at } });
    },
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
  };
}
