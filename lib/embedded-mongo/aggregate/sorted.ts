import type { Document } from "../bson/values.ts";
import { compileSortKeys, type SortFields, sortFlow } from "../query/sort.ts";
import { type Flow, mapFlow } from "../turns/flow.ts";
import type { Stage } from "./stage.ts";

/** Sorts the documents of the previous stage, all of which it keeps. */
export function sortedBy(fields: SortFields): Stage {
  const keysOf = compileSortKeys(fields);
  return {
    run(documents): Flow<Document> {
      const keyed = mapFlow(documents, (document) => ({ document, keys: keysOf(document) }));
      return mapFlow(sortFlow(keyed, fields), ({ document }) => document);
    },
  };
}
