import type { Collection, Db } from "mongodb";
import type { UsageRecord } from "../records.ts";

/** What a model was used for on one day. */
export type UsageTotals = Pick<
  UsageRecord,
  "day" | "model" | "requests" | "promptTokens" | "outputTokens" | "lastMinute"
>;

/** What the model was used for, by Google's days (midnight to midnight in California). */
export interface UsageStore {
  /**
   * Adds to a day of a model. Answers what the day came to, over all processes. Each call to the model is added once;
   * it is no effect of an update, and an update that is handled again and asks again has used the model twice.
   * @param lastMinute takes the place of the one there was
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
  return {
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
  };
}
