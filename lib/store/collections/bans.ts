import { createHash } from "node:crypto";
import type { Collection, Db } from "mongodb";
import type { PersonRecord } from "../records.ts";

/**
 * What stays of someone an operator keeps from the bot once they had everything erased, so that erasing is no way
 * around it. `_id` is a hash of their Telegram user id: a search for the id finds nothing, and who wonders about one
 * certain id can still be answered, which is all it is for. It goes when an operator lets them in again.
 */
export type BarringRecord = { _id: string } & NonNullable<PersonRecord["barred"]>;

export function barringsOf(db: Db): Collection<BarringRecord> {
  return db.collection("barrings");
}

/** The `_id` of a person's mark. */
export function barringId(telegramUserId: number): string {
  return createHash("sha256").update(`barred:${telegramUserId}`).digest("hex");
}
