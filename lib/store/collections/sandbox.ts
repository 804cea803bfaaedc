import type { Collection, Db } from "mongodb";
import type { SandboxStorage } from "../../sandbox/index.ts";

interface SandboxRecord {
  _id: string;
  kind: string;
  id: string;
  /** JSON, since what a person types may contain names that MongoDB reads as operators. */
  value: string;
}

/** Keeps the state of the simulated Telegram across restarts. */
export function createSandboxStore(db: Db): SandboxStorage {
  const entries: Collection<SandboxRecord> = db.collection("telegram");
  return {
    async load() {
      const records = await entries.find().toArray();
      return records.map(({ kind, id, value }) => ({ kind, id, value: JSON.parse(value) as unknown }));
    },
    async save(changed) {
      if (changed.length === 0) return;
      await entries.bulkWrite(
        changed.map(({ kind, id, value }) => {
          const _id = `${kind}:${id}`;
          if (value === null) return { deleteOne: { filter: { _id } } };
          const update = { $set: { kind, id, value: JSON.stringify(value) } };
          return { updateOne: { filter: { _id }, update, upsert: true } };
        }),
      );
    },
  };
}
