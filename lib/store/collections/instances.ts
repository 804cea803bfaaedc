import type { Collection, Db } from "mongodb";
import { monitored } from "../monitored.ts";

/** A running instance. */
export interface InstanceRecord {
  /** The instance, unique to each start. */
  _id: string;
  /** Grows while it lives. */
  beat: number;
  /** The record ages out from here. */
  at: Date;
}

/** The instances that run, where there are several. */
export interface InstanceStore {
  /** Shows that an instance lives. */
  beat(id: string, at: Date): Promise<void>;
  /** All that have run lately. */
  list(): Promise<InstanceRecord[]>;
  /** Removes an instance that stops. */
  remove(id: string): Promise<void>;
}

export function createInstanceStore(db: Db): InstanceStore {
  const instances: Collection<InstanceRecord> = db.collection("instances");
  return monitored("instances", {
    async beat(id, at) {
      await instances.updateOne({ _id: id }, { $inc: { beat: 1 }, $set: { at } }, { upsert: true });
    },
    list: () => instances.find().toArray(),
    async remove(id) {
      await instances.deleteOne({ _id: id });
    },
  });
}
