import { randomBytes } from "node:crypto";
import type { Collection, Db } from "mongodb";

/** What is drawn once and shared by all who use the database. */
interface InstallationRecord {
  _id: "secret";
  value: string;
}

/**
 * The secret by which chats get their pseudonyms in logs, metrics and traces. It is kept in the database, so that somebody
 * who has only the logs cannot turn a pseudonym back into a chat.
 */
export async function installationSecret(db: Db): Promise<string> {
  const records: Collection<InstallationRecord> = db.collection("installation");
  const known = await records.findOne({ _id: "secret" });
  if (known) return known.value;
  const value = randomBytes(32).toString("base64url");
  const made = { upsert: true, returnDocument: "after" } as const;
  const kept = await records.findOneAndUpdate({ _id: "secret" }, { $setOnInsert: { value } }, made);
  if (!kept) throw new Error("the installation's secret was not stored");
  return kept.value;
}
