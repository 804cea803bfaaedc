import { randomUUID } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import {
  AppError,
  type Clock,
  errorCode,
  type Logger,
  type Measure,
  unmeasured,
  withDeadline,
} from "../core/index.ts";
import { type Download, MAX_DOWNLOAD_BYTES } from "../telegram/index.ts";
import { readableType } from "./readable-types.ts";

/** A person's file on disk. */
export interface ReceivedFile {
  path: string;
  /** As the model names it, such as `image/jpeg`. */
  mimeType: string;
  sizeBytes: number;
}

/** Why a file cannot be read. `gone`: Telegram has it no more. */
export type FileProblem = "too-large" | "unsupported" | "gone";

/** What came of receiving files. */
export interface ReceivedFiles {
  files: readonly ReceivedFile[];
  problems: readonly FileProblem[];
  /** Deletes the files. Never fails; what could not be deleted goes at the next start. */
  remove(): Promise<void>;
}

export interface IncomingFilesOptions {
  /** Holds nothing else; made when it is first needed. */
  folder: string;
  /** Begins to read a file that was sent to the bot. */
  download(fileId: string, options: { signal: AbortSignal; maxBytes: number }): Promise<Download>;
  /** The most that is taken in with one question, in bytes. */
  maxBytes(): number;
  clock: Clock;
  logger: Logger;
  /** Records how long files take to be fetched and written, as `file.write`. */
  measure?: Measure;
  /** Counts the bytes written, as `file.bytes.written`. */
  count?: (name: string, amount: number) => void;
}

/** People's files: on disk while their question is answered, and no longer. */
export interface IncomingFiles {
  /** Deletes what a crash left. */
  clear(): Promise<void>;
  /** Fetches files, one after another. Rejects, leaving nothing behind, when Telegram cannot be reached. */
  receive(fileIds: readonly string[], signal: AbortSignal): Promise<ReceivedFiles>;
}

/** The time one file may take, in milliseconds: 20 MB over a line of 1.5 Mbit/s. */
const DOWNLOAD_MS = 120_000;

export function createIncomingFiles(options: IncomingFilesOptions): IncomingFiles {
  const { folder, download, clock, logger, measure = unmeasured, count = () => {} } = options;

  async function fetchFile(
    fileId: string,
    path: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<ReceivedFile | FileProblem> {
    const began = await download(fileId, { signal, maxBytes });
    if (typeof began === "string") return began;
    const sizeBytes = await write(began.stream, path, maxBytes, signal);
    if (sizeBytes === null) return "too-large";
    const type = await readableType(path, sizeBytes);
    return typeof type === "string" ? type : { path, sizeBytes, ...type };
  }

  /** Writes chunk by chunk, no faster than the disk takes them; null, and no more is read, beyond `maxBytes`. */
  async function write(
    stream: Readable,
    path: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<number | null> {
    stream.on("error", () => {}); // it may fail before it is read, and the reading then says so
    addAbortSignal(signal, stream);
    try {
      const file = await open(path, "wx", 0o600);
      try {
        let sizeBytes = 0;
        for await (const chunk of stream as AsyncIterable<Uint8Array>) {
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) return null;
          await file.writeFile(chunk); // all of it; `write` may stop halfway on a disk that is filling up
          count("file.bytes.written", chunk.length);
        }
        return sizeBytes;
      } finally {
        await file.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw new AppError("A file could not be fetched", {
        code: errorCode(error),
        cause: error,
        retryable: true,
      });
    } finally {
      stream.destroy();
    }
  }

  async function remove(paths: readonly string[]): Promise<void> {
    const removed = await Promise.allSettled(paths.map((path) => rm(path, { force: true })));
    for (const result of removed) {
      if (result.status === "rejected") {
        logger.warn("A person's file could not be deleted; it goes at the next start", {
          code: errorCode(result.reason),
        });
      }
    }
  }

  return {
    clear: () => rm(folder, { recursive: true, force: true }),

    async receive(fileIds, signal) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const paths = fileIds.map(() => join(folder, randomUUID()));
      const files: ReceivedFile[] = [];
      const problems: FileProblem[] = [];
      let left = Math.min(options.maxBytes(), MAX_DOWNLOAD_BYTES);
      try {
        for (const [index, fileId] of fileIds.entries()) {
          const path = paths[index] ?? "";
          const received = await measure("file.write", () =>
            withDeadline(clock, DOWNLOAD_MS, signal, (within) => fetchFile(fileId, path, left, within)),
          );
          if (typeof received === "string") problems.push(received);
          else {
            files.push(received);
            left -= received.sizeBytes;
          }
        }
      } catch (error) {
        await remove(paths);
        throw error;
      }
      return { files, problems, remove: () => remove(paths) };
    },
  };
}
