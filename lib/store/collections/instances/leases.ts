import type { Collection, Db } from "mongodb";
import { insertNew } from "../../batching/writes.ts";
import { monitored } from "../../monitored.ts";

/** The right to do what only one instance may do. `_id` is what it is for. */
export interface LeaseRecord {
  _id: string;
  /** The instance that holds it; null: nobody does. */
  owner: string | null;
  /** Grows with every holder. */
  fence: number;
  /** Grows while the holder lives. No times are compared, so no clock can be wrong. */
  beat: number;
  /** What a holder left for the next one. */
  notes?: string;
}

/** Leases of several instances. */
export interface LeaseStore {
  /** The lease as it is now; created without a holder when it is new. */
  read(name: string): Promise<LeaseRecord>;
  /** Takes a lease over. @returns false when it has changed since it was read */
  takeOver(seen: LeaseRecord, owner: string): Promise<boolean>;
  /** Shows that the holder lives. @returns false when another one has taken over */
  beat(name: string, fence: number): Promise<boolean>;
  /** Leaves notes for the next holder. @returns false when another one has taken over */
  leaveNotes(name: string, fence: number, notes: string): Promise<boolean>;
  /** Gives a lease back; nothing happens when another one has taken over. */
  release(name: string, fence: number): Promise<void>;
}

export function createLeaseStore(db: Db): LeaseStore {
  const leases: Collection<LeaseRecord> = db.collection("leases");
  return monitored("leases", {
    async read(name) {
      const known = await leases.findOne({ _id: name });
      if (known) return known;
      const created: LeaseRecord = { _id: name, owner: null, fence: 0, beat: 0 };
      await insertNew(leases, [created]);
      return (await leases.findOne({ _id: name })) ?? created;
    },
    async takeOver({ _id, fence, beat }, owner) {
      const { matchedCount } = await leases.updateOne(
        { _id, fence, beat },
        { $set: { owner }, $inc: { fence: 1 } },
      );
      return matchedCount > 0;
    },
    async beat(name, fence) {
      const { matchedCount } = await leases.updateOne({ _id: name, fence }, { $inc: { beat: 1 } });
      return matchedCount > 0;
    },
    async leaveNotes(name, fence, notes) {
      const { matchedCount } = await leases.updateOne({ _id: name, fence }, { $set: { notes } });
      return matchedCount > 0;
    },
    async release(name, fence) {
      await leases.updateOne({ _id: name, fence }, { $set: { owner: null } });
    },
  });
}
