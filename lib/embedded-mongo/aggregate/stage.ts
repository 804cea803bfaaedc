import type { Document } from "../bson/values.ts";

/** Transforms the documents of the previous stage, without modifying them. */
export type Stage = (documents: readonly Document[]) => readonly Document[];
