import { createHash } from "node:crypto";
import type { Collection, Db } from "mongodb";
import type { PersonRecord } from "../../records.ts";

/**
 * What remains of a banned person whose data was erased, so that erasing does not lift the ban. `_id` is a hash of the
 * Telegram user id: searching the data for the id finds nothing, yet the ban of a given id can still be looked up. It is
 * deleted when an operator lifts the ban.
 */
export type BanRecord = { _id: string } & NonNullable<PersonRecord["barred"]>;

export function bansOf(db: Db): Collection<BanRecord> {
  return db.collection("barrings");
}

/** The `_id` of a person's ban. */
export function banId(telegramUserId: number): string {
  return createHash("sha256").update(`barred:${telegramUserId}`).digest("hex");
}
