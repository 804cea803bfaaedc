import type { Collection, Document, Filter } from "mongodb";
import { createBatcher } from "../../core/index.ts";
import { forCallers } from "./command-group.ts";

/** MongoDB's first reply to a find holds 101 documents, so fewer keys than that never take a second round trip. */
const MAX_KEYS = 100;

/**
 * Finds single documents for many callers; those of one moment share a round trip. A find goes out after it was asked
 * for, so it sees every write that ended before.
 * @param field what a document is found by; no two that match have the same
 * @param filter what else must hold
 * @returns the document, which callers with the same key share, or null where there is none
 */
export function createGroupedFind<Record extends Document, Field extends keyof Record & string>(
  collection: Collection<Record>,
  field: Field,
  filter: Filter<Record> = {},
): (key: Record[Field] & (string | number)) => Promise<Record | null> {
  return createBatcher<Record[Field], Record | null>(
    async (keys, inCallers) => {
      const wanted = { ...filter, [field]: { $in: [...new Set(keys)] } } as Filter<Record>;
      const found = await forCallers(inCallers, () => collection.find<Record>(wanted).toArray());
      const byKey = new Map(found.map((record) => [record[field], record]));
      return keys.map((key) => byKey.get(key) ?? null);
    },
    { maxSize: MAX_KEYS },
  );
}
