import type { Document } from "../bson/values.ts";

/** Turns the documents of the stage before into those of the next. It never changes a document it is given. */
export type Stage = (documents: readonly Document[]) => readonly Document[];
