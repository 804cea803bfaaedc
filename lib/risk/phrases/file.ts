import { createHash } from "node:crypto";
import * as z from "zod";
import { type ArrayReader, decodeArrays, encodeArrays } from "../../core/index.ts";
import type { PhraseSource } from "./compile.ts";
import type { Rows } from "./rows.ts";
import type { PhrasesSnapshot } from "./snapshot.ts";

/**
 * Raise it when the same phrases would be compiled differently, so that those already stored are compiled again. A
 * test compares a few compiled phrases with what they were.
 */
export const PHRASES_VERSION = 2;

const aboutSchema = z.object({ words: z.array(z.string()) });

/** What a book was compiled from, in a form that is stored with it. */
export function phrasesKey(sources: readonly PhraseSource[]): string {
  const groups = [...new Set(sources.map((source) => source.groups))];
  const lists = sources.map((source) => [groups.indexOf(source.groups), source.phrases]);
  return createHash("sha256")
    .update(JSON.stringify([PHRASES_VERSION, groups, lists]))
    .digest("hex");
}

/** The file of a book. */
export function encodePhrases(key: string, snapshot: PhrasesSnapshot): Uint8Array<ArrayBuffer> {
  const { words, places, alternatives, phrases, filedUnder, filed, needingNothing, ranges, lists } = snapshot;
  const rows = [places, alternatives, phrases, filedUnder, filed, needingNothing];
  return encodeArrays(key, { words }, [
    ...rows.flatMap(({ starts, values }) => [starts, values]),
    ranges,
    lists,
  ]);
}

/** The book in a file; null when it was compiled from something else, is damaged or of another form. */
export function decodePhrases(key: string, file: Uint8Array<ArrayBuffer>): PhrasesSnapshot | null {
  const decoded = decodeArrays(key, file);
  const about = aboutSchema.safeParse(decoded?.about).data;
  return decoded && about ? snapshotOf(about.words, decoded.arrays) : null;
}

/** In the order in which `encodePhrases` writes them. */
function snapshotOf(words: readonly string[], arrays: ArrayReader): PhrasesSnapshot {
  const nextRows = (): Rows => ({ starts: arrays.next(Int32Array), values: arrays.next(Int32Array) });
  return {
    words,
    places: nextRows(),
    alternatives: nextRows(),
    phrases: nextRows(),
    filedUnder: nextRows(),
    filed: nextRows(),
    needingNothing: nextRows(),
    ranges: arrays.next(Int32Array),
    lists: arrays.next(Int32Array),
  };
}
