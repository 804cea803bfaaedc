import { createHash } from "node:crypto";
import * as z from "zod";
import type { Slang } from "../../content/index.ts";
import { type ArrayReader, decodeArrays, encodeArrays } from "../../core/index.ts";
import type { Example, IndexSnapshot } from "./text-index.ts";

/**
 * Raise it when an index of the same examples and slang would come out different, so that those already stored are built
 * again. A test compares the index of a few examples with what it was.
 */
export const INDEX_VERSION = 2;

/** The examples an index was built from and the slang they were read with, in a form that is stored with it. */
export function indexKey(examples: readonly Example[], slang: Slang): string {
  const read = examples.map(({ text, label, isQuestion, isUrgent = false }) => [
    text,
    label,
    isQuestion,
    isUrgent,
  ]);
  return createHash("sha256")
    .update(JSON.stringify([INDEX_VERSION, [...slang], read]))
    .digest("hex");
}

const aboutSchema = z.object({ labels: z.array(z.string().nullable()) });

/** The file of an index. */
export function encodeIndex(key: string, snapshot: IndexSnapshot): Uint8Array<ArrayBuffer> {
  return encodeArrays(key, { labels: snapshot.labels }, arraysOf(snapshot));
}

/** The index in a file; null when it is of other examples, damaged or of another form. Its arrays are parts of `file`. */
export function decodeIndex(key: string, file: Uint8Array<ArrayBuffer>): IndexSnapshot | null {
  const decoded = decodeArrays(key, file);
  const about = aboutSchema.safeParse(decoded?.about).data;
  return decoded && about ? snapshotOf(about.labels, decoded.arrays) : null;
}

/** In the order in which `snapshotOf` reads them. */
function arraysOf({
  features,
  weights,
  byLabel,
  urgencies,
  byQuestion,
  questionLabels,
  words,
}: IndexSnapshot) {
  return [
    features.slots,
    features.rows,
    weights,
    byLabel.starts,
    byLabel.columns,
    byLabel.values,
    urgencies,
    byQuestion.starts,
    byQuestion.columns,
    byQuestion.values,
    questionLabels,
    words,
  ];
}

function snapshotOf(labels: IndexSnapshot["labels"], arrays: ArrayReader): IndexSnapshot {
  return {
    labels,
    features: { slots: arrays.next(Int32Array), rows: arrays.next(Int32Array) },
    weights: arrays.next(Float32Array),
    byLabel: {
      starts: arrays.next(Int32Array),
      columns: arrays.next(Uint16Array),
      values: arrays.next(Float32Array),
    },
    urgencies: arrays.next(Float32Array),
    byQuestion: {
      starts: arrays.next(Int32Array),
      columns: arrays.next(Uint16Array),
      values: arrays.next(Float32Array),
    },
    questionLabels: arrays.next(Uint16Array),
    words: arrays.next(Int32Array),
  };
}
