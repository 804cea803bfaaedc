import { createHash } from "node:crypto";
import { extname } from "node:path";
import type { Readable } from "node:stream";
import type { StoredEntry } from "../storage.ts";
import { type ByteRange, ContentFolder } from "./content-folder.ts";
import { type FileFacts, readFacts } from "./facts.ts";

/** What Telegram tells files apart by. */
export type FileKind = "photo" | "video" | "audio" | "voice" | "animation" | "document" | "video_note";

/** A file that has arrived and belongs to no message yet. */
export interface Upload extends FileFacts {
  /** Its content's name in the folder. */
  key: string;
  name: string;
  sizeBytes: number;
  sha256: string;
}

/** A file a message shows; the bot may send it again by its `fileId`. */
export interface StoredFile extends Upload {
  kind: FileKind;
  performer?: string;
  title?: string;
  fileId: string;
  /** The same for the same content. */
  fileUniqueId: string;
  /** As getFile gives it, such as `photos/file_12.jpg`. */
  path: string;
  number: number;
}

export interface FilesOptions {
  folder?: string | undefined;
  /** All contents together may take this many bytes; the oldest are forgotten beyond it. */
  maxBytes: number;
}

const FOLDERS: Readonly<Record<FileKind, string>> = {
  photo: "photos",
  video: "videos",
  audio: "music",
  voice: "voice",
  animation: "animations",
  document: "documents",
  video_note: "video_notes",
};
/** How Telegram's ids of each kind begin. */
const ID_PREFIX: Readonly<Record<FileKind, string>> = {
  photo: "AgACAgIAAxk",
  video: "BAACAgIAAxk",
  audio: "CQACAgIAAxk",
  voice: "AwACAgIAAxk",
  animation: "CgACAgIAAxk",
  document: "BQACAgIAAxk",
  video_note: "DQACAgIAAxk",
};
/** What tells a photo's smaller sizes from the largest, at the end of an id. */
const SIZE_MARK = /~[a-z]$/;

/** The files of the simulation, by id and by path; their contents lie in a folder. */
export class Files {
  private readonly byId = new Map<string, StoredFile>();
  private readonly byPath = new Map<string, StoredFile>();
  /** Uploads no message has taken yet. */
  private readonly waiting = new Set<unknown>();
  private readonly contents: ContentFolder;
  private readonly maxBytes: number;
  private lastNumber = 0;
  private lastKey = 0;
  private sizeBytes = 0;

  constructor({ folder, maxBytes }: FilesOptions) {
    this.contents = new ContentFolder(folder);
    this.maxBytes = maxBytes;
  }

  /** Takes a file in as it streams. Give it to `add` or to `drop`. */
  async receive(name: string, declaredType: string, content: AsyncIterable<Uint8Array>): Promise<Upload> {
    this.lastKey += 1;
    const key = `content-${this.lastKey}`;
    const { sha256, sizeBytes } = await this.contents.write(key, content);
    const facts = await readFacts(await this.contents.path(key), { name, declaredType, sizeBytes });
    const upload: Upload = { key, name, sizeBytes, sha256, ...facts };
    this.waiting.add(upload);
    return upload;
  }

  /** The upload a call's parameter is, if it is one and nothing has taken it. */
  uploadIn(value: unknown): Upload | null {
    return this.waiting.has(value) ? (value as Upload) : null;
  }

  /** Forgets an upload, unless a message has taken it. */
  async drop(upload: Upload): Promise<void> {
    if (this.waiting.delete(upload)) await this.contents.remove(upload.key);
  }

  /**
   * Makes an upload a file of this kind; what is to be stored tells which old ones had to go.
   * @param said what the sender says about it, before what its content tells.
   */
  add(
    upload: Upload,
    kind: FileKind,
    said: Partial<StoredFile> = {},
  ): { file: StoredFile; entries: StoredEntry[] } {
    this.waiting.delete(upload);
    this.lastNumber += 1;
    const number = this.lastNumber;
    const file: StoredFile = {
      ...upload,
      ...said,
      kind,
      fileId: `${ID_PREFIX[kind]}${digest(`${kind}:${number}:${upload.sha256}`)}`,
      fileUniqueId: `AQAD${digest(`${kind}:${upload.sha256}`).slice(0, 11)}`,
      path: `${FOLDERS[kind]}/file_${number}${extname(upload.name).replace(/[^.\w]/g, "")}`,
      number,
    };
    this.keep(file);
    const entries = [{ kind: "file", id: String(number), value: file }, ...this.forgetOldest(file)];
    return { file, entries };
  }

  /** The file with this id, whichever of a photo's sizes it names. */
  find(fileId: string): StoredFile | undefined {
    return this.byId.get(fileId.replace(SIZE_MARK, ""));
  }

  at(path: string): StoredFile | undefined {
    return this.byPath.get(path);
  }

  read(file: StoredFile, range?: ByteRange): Promise<Readable> {
    return this.contents.read(file.key, range);
  }

  /** Forgets every file, as Telegram may after a while: their ids are unknown from now on. */
  forgetAll(): StoredEntry[] {
    return [...this.byId.values()].flatMap((file) => this.forget(file));
  }

  /** Takes up what an earlier run stored, as far as its contents are still there. */
  async restore(entries: readonly StoredEntry[]): Promise<void> {
    const files = entries.filter(({ kind }) => kind === "file").map(({ value }) => value as StoredFile);
    for (const file of files.toSorted((a, b) => a.number - b.number)) {
      this.lastNumber = Math.max(this.lastNumber, file.number);
      this.lastKey = Math.max(this.lastKey, Number(file.key.split("-")[1]));
      if (await this.contents.has(file.key)) this.keep(file);
    }
  }

  /** Ends; what lies in a temporary folder is forgotten. */
  async close(): Promise<void> {
    if (this.contents.isTemporary) this.forgetAll();
    await this.contents.close();
  }

  private keep(file: StoredFile): void {
    this.byId.set(file.fileId, file);
    this.byPath.set(file.path, file);
    this.sizeBytes += file.sizeBytes;
  }

  private forgetOldest(newest: StoredFile): StoredEntry[] {
    const entries: StoredEntry[] = [];
    for (const file of this.byId.values()) {
      if (this.sizeBytes <= this.maxBytes || file === newest) break;
      entries.push(...this.forget(file));
    }
    return entries;
  }

  private forget(file: StoredFile): StoredEntry[] {
    this.byId.delete(file.fileId);
    this.byPath.delete(file.path);
    this.sizeBytes -= file.sizeBytes;
    void this.contents.remove(file.key).catch(() => undefined); // at worst it stays on disk
    return [{ kind: "file", id: String(file.number), value: null }];
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
