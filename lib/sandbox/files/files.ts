import { createHash } from "node:crypto";
import { extname } from "node:path";
import type { Readable } from "node:stream";
import type { StoredEntry } from "../storage.ts";
import { type ByteRange, ContentFolder } from "./content-folder.ts";
import { type FileFacts, readFacts } from "./facts.ts";

/** The kinds of files Telegram distinguishes. */
export type FileKind = "photo" | "video" | "audio" | "voice" | "animation" | "document" | "video_note";

/** A file that has arrived and that no message shows yet. */
export interface Upload extends FileFacts {
  /** The name of its content in the folder. */
  key: string;
  name: string;
  sizeBytes: number;
  sha256: string;
}

/** A file that a message shows. The bot may send it again by its `fileId`. */
export interface StoredFile extends Upload {
  kind: FileKind;
  performer?: string;
  title?: string;
  fileId: string;
  /** The same for the same content. */
  fileUniqueId: string;
  /** getFile's `file_path`, such as `photos/file_12.jpg`. */
  path: string;
  number: number;
}

export interface FilesOptions {
  folder?: string | undefined;
  /** The most bytes that all contents together may take; beyond it the oldest are dropped. */
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
/** The beginning of Telegram's ids of each kind. */
const ID_PREFIX: Readonly<Record<FileKind, string>> = {
  photo: "AgACAgIAAxk",
  video: "BAACAgIAAxk",
  audio: "CQACAgIAAxk",
  voice: "AwACAgIAAxk",
  animation: "CgACAgIAAxk",
  document: "BQACAgIAAxk",
  video_note: "DQACAgIAAxk",
};
/** The suffix of an id that names one of a photo's smaller sizes. */
const SIZE_MARK = /~[a-z]$/;

/** The files of the simulation, by id and by path; a folder holds their contents. */
export class Files {
  private readonly byId = new Map<string, StoredFile>();
  private readonly byPath = new Map<string, StoredFile>();
  /** Uploads that no message shows yet. */
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

  /** Stores a file as it streams in. The caller must pass the upload to `add` or `drop`. */
  async receive(name: string, declaredType: string, content: AsyncIterable<Uint8Array>): Promise<Upload> {
    this.lastKey += 1;
    const key = `content-${this.lastKey}`;
    const { sha256, sizeBytes } = await this.contents.write(key, content);
    const facts = await readFacts(await this.contents.path(key), { name, declaredType, sizeBytes });
    const upload: Upload = { key, name, sizeBytes, sha256, ...facts };
    this.waiting.add(upload);
    return upload;
  }

  /** The upload that a call's parameter is; null when it is none, or one that a message shows already. */
  uploadIn(value: unknown): Upload | null {
    return this.waiting.has(value) ? (value as Upload) : null;
  }

  /** Deletes an upload, unless a message shows it. */
  async drop(upload: Upload): Promise<void> {
    if (this.waiting.delete(upload)) await this.contents.remove(upload.key);
  }

  /**
   * Turns an upload into a file of this kind. The entries to store include the removal of the oldest files that no
   * longer fit.
   * @param declared what the sender says about it, which takes precedence over what its content shows.
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

  /** The file with this id, which may name any of a photo's sizes. */
  find(fileId: string): StoredFile | undefined {
    return this.byId.get(fileId.replace(SIZE_MARK, ""));
  }

  at(path: string): StoredFile | undefined {
    return this.byPath.get(path);
  }

  read(file: StoredFile, range?: ByteRange): Promise<Readable> {
    return this.contents.read(file.key, range);
  }

  /** Deletes every file, as Telegram may after a while; their ids become unknown. */
  forgetAll(): StoredEntry[] {
    return [...this.byId.values()].flatMap((file) => this.forget(file));
  }

  /** Restores the files an earlier run stored, as far as their contents still exist. */
  async restore(entries: readonly StoredEntry[]): Promise<void> {
    const files = entries.filter(({ kind }) => kind === "file").map(({ value }) => value as StoredFile);
    for (const file of files.toSorted((a, b) => a.number - b.number)) {
      this.lastNumber = Math.max(this.lastNumber, file.number);
      this.lastKey = Math.max(this.lastKey, Number(file.key.split("-")[1]));
      if (await this.contents.has(file.key)) this.keep(file);
    }
  }

  /** Closes the folder of the contents; a temporary one is deleted with all files in it. */
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
    void this.contents.remove(file.key).catch(() => undefined); // at worst the content stays on disk
    return [{ kind: "file", id: String(file.number), value: null }];
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
