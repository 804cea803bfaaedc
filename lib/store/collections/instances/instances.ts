import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";

/** How an instance uses a model. */
export interface InstanceModel {
  model: string;
  /** Whether it keeps to its share of the limits, because it does not reach Redis. */
  isApart: boolean;
  /** How many of its calls are in flight. */
  calls: number;
}

/** A running instance. */
export interface InstanceRecord {
  /** The instance, unique to each start. */
  _id: string;
  /** Grows while it lives. */
  beat: number;
  models?: InstanceModel[];
  /** The record ages out from here. */
  at: Date;
}

/** The instances that run, where there are several. */
export interface InstanceStore {
  /** Shows that an instance lives. */
  beat(id: string, at: Date, models: InstanceModel[]): Promise<void>;
  /** All that have run lately. */
  list(): Promise<InstanceRecord[]>;
  /** Removes an instance that stops. */
  remove(id: string): Promise<void>;
}

export function createInstanceStore(db: Db): InstanceStore {
  const instances: Collection<InstanceRecord> = db.collection("instances");
  return monitored("instances", {
    async beat(id, at, models) {
      await instances.updateOne({ _id: id }, { $inc: { beat: 1 }, $set: { at, models } }, { upsert: true });
    },
    list: () => instances.find().toArray(),
    async remove(id) {
      await instances.deleteOne({ _id: id });
    },
  });
}
