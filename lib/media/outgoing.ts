import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { fileTypeFromFile } from "file-type";
import { AppError, type Clock, errorCode, type Logger, type Measure, unmeasured } from "../core/index.ts";
import { FILE_UNREADABLE, type FileSource, type MediaKind, type OpenedFile } from "../telegram/index.ts";

/** Where the ids Telegram gave the files are kept. */
export interface FileIds {
  fileId(key: FileKey): Promise<string | undefined>;
  keep(key: FileKey, fileId: string, at: Date): Promise<void>;
  drop(key: FileKey, fileId: string): Promise<void>;
}

/** A file as Telegram keeps it: for one bot, by its content, as one kind of message. */
export interface FileKey {
  botId: number;
  hash: string;
  kind: string;
}

export interface OutgoingFilesOptions {
  /** The media folder. */
  folder: string;
  botId: number;
  fileIds: FileIds;
  clock: Clock;
  logger: Logger;
  /** Records how long files take to be read, as `file.read`. */
  measure?: Measure;
  /** Counts the bytes read, as `file.bytes.read`. */
  count?: (name: string, amount: number) => void;
}

/** So much of a file is in memory at once while it is read, in bytes. */
const CHUNK_BYTES = 64 * 1024;

/** So many files have their hash remembered; the rest is read again when it is needed. */
const MAX_REMEMBERED = 1_000;

/**
 * The files of the media folder, ready to be sent: by the id Telegram gave them the last time, or chunk by
 * chunk, one of which is in memory. A file is known by its content, so that an edited one is sent afresh.
 */
export function createOutgoingFiles(options: OutgoingFilesOptions): FileSource {
  const { folder, botId, fileIds, clock, logger, measure = unmeasured, count = () => {} } = options;
  /** Hashes by path, size and time of the last change; the longest unused first. */
  const hashes = new Map<string, Promise<string>>();

  async function hashOf(path: string, stats: Stats): Promise<string> {
    const key = `${path}:${stats.size}:${stats.mtimeMs}`;
    const hash = hashes.get(key) ?? measure("file.read", () => readHash(path));
    hashes.delete(key);
    hashes.set(key, hash);
    for (const oldest of hashes.keys()) {
      if (hashes.size <= MAX_REMEMBERED) break;
      hashes.delete(oldest);
    }
    try {
      return await hash;
    } catch (error) {
      hashes.delete(key);
      throw error;
    }
  }

  async function readHash(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of read(path)) hash.update(chunk);
    return hash.digest("hex");
  }

  /** Reads into one buffer, so a chunk is valid until the next one is asked for. */
  async function* read(path: string): AsyncGenerator<Uint8Array> {
    const file = await open(path);
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        count("file.bytes.read", bytesRead);
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  /** Reads what was promised, as whoever sends it has told Telegram how much that is. */
  async function* readWhole(path: string, mediaPath: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
    let left = sizeBytes;
    try {
      for await (const chunk of read(path)) {
        left -= chunk.length;
        if (left < 0) break;
        yield chunk;
      }
    } catch (error) {
      throw unreadable(mediaPath, error);
    }
    if (left !== 0) throw unreadable(mediaPath, new AppError("It was changed", { code: "FILE_CHANGED" }));
  }

  /** An id is only a short cut: a database that is away costs an upload. */
  async function knownId(key: FileKey): Promise<string | undefined> {
    try {
      return await fileIds.fileId(key);
    } catch (error) {
      logger.debug("A file's id could not be looked up, so it is uploaded", { code: errorCode(error) });
      return undefined;
    }
  }

  async function keep(key: FileKey, fileId: string): Promise<void> {
    try {
      await fileIds.keep(key, fileId, new Date(clock.now()));
    } catch (error) {
      logger.debug("A file's id was not kept, so it is uploaded again", { code: errorCode(error) });
    }
  }

  async function openFile(mediaPath: string, kind: MediaKind): Promise<OpenedFile> {
    const path = await pathIn(folder, mediaPath);
    const stats = await stat(path);
    if (!stats.isFile()) throw new AppError("It is not a file", { code: "NOT_A_FILE" });
    const key = { botId, hash: await hashOf(path, stats), kind };
    const fileId = await knownId(key);
    if (fileId !== undefined) return { fileId, forget: () => fileIds.drop(key, fileId) };
    return {
      name: basename(path),
      mimeType: (await fileTypeFromFile(path))?.mime ?? "application/octet-stream",
      sizeBytes: stats.size,
      read: () => readWhole(path, mediaPath, stats.size),
      async learned(newId: string) {
        // A file that was edited while it went may have been sent in part old, in part new.
        const now = await stat(path).catch(() => null);
        if (now?.size === stats.size && now.mtimeMs === stats.mtimeMs) await keep(key, newId);
      },
    };
  }

  return {
    async open(mediaPath, kind) {
      try {
        return await openFile(mediaPath, kind);
      } catch (error) {
        throw unreadable(mediaPath, error);
      }
    },
  };
}

/** The path of a file in the folder; a name that leads out of it is no such file. */
async function pathIn(folder: string, mediaPath: string): Promise<string> {
  const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, mediaPath))]);
  if (path.startsWith(root + sep)) return path;
  throw new AppError("It is outside the media folder", { code: "OUTSIDE_FOLDER" });
}

function unreadable(mediaPath: string, cause: unknown): AppError {
  return new AppError(`${mediaPath} cannot be read (${errorCode(cause)})`, { code: FILE_UNREADABLE, cause });
}
