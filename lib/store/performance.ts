import type { Collection, Db } from "mongodb";

/** A minute of one process's measurements; what is inside is the performance monitor's affair. */
export interface PerformanceRecord {
  /** `instance:minute` */
  _id: string;
  /** The start of the minute. */
  minute: Date;
  /** The measurements as JSON. */
  snapshot: string;
}

/** Where measurements are kept. */
export interface PerformanceStore {
  /** Writes a minute, in place of what was written of it before. */
  save(record: PerformanceRecord): Promise<void>;
  /** The minutes that started in [from, to), in order. */
  between(from: Date, to: Date): Promise<PerformanceRecord[]>;
}

export function createPerformanceStore(db: Db): PerformanceStore {
  const performance: Collection<PerformanceRecord> = db.collection("performance");
  return {
    async save({ _id, ...fields }) {
      await performance.updateOne({ _id }, { $set: fields }, { upsert: true });
    },
    between: (from, to) =>
      performance
        .find({ minute: { $gte: from, $lt: to } })
        .sort({ minute: 1 })
        .toArray(),
  };
}
