import type { Document } from "../bson/values.ts";
import type { Path } from "../query/paths.ts";

/** Where a change is applied. */
export interface Target {
  document: Document;
  path: Path;
  now: Date;
}

/** Changes the document at its path, or throws. */
export type Change = (target: Target) => void;
