import type { Collection, Db } from "mongodb";
import { insertNew } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";

/** That a person may be in danger, for the operators. `_id` is the seq of the first update in which it was heard. */
export interface DangerReportRecord {
  _id: number;
  telegramUserId: number;
  chatKey: string;
  isPrivate: boolean;
  /** The first name shown by Telegram. */
  name: string;
  /** The ids of the rules that heard it. */
  rules: string[];
  /** How many messages it was heard in, and the last update counted. */
  count: number;
  lastSeq: number;
  firstAt: Date;
  lastAt: Date;
  /** The seq of the message that tells the operators; one message may tell of several people. */
  messageSeq?: number;
  /** Whether that message reached an operator. Missing while it is not known. */
  outcome?: "told" | "lost";
  /** Whether the count is higher than the message says. */
  hasGrown?: boolean;
}

/** A message that sounds like danger. */
export type HeardDanger = Pick<DangerReportRecord, "telegramUserId" | "chatKey" | "isPrivate" | "name"> & {
  seq: number;
  rule: string;
  at: Date;
};

/** Reports of danger to the operators. Every call may be repeated for the same update or message. */
export interface DangerReportStore {
  /** Adds to the person's report if it began after `since`, else opens a new one. */
  hear(heard: HeardDanger, since: Date): Promise<void>;
  /** Reports that no message tells of yet, the oldest first. */
  waiting(limit: number): Promise<DangerReportRecord[]>;
  /** Lets a message tell of these reports, except those another one tells of. @returns what it tells of */
  assign(ids: readonly number[], messageSeq: number): Promise<DangerReportRecord[]>;
  /** The reports that a message tells of. */
  ofMessage(messageSeq: number): Promise<DangerReportRecord[]>;
  /** Records whether a message reached an operator. */
  settle(messageSeq: number, outcome: NonNullable<DangerReportRecord["outcome"]>): Promise<void>;
  /** The messages whose outcome is not known. */
  unsettledMessages(): Promise<number[]>;
  /** A message that shows a lower count than its reports have; null when there is none. */
  outdatedMessage(): Promise<number | null>;
  /** Records that a message shows these counts. */
  noteShown(reports: readonly Pick<DangerReportRecord, "_id" | "count">[]): Promise<void>;
  /** When the latest report that reached nobody was heard; null without one. */
  lastLostAt(): Promise<Date | null>;
  /** Lets reports that reached nobody be told again. @returns whether there were any */
  retryLost(): Promise<boolean>;
}

export function createDangerReportStore(db: Db): DangerReportStore {
  const reports: Collection<DangerReportRecord> = db.collection("danger_reports");
  const ofMessage = (messageSeq: number): Promise<DangerReportRecord[]> =>
    reports.find({ messageSeq }).sort({ _id: 1 }).toArray();

  return monitored("danger_reports", {
    async hear({ seq, rule, at, ...who }, since) {
      const { chatKey, telegramUserId } = who;
      const open = { chatKey, telegramUserId, firstAt: { $gt: since } };
      const [known] = await reports.find(open).sort({ _id: -1 }).limit(1).toArray();
      if (!known) {
        const first = { count: 1, lastSeq: seq, firstAt: at, lastAt: at };
        await insertNew(reports, [{ _id: seq, ...who, rules: [rule], ...first }]);
        return;
      }
      await reports.updateOne(
        { _id: known._id, lastSeq: { $lt: seq } },
        {
          $inc: { count: 1 },
          $set: { lastSeq: seq, lastAt: at, hasGrown: true },
          $addToSet: { rules: rule },
        },
      );
    },
    waiting: (limit) =>
      reports
        .find({ messageSeq: { $exists: false } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    async assign(ids, messageSeq) {
      const free = { _id: { $in: [...ids] }, messageSeq: { $exists: false } };
      await reports.updateMany(free, { $set: { messageSeq } });
      return ofMessage(messageSeq);
    },
    ofMessage,
    async settle(messageSeq, outcome) {
      await reports.updateMany({ messageSeq }, { $set: { outcome } });
    },
    async unsettledMessages() {
      const open = { messageSeq: { $exists: true }, outcome: { $exists: false } };
      const found = await reports.find(open).toArray();
      return [...new Set(found.flatMap(({ messageSeq }) => messageSeq ?? []))];
    },
    async outdatedMessage() {
      const outdated = await reports.findOne({ hasGrown: true, outcome: "told" });
      return outdated?.messageSeq ?? null;
    },
    async noteShown(shown) {
      for (const { _id, count } of shown) {
        await reports.updateOne({ _id, count }, { $unset: { hasGrown: "" } });
      }
    },
    async lastLostAt() {
      const [lost] = await reports.find({ outcome: "lost" }).sort({ lastAt: -1 }).limit(1).toArray();
      return lost?.lastAt ?? null;
    },
    async retryLost() {
      const again = { $unset: { messageSeq: "" as const, outcome: "" as const } };
      return (await reports.updateMany({ outcome: "lost" }, again)).modifiedCount > 0;
    },
  });
}
