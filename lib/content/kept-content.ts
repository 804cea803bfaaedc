import { createHash, type Hash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { decodeArrays, encodeArrays, type LearntFiles, readLearnt } from "../core/index.ts";
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
  const isSure =
    (await addFiles(folder, hash, (path) => readFile(path))) &&
    (mediaFolder === undefined ||
      (await addFiles(mediaFolder, hash, async (path) => {
        const { size, mtimeMs } = await stat(path);
        return `${size} ${mtimeMs}`;
      })));
  return isSure ? hash.digest("hex") : null;
}

async function addFiles(
  folder: string,
  hash: Hash,
  read: (path: string) => Promise<Uint8Array | string>,
): Promise<boolean> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    if (entries.some((entry) => !entry.isFile() && !entry.isDirectory())) return false;
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    for (const path of paths.toSorted()) {
      const part = await read(path);
      hash.update(`${path.slice(folder.length)}\0${part.length}\0`).update(part);
    }
    return true;
  } catch {
    return false; // reading the content says what is wrong
  }
}
