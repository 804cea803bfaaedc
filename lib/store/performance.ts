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

/** One of the slowest pieces of work of an hour; what is inside is the performance monitor's affair. */
export interface TraceRecord {
  _id: string;
  /** When it began. */
  at: Date;
  operation: string;
  durationMs: number;
  /** The whole trace as JSON. */
  trace: string;
}

/** Where measurements are kept. */
export interface PerformanceStore {
  /** Writes a minute, in place of what was written of it before. */
  save(record: PerformanceRecord): Promise<void>;
  /** The minutes that started in [from, to), in order. */
  between(from: Date, to: Date): Promise<PerformanceRecord[]>;
  /** Writes traces, each in place of what was written under its id before. */
  saveTraces(records: readonly TraceRecord[]): Promise<void>;
  /** The traces that began in [from, to), the slowest first, at most so many. */
  slowestTraces(from: Date, to: Date, limit: number): Promise<TraceRecord[]>;
}

export function createPerformanceStore(db: Db): PerformanceStore {
  const performance: Collection<PerformanceRecord> = db.collection("performance");
  const traces: Collection<TraceRecord> = db.collection("traces");
  return {
    async save({ _id, ...fields }) {
      await performance.updateOne({ _id }, { $set: fields }, { upsert: true });
    },
    between: (from, to) =>
      performance
        .find({ minute: { $gte: from, $lt: to } })
        .sort({ minute: 1 })
        .toArray(),
    async saveTraces(records) {
      if (records.length === 0) return;
      await traces.bulkWrite(
        records.map(({ _id, ...fields }) => ({
          updateOne: { filter: { _id }, update: { $set: fields }, upsert: true },
        })),
        { ordered: false },
      );
    },
    slowestTraces: (from, to, limit) =>
      traces
        .find({ at: { $gte: from, $lt: to } })
        .sort({ durationMs: -1 })
        .limit(limit)
        .toArray(),
  };
}
