import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import {
  AppError,
  type Clock,
  errorCode,
  type Logger,
  PRIVATE_FILE,
  PRIVATE_FOLDER,
  withDeadline,
} from "../core/index.ts";
import { monitorPerformance, performanceMonitor } from "../performance/index.ts";
import { type Download, MAX_DOWNLOAD_BYTES } from "../telegram/index.ts";
import { readableType } from "./readable-types.ts";

/** A person's file on disk. */
export interface ReceivedFile {
  path: string;
  /** Named as Gemini names it, such as `image/jpeg`. */
  mimeType: string;
  sizeBytes: number;
}

/** Why a file cannot be read. `gone`: Telegram no longer has it. */
export type FileProblem = "too-large" | "unsupported" | "gone";

/** The files of one message, and the problems of those that could not be received. */
export interface ReceivedFiles {
  files: readonly ReceivedFile[];
  problems: readonly FileProblem[];
  /** Deletes the files. Never rejects; a file that cannot be deleted is deleted at the next start. */
  remove(): Promise<void>;
}

export interface IncomingFilesOptions {
  /** Used for nothing else; created on first use. */
  folder: string;
  /** Starts downloading a file that was sent to the bot. */
  download(fileId: string, options: { signal: AbortSignal; maxBytes: number }): Promise<Download>;
  /** The limit for all files of one question together, in bytes. */
  maxBytes(): number;
  clock: Clock;
  logger: Logger;
}

/** Timeout for one file, in milliseconds: 20 MB at 1.5 Mbit/s. */
const DOWNLOAD_TIMEOUT_MS = 120_000;
/** Files this old are in no use, in milliseconds. */
const ABANDONED_MS = 24 * 60 * 60_000;

/** People's files, which stay on disk only while their question is answered. */
export class IncomingFiles {
  readonly #options: IncomingFilesOptions;

  constructor(options: IncomingFilesOptions) {
    this.#options = options;
  }

  /** Deletes files left behind by a crash. */
  async clear(): Promise<void> {
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  /** Deletes what other instances that share the folder's parent left behind by a crash long ago. */
  async clearAbandoned(): Promise<void> {
    const parent = dirname(this.#options.folder);
    for (const name of await readdir(parent).catch(() => [])) {
      const path = join(parent, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (this.#options.clock.now() - mtimeMs > ABANDONED_MS)
        await rm(path, { recursive: true, force: true });
    }
  }

  /** Downloads files one after another. Rejects, and deletes them all, when a download fails. */
  async receive(fileIds: readonly string[], signal: AbortSignal): Promise<ReceivedFiles> {
    const { folder, maxBytes } = this.#options;
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const downloads = fileIds.map((fileId) => ({ fileId, path: join(folder, randomUUID()) }));
    const paths = downloads.map(({ path }) => path);
    const files: ReceivedFile[] = [];
    const problems: FileProblem[] = [];
    let bytesLeft = Math.min(maxBytes(), MAX_DOWNLOAD_BYTES);
    try {
      for (const { fileId, path } of downloads) {
        const received = await this.fetchFile(fileId, path, bytesLeft, signal);
        if (typeof received === "string") problems.push(received);
        else {
          files.push(received);
          bytesLeft -= received.sizeBytes;
        }
      }
    } catch (error) {
      await this.#remove(paths);
      throw error;
    }
    return { files, problems, remove: () => this.#remove(paths) };
  }

  @monitorPerformance("file.write")
  private async fetchFile(
    fileId: string,
    path: string,
    maxBytes: number,
    stopSignal: AbortSignal,
  ): Promise<ReceivedFile | FileProblem> {
    const { clock, download } = this.#options;
    return await withDeadline(clock, DOWNLOAD_TIMEOUT_MS, stopSignal, async (signal) => {
      const downloading = await download(fileId, { signal, maxBytes });
      if (typeof downloading === "string") return downloading;
      const sizeBytes = await writeStream(downloading.stream, path, maxBytes, signal);
      if (sizeBytes === null) return "too-large";
      const type = await readableType(path, sizeBytes);
      return typeof type === "string" ? type : { path, sizeBytes, ...type };
    });
  }

  async #remove(paths: readonly string[]): Promise<void> {
    const removed = await Promise.allSettled(paths.map((path) => rm(path, { force: true })));
    for (const result of removed) {
      if (result.status === "rejected") {
        this.#options.logger.warn("A person's file could not be deleted; it is deleted at the next start", {
          code: errorCode(result.reason),
        });
      }
    }
  }
}

/** Writes a stream to a new file at the speed of the disk. Returns its size, or null when it exceeds `maxBytes`. */
async function writeStream(
  stream: Readable,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<number | null> {
  stream.on("error", () => {}); // an error before the first read is rethrown by that read
  addAbortSignal(signal, stream);
  try {
    const file = await open(path, "wx", PRIVATE_FILE);
    try {
      let sizeBytes = 0;
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) return null;
        await file.writeFile(chunk); // unlike `write`, never writes only a part of the chunk
        performanceMonitor.count("file.bytes.written", chunk.length);
      }
      return sizeBytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new AppError("A file could not be downloaded", {
      code: errorCode(error),
      cause: error,
      retryable: true,
    });
  } finally {
    stream.destroy();
  }
}
