import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { deserialize, serialize } from "node:v8";
import { decodeArrays, encodeArrays, errorCode, type LearntFiles, readLearnt } from "../core/index.ts";
import { restoreFlows } from "./flows/load-flows.ts";
import {
  type Content,
  type ContentData,
  contentOf,
  type LoadContentOptions,
  readContent,
} from "./load-content.ts";

/** Where content is kept after it was read and checked. */
export interface ContentKeeping {
  files: LearntFiles;
  /** Identifies the code that reads the content: another program may make something else of the same files. */
  reader: string;
}

const NAME = "content";

/**
 * As `loadContent`, but content of which no file and no code has changed since it was kept is neither parsed nor checked
 * again: that takes a tenth of the time.
 */
export async function loadKeptContent(
  folder: string,
  options: LoadContentOptions,
  { files, reader }: ContentKeeping,
): Promise<Content> {
  const identify = () => identityOf(folder, options.mediaFolder, reader);
  const identity = await identify();
  const kept =
    identity === null ? null : await readLearnt(files, NAME, (file) => decodeContent(identity, file));
  if (kept) return contentOf(kept, options);
  const data = await readContent(folder, options);
  // Unless somebody wrote into the folder while it was read.
  if (identity !== null && (await identify()) === identity) {
    void files.write(NAME, encodeArrays(identity, null, [serialize(data)]));
  }
  return contentOf(data, options);
}

function decodeContent(identity: string, file: Uint8Array<ArrayBuffer>): ContentData | null {
  const serialized = decodeArrays(identity, file)?.arrays.next(Uint8Array);
  if (!serialized) return null;
  try {
    const data = deserialize(serialized) as ContentData;
    return { ...data, flows: restoreFlows(data.flows) };
  } catch {
    return null; // written by another version of Node
  }
}

/**
 * Identifies the files of both folders: content by its bytes, media by size and time of change. Null when that cannot be
 * told for sure: a link may lead to files that change unseen.
 */
async function identityOf(
  folder: string,
  mediaFolder: string | undefined,
  reader: string,
): Promise<string | null> {
  const hash = createHash("sha256").update(`${reader}\0${mediaFolder === undefined}\0`);
  const parts = [
    ...(await describeFiles(folder, isContent, (path) => readFile(path))),
    ...(mediaFolder === undefined ? [] : await describeFiles(mediaFolder, () => true, sizeAndTime)),
  ];
  for (const { path, about } of parts) {
    if (about === null) return null;
    hash.update(`${path}\0${about.length}\0`).update(about);
  }
  return hash.digest("hex");
}

/** In whole seconds: an image of a container keeps no more. */
async function sizeAndTime(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${size} ${Math.floor(mtimeMs / 1000)}`;
}

/** What identifies each file of a folder, in order; null for what is no file, or cannot be read. */
async function describeFiles(
  folder: string,
  isIncluded: (path: string) => boolean,
  describe: (path: string) => Promise<Uint8Array | string>,
): Promise<{ path: string; about: Uint8Array | string | null }[]> {
  const entries = await entriesIn(folder);
  if (!entries) return [{ path: "", about: null }];
  const found = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)) }))
    .filter(({ path }) => isIncluded(path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return await Promise.all(
    found.map(async ({ entry, path }) => {
      const about = entry.isFile() ? await describe(join(folder, path)).catch(() => null) : null;
      return { path, about };
    }),
  );
}

/** None when there is no such folder; null when a part of it cannot be read, such as for lack of rights. */
async function entriesIn(folder: string): Promise<Dirent[] | null> {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    return errorCode(error) === "ENOENT" ? [] : null;
  }
}

/** Hidden files and editors' backups are none. */
function isContent(path: string): boolean {
  return path.split(sep).every((name) => !name.startsWith(".") && !name.endsWith("~"));
}
