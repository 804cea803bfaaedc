import { createBatcher, type Logger } from "../core/index.ts";

/** A stored value: JSON, or null to delete it. Its key is `kind` and `id` together. */
export interface StoredEntry {
  kind: string;
  id: string;
  value: unknown;
}

/** Keeps the chats, counters and unconfirmed updates of the simulated Telegram between runs. */
export interface SandboxStorage {
  /** All entries that were saved and not deleted, in any order. */
  load(): Promise<StoredEntry[]>;
  /** Writes the entries in order; a `null` value deletes. Resolves once they would survive a crash. */
  save(entries: readonly StoredEntry[]): Promise<void>;
}

/** Writes entries; concurrent callers share one write. */
export interface Saver {
  /** Resolves once the entries are stored. */
  save(entries: readonly StoredEntry[]): Promise<void>;
  /** Resolves once every earlier save has been stored or has failed. */
  settle(): Promise<void>;
  /** Saves without waiting, for entries whose loss only repeats an update; a failure is logged. */
  saveLater(entries: readonly StoredEntry[]): void;
}

const MAX_BATCH = 500;

/** Creates a saver; without a storage it writes nothing and resolves at once. */
export function createSaver(storage: SandboxStorage | undefined, logger: Logger): Saver {
  if (!storage) return { save: () => Promise.resolve(), settle: () => Promise.resolve(), saveLater() {} };
  const save = createBatcher<readonly StoredEntry[], void>(
    async (batches) => {
      const entries = newestOfEach(batches.flat());
      if (entries.length > 0) await storage.save(entries);
      return batches.map(() => undefined);
    },
    { maxSize: MAX_BATCH },
  );
  return {
    save,
    settle: () => save([]).catch(() => undefined),
    saveLater(entries) {
      save(entries).catch((error: unknown) =>
        logger.error("The simulated Telegram could not be stored", { error }),
      );
    },
  };
}

function newestOfEach(entries: readonly StoredEntry[]): StoredEntry[] {
  return [...new Map(entries.map((entry) => [`${entry.kind}:${entry.id}`, entry])).values()];
}
