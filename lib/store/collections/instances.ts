import type { Collection, Db } from "mongodb";
import { monitored } from "../monitored.ts";

/** A running instance. */
export interface InstanceRecord {
  /** The instance, unique to each start. */
  _id: string;
  /** Grows while it lives. */
  beat: number;
  startedAt: Date;
  /** A digest of what it answers from, so that a difference is seen. */
  content: string;
  /** The record ages out from here. */
  at: Date;
}

/** The instances that run, where there are several. */
export interface InstanceStore {
  /** Shows that an instance lives. */
  beat(instance: Pick<InstanceRecord, "_id" | "startedAt" | "content">, at: Date): Promise<void>;
  /** All that have run lately. */
  list(): Promise<InstanceRecord[]>;
  /** Removes an instance that stops. */
  remove(id: string): Promise<void>;
}

export function createInstanceStore(db: Db): InstanceStore {
  const instances: Collection<InstanceRecord> = db.collection("instances");
  return monitored("instances", {
    async beat({ _id, startedAt, content }, at) {
      const set = { startedAt, content, at };
      await instances.updateOne({ _id }, { $inc: { beat: 1 }, $set: set }, { upsert: true });
    },
    list: () => instances.find().sort({ startedAt: 1 }).toArray(),
    async remove(id) {
      await instances.deleteOne({ _id: id });
    },
  });
}
