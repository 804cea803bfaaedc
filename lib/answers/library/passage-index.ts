import { createHash } from "node:crypto";
import MiniSearch, { type AsPlainObject } from "minisearch";
import * as z from "zod";
import type { Passage } from "../../content/index.ts";
import { decodeArrays, encodeArrays, type LearntFiles, readLearnt, type Slices } from "../../core/index.ts";
import { termsOf } from "../../text/index.ts";

/** The search terms of one language's passages; a passage has its place among them for its id. */
export interface PassageIndex {
  words: MiniSearch<Fields & { id: number }>;
  /** How many passages have a term. */
  frequency: ReadonlyMap<string, number>;
}

/** The search terms of each part of a passage, with spaces between them. */
type Fields = Record<"title" | "section" | "keywords" | "text", string>;

/**
 * Raise it when the index of the same passages would come out different, so that those already stored are built again. A
 * test compares the index of a few passages with what it was.
 */
export const PASSAGE_INDEX_VERSION = 1;

const OPTIONS = {
  fields: ["title", "section", "keywords", "text"],
  tokenize: termsIn,
  processTerm: (term: string) => term,
};

/** The stored index if it is of the same passages, else a new one, which is stored. It is built in slices. */
export async function openPassageIndex(
  passages: readonly Passage[],
  language: string,
  { files, signal, slices }: { files?: LearntFiles; signal?: AbortSignal; slices: Slices },
): Promise<PassageIndex> {
  const key = passagesKey(passages);
  const name = `${language}-passages`;
  const stored = await readLearnt(files, name, (file) => decodePassageIndex(key, file));
  if (stored) return stored;
  const built = await buildPassageIndex(passages, slices);
  void files?.write(name, encodePassageIndex(key, built), signal);
  return built;
}

export async function buildPassageIndex(passages: readonly Passage[], slices: Slices): Promise<PassageIndex> {
  const words = new MiniSearch<Fields & { id: number }>(OPTIONS);
  const frequency = new Map<string, number>();
  const joined = memoized(joinTerms); // titles and keywords are those of the page, the same for each passage
  for (const [id, passage] of passages.entries()) {
    const document = fieldsOf(passage, joined);
    words.add({ id, ...document });
    for (const term of new Set(Object.values(document).flatMap(termsIn))) {
      frequency.set(term, (frequency.get(term) ?? 0) + 1);
    }
    if (slices.isOver) await slices.next();
  }
  return { words, frequency };
}

/** The terms of a text that has spaces between them. */
function termsIn(text: string): string[] {
  return text.match(/\S+/g) ?? [];
}

/** The passages an index was built from, in a form that is stored with it. */
export function passagesKey(passages: readonly Passage[]): string {
  const read = passages.map(({ title, section, keywords, text }) => [title, section, keywords, text]);
  return createHash("sha256")
    .update(JSON.stringify([PASSAGE_INDEX_VERSION, read]))
    .digest("hex");
}

/** The file of an index. */
export function encodePassageIndex(key: string, { words, frequency }: PassageIndex): Uint8Array<ArrayBuffer> {
  return encodeArrays(key, { words, frequency: [...frequency] }, []);
}

const storedSchema = z.object({
  words: z.custom<AsPlainObject>((value) => typeof value === "object"),
  frequency: z.custom<[string, number][]>(Array.isArray), // thousands; the checksum vouches for them
});

/** The index in a file; null when it is of other passages, damaged or of another form. */
export function decodePassageIndex(key: string, file: Uint8Array<ArrayBuffer>): PassageIndex | null {
  const stored = storedSchema.safeParse(decodeArrays(key, file)?.about).data;
  if (!stored) return null;
  try {
    return { words: MiniSearch.loadJS(stored.words, OPTIONS), frequency: new Map(stored.frequency) };
  } catch {
    return null; // of another version of MiniSearch
  }
}

/** What stands above the first heading has the page's title for its heading: it says what the page is about. */
function fieldsOf(
  { title, section = title, keywords = [], text }: Passage,
  joined: typeof joinTerms,
): Fields {
  return {
    title: joined(title),
    section: joined(section),
    keywords: joined(keywords.join(" ")),
    text: joinTerms(text),
  };
}

function memoized(read: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    known.set(text, value);
    return value;
  };
}

function joinTerms(text: string): string {
  return termsOf(text).join(" ");
}
