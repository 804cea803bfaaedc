import type { Document } from "../bson/values.ts";
import type { Path } from "../query/paths.ts";

/** The document and path a change applies to. */
export interface Target {
  document: Document;
  path: Path;
  now: Date;
}

/** Changes the document at the path, or throws. */
export type Change = (target: Target) => void;
