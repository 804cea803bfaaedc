import { createBatcher, type Logger } from "../core/index.ts";

/** One thing the simulation remembers: JSON, or null to forget it. `kind` and `id` together are its key. */
export interface StoredEntry {
  kind: string;
  id: string;
  value: unknown;
}

/** Where the simulated Telegram keeps its chats, counters and unconfirmed updates between runs. */
export interface SandboxStorage {
  /** Everything saved and not forgotten, in any order. */
  load(): Promise<StoredEntry[]>;
  /** Writes the entries, in order; a `null` value deletes. Resolves once they would survive a crash. */
  save(entries: readonly StoredEntry[]): Promise<void>;
}

/** Writes for the parts of the simulation; many callers at once share one write. */
export interface Saver {
  /** Resolves once the entries are stored. */
  save(entries: readonly StoredEntry[]): Promise<void>;
  /** Resolves once everything given so far is stored, or has failed and been told. */
  settle(): Promise<void>;
  /** For what would only be repeated if it were lost; a failure is logged. */
  saveLater(entries: readonly StoredEntry[]): void;
}

const MAX_BATCH = 500;

/** A saver; without a storage it writes nothing, and nothing waits. */
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
