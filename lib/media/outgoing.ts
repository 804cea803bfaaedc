import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { fileTypeFromFile } from "file-type";
import { AppError, type Clock, errorCode, type Logger } from "../core/index.ts";
import { monitorPerformance, performanceMonitor } from "../performance/index.ts";
import type { MediaFileKey, MediaFileStore } from "../store/index.ts";
import { FILE_UNREADABLE, type FileSource, type MediaKind, type OpenedFile } from "../telegram/index.ts";

export interface OutgoingFilesOptions {
  /** The media folder. */
  folder: string;
  botId: number;
  fileIds: MediaFileStore;
  clock: Clock;
  logger: Logger;
}

/** The size of the read buffer, in bytes; no more of a file is in memory. */
const CHUNK_BYTES = 64 * 1024;

/** The number of files whose hashes are cached. */
const MAX_CACHED_HASHES = 1_000;

/**
 * Opens files from the media folder: by the file id of an earlier upload, or as a stream. Files are identified by their
 * content, so an edited file is uploaded again.
 */
export class OutgoingFiles implements FileSource {
  readonly #options: OutgoingFilesOptions;
  /** Hashes by path, size and modification time, the least recently used first. */
  readonly #hashes = new Map<string, Promise<string>>();

  constructor(options: OutgoingFilesOptions) {
    this.#options = options;
  }

  async open(mediaPath: string, kind: MediaKind): Promise<OpenedFile> {
    try {
      return await this.#openFile(mediaPath, kind);
    } catch (error) {
      throw unreadable(mediaPath, error);
    }
  }

  async #openFile(mediaPath: string, kind: MediaKind): Promise<OpenedFile> {
    const { folder, botId, fileIds } = this.#options;
    const path = await pathIn(folder, mediaPath);
    const stats = await stat(path);
    if (!stats.isFile()) throw new AppError("It is not a file", { code: "NOT_A_FILE" });
    const key = { botId, hash: await this.#hashOf(path, stats), kind };
    const fileId = await this.#knownId(key);
    if (fileId !== undefined) return { fileId, forget: () => fileIds.drop(key, fileId) };
    const learned = async (newId: string): Promise<void> => {
      // A file that was edited during the upload may have been sent half old and half new.
      const now = await stat(path).catch(() => null);
      if (now?.size === stats.size && now.mtimeMs === stats.mtimeMs) await this.#keep(key, newId);
    };
    return {
      name: basename(path),
      mimeType: (await fileTypeFromFile(path))?.mime ?? "application/octet-stream",
      sizeBytes: stats.size,
      read: () => readExactly(path, mediaPath, stats.size),
      learned,
    };
  }

  async #hashOf(path: string, stats: Stats): Promise<string> {
    const hashes = this.#hashes;
    const key = `${path}:${stats.size}:${stats.mtimeMs}`;
    const hash = hashes.get(key) ?? this.readHash(path);
    hashes.delete(key);
    hashes.set(key, hash);
    for (const oldest of hashes.keys()) {
      if (hashes.size <= MAX_CACHED_HASHES) break;
      hashes.delete(oldest);
    }
    try {
      return await hash;
    } catch (error) {
      hashes.delete(key);
      throw error;
    }
  }

  @monitorPerformance("file.read")
  private async readHash(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of readChunks(path)) hash.update(chunk);
    return hash.digest("hex");
  }

  /** A failed lookup only costs an upload. */
  async #knownId(key: MediaFileKey): Promise<string | undefined> {
    const { fileIds, logger } = this.#options;
    try {
      return await fileIds.fileId(key);
    } catch (error) {
      logger.debug("A file id could not be looked up; the file is uploaded", { code: errorCode(error) });
      return undefined;
    }
  }

  async #keep(key: MediaFileKey, fileId: string): Promise<void> {
    const { fileIds, clock, logger } = this.#options;
    try {
      await fileIds.keep(key, fileId, new Date(clock.now()));
    } catch (error) {
      logger.debug("A file id could not be stored; the file is uploaded again", { code: errorCode(error) });
    }
  }
}

/** Reads into one buffer: a chunk is valid until the next one is requested. */
async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      performanceMonitor.count("file.bytes.read", bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Reads exactly the size that was announced to Telegram, and fails when the file's size has changed. */
async function* readExactly(path: string, mediaPath: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  try {
    for await (const chunk of readChunks(path)) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
  } catch (error) {
    throw unreadable(mediaPath, error);
  }
  if (left !== 0) throw unreadable(mediaPath, new AppError("It was changed", { code: "FILE_CHANGED" }));
}

/** The real path of a file in the folder; rejects for one outside of it, such as the target of a link. */
async function pathIn(folder: string, mediaPath: string): Promise<string> {
  const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, mediaPath))]);
  if (path.startsWith(root + sep)) return path;
  throw new AppError("It is outside the media folder", { code: "OUTSIDE_FOLDER" });
}

function unreadable(mediaPath: string, cause: unknown): AppError {
  return new AppError(`${mediaPath} cannot be read (${errorCode(cause)})`, { code: FILE_UNREADABLE, cause });
}
