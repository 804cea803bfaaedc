import type { Document } from "../bson/values.ts";
import { type Flow, mapFlow } from "../turns/flow.ts";

/** Transforms the documents of the previous stage, without modifying them, in small steps. */
export interface Stage {
  run(documents: Flow<Document>): Flow<Document>;
  /** What it makes of so many documents, where their contents do not matter. */
  ofCount?(count: number): Document[];
}

/** A stage that makes one document, or none, of each. */
export function each(map: (document: Document) => Document | undefined): Stage {
  return { run: (documents) => mapFlow(documents, map) };
}
