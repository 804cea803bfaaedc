import type { Collection, Document, Filter } from "mongodb";
import { createBatcher } from "../../core/index.ts";
import { isMistake } from "../outage.ts";
import { forCallers } from "./command-group.ts";

/** MongoDB's first batch holds 101 documents, so fewer keys than that never need a second round trip. */
const MAX_KEYS = 100;

/**
 * Finds single documents for many callers; concurrent calls share a round trip. A find is sent after it was asked
 * for, so it sees every write that completed before. A key or document that fails it fails nobody else.
 * @param field the field to find by; matching documents have different values there
 * @param filter further conditions
 * @returns the document, which callers with the same key share, or null
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
    { maxSize: MAX_KEYS, mayBeOneItems: isMistake },
  );
}
