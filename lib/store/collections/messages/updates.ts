import type { Collection, Db } from "mongodb";
import { type Claim, createClaimedChanges } from "../../batching/claims.ts";
import { insertNew } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";
import { type CounterRecord, Sequence } from "./sequence.ts";

/** What suggests that an update kills the process. */
export interface CrashEvidence {
  /** How often the process died while it was in progress. */
  crashes: number;
  /** How often it died while nothing else was. */
  deaths: number;
  firstDeathAt?: Date;
  /** The instance that died last while it was in progress, where there are several. */
  owner?: string;
}

/** One update received from Telegram. `_id` is `botId:updateId`, so the same update is never stored twice. */
export interface UpdateRecord {
  _id: string;
  botId: number;
  chatKey: string;
  /** The order of arrival, over all chats. */
  seq: number;
  /** The free seqs right before it begin above this one; `SEQ_STEP` before its own where it is missing. */
  seqFloor?: number;
  state: "received" | "processing" | "done" | "dead";
  /** How often processing began; an attempt that only waited, or was stopped cleanly, is given back. */
  attempts: number;
  /** The earliest time of the next attempt. */
  notBefore?: Date;
  evidence?: CrashEvidence;
  /** With several instances: the latest claim on its chat, and the instance that last began it. */
  fence?: number;
  owner?: string;
  /** Ids of the updates that are handled with this one: the other pictures of an album. */
  joined?: readonly string[];
  /** The update as JSON; dropped when it is settled. */
  payload?: string;
  receivedAt: Date;
  settledAt?: Date;
}

/**
 * The distance between two seqs as they are given out. An update that arrives after a later one of its chat gets one in
 * between.
 */
export const SEQ_STEP = 16;

/** An update that has no seq yet. If it is processed at once it is stored as already begun. */
export type ArrivedUpdate = Pick<
  UpdateRecord,
  "_id" | "botId" | "chatKey" | "payload" | "receivedAt" | "state" | "attempts"
>;

/** An update with its seq and the free ones right before it, which end with its own and begin above `seqFloor`. */
export type SeqRange = Required<Pick<UpdateRecord, "seq" | "seqFloor">> & { id: string };

/** What may change about an update that is not settled. */
export type UpdateChange = Pick<UpdateRecord, "attempts"> & {
  state: "received" | "processing";
  notBefore?: Date;
  evidence?: CrashEvidence;
};

/** The stored updates of the inbox. */
export interface UpdateStore {
  /**
   * Stores a batch in the order given. An update that is stored already is left unchanged.
   * @returns those of the batch that are not settled, in order: new ones, and ones an earlier, interrupted call stored
   */
  add(batch: readonly ArrivedUpdate[]): Promise<UpdateRecord[]>;
  /**
   * Changes an update that is being processed. Like all that follow, it changes nothing when there is a later claim.
   * @throws AppError HOME_LOST when there is a later claim
   */
  change(id: string, change: UpdateChange, claim?: Claim): Promise<void>;
  /** Gives an update that is not begun a place right before another one of its chat that is not begun either. */
  moveBefore(next: SeqRange, moved: SeqRange, claim?: Claim): Promise<void>;
  /** Records which updates are handled with this one. */
  join(id: string, joined: readonly string[], claim?: Claim): Promise<void>;
  /** Settles an update: its payload is dropped, and it ages out. */
  settle(id: string, state: "done" | "dead", at: Date, claim?: Claim): Promise<void>;
  /** Claims the updates of a chat that are not settled, unless there is a later claim on them. @returns them, in order */
  claim(botId: number, chatKey: string, claim: Claim): Promise<UpdateRecord[]>;
  /** How many updates an instance has in progress, or had when it ended. */
  inProgressOf(botId: number, owner: string): Promise<number>;
  /** The chats with updates that may be tried now. */
  openChats(botId: number, now: Date): Promise<Set<string>>;
  /** The updates of a bot that are not settled, in order of arrival. */
  unsettled(botId: number): Promise<UpdateRecord[]>;
  /** Takes a seq for messages that no update caused, such as an alert. */
  nextSeq(): Promise<number>;
}

const OPEN = { $in: ["received", "processing"] as UpdateRecord["state"][] };

/** @param isShared whether several instances number updates: in the order of arrival, each batch costs a round trip */
export function createUpdateStore(db: Db, { isShared = false } = {}): UpdateStore {
  const updates: Collection<UpdateRecord> = db.collection("updates");
  const counters = db.collection<CounterRecord>("counters");
  const sequence = new Sequence(counters, "seq", isShared ? { blockSize: 1 } : {});
  const write = createClaimedChanges(updates);

  return monitored("updates", {
    async add(batch) {
      if (batch.length === 0) return [];
      const first = await sequence.take(batch.length);
      const records = batch.map((update, index) => ({ ...update, seq: (first + index) * SEQ_STEP }));
      const isNew = await insertNew(updates, records);
      if (isNew.every(Boolean)) return records;
      const known = records.filter((_, index) => !isNew[index]).map(({ _id }) => _id);
      const open = await updates.find({ _id: { $in: known }, state: OPEN }).toArray();
      return [...records.filter((_, index) => isNew[index]), ...open].toSorted((a, b) => a.seq - b.seq);
    },

    change(id, { state, attempts, notBefore, evidence }, claim) {
      const owner = claim && state === "processing" ? { owner: claim.owner } : {};
      const changed = { state, attempts, ...owner, ...(evidence ? { evidence } : {}) };
      const update = notBefore
        ? { $set: { ...changed, notBefore } }
        : { $set: changed, $unset: { notBefore: "" as const } };
      return write({ id, update }, claim);
    },

    async moveBefore(next, moved, claim) {
      // One after the other: a seq that is no longer free must never be given out again.
      await write({ id: next.id, update: { $set: { seqFloor: next.seqFloor } } }, claim);
      await write({ id: moved.id, update: { $set: { seq: moved.seq, seqFloor: moved.seqFloor } } }, claim);
    },

    join(id, joined, claim) {
      return write({ id, update: { $set: { joined } } }, claim);
    },

    settle(id, state, at, claim) {
      const update = {
        $set: { state, settledAt: at },
        $unset: { payload: "" as const, notBefore: "" as const },
      };
      return write({ id, update }, claim);
    },

    async claim(botId, chatKey, { fence }) {
      const open = { state: OPEN, chatKey, botId };
      await updates.updateMany({ ...open, fence: { $not: { $gte: fence } } }, { $set: { fence } });
      return updates
        .find({ ...open, fence })
        .sort({ seq: 1 })
        .toArray();
    },

    inProgressOf: (botId, owner) =>
      updates.countDocuments({
        state: OPEN,
        botId,
        $or: [{ state: "processing", owner }, { "evidence.owner": owner }],
      }),

    async openChats(botId, now) {
      const open = { state: OPEN, botId, notBefore: { $not: { $gt: now } } };
      const found = await updates.find(open, { projection: { chatKey: 1 } }).toArray();
      return new Set(found.map(({ chatKey }) => chatKey));
    },

    unsettled(botId) {
      return updates.find({ state: OPEN, botId }).sort({ seq: 1 }).toArray();
    },

    nextSeq: async () => (await sequence.take(1)) * SEQ_STEP,
  });
}
