import type { Collection, Db } from "mongodb";
import { monitored } from "../../monitored.ts";

/** The use of one model on one of Google's days. `_id` is `day:model`. */
export interface UsageRecord {
  _id: string;
  /** Such as `2026-11-22`: midnight to midnight in California. */
  day: string;
  model: string;
  requests: number;
  promptTokens: number;
  /** Includes the model's thoughts. */
  outputTokens: number;
  /** The use of the per-minute quotas when it was last counted. */
  lastMinute?: { at: Date; requests: number; promptTokens: number };
  /** The record ages out from here. */
  startedAt: Date;
}

/** The use of a model on one day. */
export type UsageTotals = Pick<
  UsageRecord,
  "day" | "model" | "requests" | "promptTokens" | "outputTokens" | "lastMinute"
>;

/** The use of the models, by Google's days (midnight to midnight in California). */
export interface UsageStore {
  /**
   * Adds to a day of a model. Each call to the model is added once: it is no effect of an update, and an update that is
   * handled again and asks again has used the model twice.
   * @param lastMinute replaces the stored one
   * @returns the totals of the day, over all processes
   */
  add(
    day: string,
    model: string,
    amount: Pick<UsageRecord, "requests" | "promptTokens" | "outputTokens">,
    lastMinute?: UsageRecord["lastMinute"],
  ): Promise<UsageTotals>;
  /** The days from `day` on, of every model. */
  since(day: string): Promise<UsageTotals[]>;
}

export function createUsageStore(db: Db): UsageStore {
  const usage: Collection<UsageRecord> = db.collection("usage");
  return monitored("usage", {
    async add(day, model, amount, lastMinute) {
      const record = await usage.findOneAndUpdate(
        { _id: `${day}:${model}` },
        {
          $inc: amount,
          $setOnInsert: { day, model, startedAt: new Date(`${day}T00:00:00Z`) },
          ...(lastMinute ? { $set: { lastMinute } } : {}),
        },
        { upsert: true, returnDocument: "after" },
      );
      return record ?? { day, model, ...amount };
    },
    since: (day) => usage.find({ day: { $gte: day } }).toArray(),
  });
}
