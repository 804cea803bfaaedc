import type { Collection, Db } from "mongodb";

/** Measurements are kept by the minute for two days, by the hour for 30 days, by the day for as long as is set. */
export type Resolution = "minute" | "hour" | "day";

/** The measurements of one interval: a minute of one process, or an hour or day of all. The performance monitor owns the format. */
export interface PerformanceRecord {
  _id: string;
  /** The start of the interval, whatever its length. */
  minute: Date;
  /** The measurements as JSON. */
  snapshot: string;
}

/** One of the slowest traces of an hour. The performance monitor owns the format. */
export interface TraceRecord {
  _id: string;
  /** When the traced operation began. */
  at: Date;
  operation: string;
  durationMs: number;
  /** The pseudonym of the chat it was for, if any. */
  chat?: string;
  /** The whole trace as JSON. */
  trace: string;
}

/** Stored measurements. Not measured itself, or each measurement would cause another. */
export interface PerformanceStore {
  /** Sets after how many days (at least 2) measurements and traces age out; finer ones age out sooner. */
  keepFor(days: number): Promise<void>;
  /** Saves one interval, by default a minute, replacing an earlier record of it. */
  save(record: PerformanceRecord, resolution?: Resolution): Promise<void>;
  /**
   * Measurements of [from, to) in order, none of them twice, in the coarsest intervals that fit: minutes for up to
   * 6 hours, hours for up to 15 days, else days; the latest part, not rolled up yet, is always finer. A span that
   * begins within an hour or a day includes all of it; a span whose minutes have aged out is read in hours.
   */
  between(from: Date, to: Date): Promise<PerformanceRecord[]>;
  /** The intervals of one resolution that started in [from, to), in order. */
  list(resolution: Resolution, from: Date, to: Date): Promise<PerformanceRecord[]>;
  /** The interval that started last. */
  newest(resolution: Resolution): Promise<PerformanceRecord | null>;
  /** Saves traces, each replacing an earlier record with its id. */
  saveTraces(records: readonly TraceRecord[]): Promise<void>;
  /** The traces that began in [from, to), the slowest first, at most `limit`. */
  slowestTraces(from: Date, to: Date, limit: number): Promise<TraceRecord[]>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Upper bounds in days for everything but the intervals of a day, whatever is set. */
const MOST_DAYS = { minute: 2, hour: 30, trace: 30 };
const LENGTH_MS = { hour: HOUR_MS, day: DAY_MS };
/** Spans up to this are read by the minute: at most 360 intervals of each process. */
const MINUTES_UP_TO_MS = 6 * HOUR_MS;
/** Spans up to this are read by the hour: at most 360 intervals. */
const HOURS_UP_TO_MS = 15 * DAY_MS;

/** Intervals, of some 50 KB each, read at once: an embedded database does nothing else meanwhile. */
const READ_BATCH = 20;

export function createPerformanceStore(db: Db): PerformanceStore {
  const intervals: Record<Resolution, Collection<PerformanceRecord>> = {
    minute: db.collection("performance"),
    hour: db.collection("performance_hours"),
    day: db.collection("performance_days"),
  };
  const traces: Collection<TraceRecord> = db.collection("traces");

  async function list(resolution: Resolution, from: Date, to: Date): Promise<PerformanceRecord[]> {
    const records: PerformanceRecord[] = [];
    for (;;) {
      const last = records.at(-1)?.minute ?? from;
      const known = records.filter(({ minute }) => minute.getTime() === last.getTime()).map(({ _id }) => _id);
      const next = await intervals[resolution]
        .find({ minute: { $gte: last, $lt: to }, _id: { $nin: known } })
        .sort({ minute: 1 })
        .limit(READ_BATCH)
        .toArray();
      records.push(...next);
      if (next.length < READ_BATCH) return records;
    }
  }

  /** Reads one resolution as far as it is rolled up, and the rest in the finer ones. */
  async function listFrom(
    [resolution, ...finer]: readonly Resolution[],
    from: Date,
    to: Date,
  ): Promise<PerformanceRecord[]> {
    if (resolution === undefined || from >= to) return [];
    if (resolution === "minute") return list(resolution, from, to);
    const lengthMs = LENGTH_MS[resolution];
    const start = new Date(Math.floor(from.getTime() / lengthMs) * lengthMs);
    const records = await list(resolution, start, to);
    const last = records.at(-1);
    const rest = last ? new Date(last.minute.getTime() + lengthMs) : from;
    return [...records, ...(await listFrom(finer, rest, to))];
  }

  return {
    async keepFor(days) {
      await Promise.all([
        ageOut(intervals.minute, "minute", Math.min(days, MOST_DAYS.minute)),
        ageOut(intervals.hour, "minute", Math.min(days, MOST_DAYS.hour)),
        ageOut(intervals.day, "minute", days),
        ageOut(traces, "at", Math.min(days, MOST_DAYS.trace)),
      ]);
    },
    async save({ _id, ...fields }, resolution = "minute") {
      await intervals[resolution].updateOne({ _id }, { $set: fields }, { upsert: true });
    },
    async between(from, to) {
      const spanMs = to.getTime() - from.getTime();
      if (spanMs > HOURS_UP_TO_MS) return listFrom(["day", "hour", "minute"], from, to);
      const minutes = spanMs <= MINUTES_UP_TO_MS ? await list("minute", from, to) : [];
      return minutes.length > 0 ? minutes : listFrom(["hour", "minute"], from, to);
    },
    list,
    newest: (resolution) => intervals[resolution].findOne({}, { sort: { minute: -1 } }),
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

/** Sets after how many days documents age out by the time in `field`; an index that says so already is kept. */
async function ageOut<Record extends { _id: string }>(
  collection: Collection<Record>,
  field: string,
  days: number,
): Promise<void> {
  const expireAfterSeconds = (days * DAY_MS) / 1000;
  const indexes = await collection.indexes();
  const index = indexes.find(({ key }) => Object.keys(key as object).join() === field);
  if (index?.expireAfterSeconds === expireAfterSeconds) return;
  if (typeof index?.name === "string") await collection.dropIndex(index.name);
  await collection.createIndex({ [field]: 1 }, { expireAfterSeconds });
}
