import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, OperatorError } from "../../core/index.ts";
import { readLink } from "../../telegram/index.ts";
import type { Mistake } from "./mistakes.ts";

/** A text file of the content. */
export interface ContentFile {
  /** Relative to the content folder, with `/`. */
  path: string;
  /** Without a byte order mark, lines ending in `\n`. */
  text: string;
}

/** The content folder. */
export interface ContentFolder {
  /** The sorted names in a folder, without hidden files and editor backups; none when the folder does not exist. */
  list(path: string): Promise<string[]>;
  /** Reads a file. Null when it cannot be read, which is then added to the mistakes. */
  read(path: string): Promise<ContentFile | null>;
  /** One hash over every file read so far, independent of line endings and byte order marks. */
  version(): string;
  /** The hash of each file read so far, by path. */
  hashes(): ReadonlyMap<string, string>;
  /** The addresses of pages in the files read so far. */
  links(): ReadonlySet<string>;
}

/** What may be an address; the marks around it in Markdown and YAML are no part of it. */
const ADDRESS = /\b(?:https?|tg):\/\/[^\s<>"'\])]+/g;

/**
 * Opens the content folder.
 * @throws OperatorError when there is no such folder.
 */
export async function openContentFolder(root: string, mistakes: Mistake[]): Promise<ContentFolder> {
  const found = await stat(root).catch(() => null);
  if (!found?.isDirectory()) {
    throw new OperatorError(
      `There is no folder "${root}". Set CONTENT_DIR to the folder that holds bot.yaml.`,
      {
        code: "CONTENT_MISSING",
      },
    );
  }
  const filesRead = new Map<string, { text: string; hash: string }>();
  return {
    async list(path) {
      const names = await namesIn(join(root, path));
      return names.filter((name) => !name.startsWith(".") && !name.endsWith("~")).toSorted();
    },
    async read(path) {
      try {
        const bytes = await readFile(join(root, path));
        // TextDecoder drops the byte order mark.
        const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll(/\r\n?/g, "\n");
        filesRead.set(path, { text, hash: hashOf(text) });
        return { path, text };
      } catch (error) {
        mistakes.push({ file: path, text: unreadable(error), isUnreadable: true });
        return null;
      }
    },
    version() {
      const hashes = [...filesRead].map(([path, { hash }]) => `${path} ${hash}`);
      return hashOf(hashes.toSorted().join("\n"));
    },
    hashes: () => new Map([...filesRead].map(([path, { hash }]) => [path, hash])),
    links: () => new Set([...filesRead.values()].flatMap(({ text }) => linksIn(text))),
  };
}

function linksIn(text: string): string[] {
  return (text.match(ADDRESS) ?? []).flatMap((address) => {
    const target = readLink(address);
    return target?.kind === "page" ? [target.url] : [];
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return [];
    throw error;
  }
}

function unreadable(error: unknown): string {
  switch (errorCode(error)) {
    case "ENOENT":
      return "is missing; create it";
    case "EISDIR":
      return "is a folder, but should be a file";
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "is not UTF-8 text; save it again with the encoding UTF-8";
    default:
      return `cannot be read (${errorCode(error)}); check that this program may read it`;
  }
}
