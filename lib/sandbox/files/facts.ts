import { open } from "node:fs/promises";
import { extname } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { imageSize } from "./image-size.ts";
import { playingTime } from "./playing-time.ts";

/** What a file's content tells about it. */
export interface FileFacts {
  /** By content where that tells, else as it was declared or named. */
  mimeType: string;
  width?: number;
  height?: number;
  /** In whole seconds, as Telegram counts. */
  duration?: number;
}

/** How much of a file's beginning is looked at: a JPEG may have large notes before its size. */
const HEAD_BYTES = 256 * 1024;
const UNKNOWN_TYPE = "application/octet-stream";
/** For contents without a mark of their own. */
const TYPE_BY_EXTENSION: Readonly<Record<string, string>> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".json": "application/json",
  ".html": "text/html",
  ".svg": "image/svg+xml",
};

/** Looks into a file. */
export async function readFacts(
  path: string,
  { name, declaredType, sizeBytes }: { name: string; declaredType: string; sizeBytes: number },
): Promise<FileFacts> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const found = (await fileTypeFromBuffer(head).catch(() => undefined))?.mime.split(";")[0];
    const mimeType = found ?? knownType(declaredType, name);
    if (mimeType.startsWith("image/")) return { mimeType, ...imageSize(head) };
    const playing = await playingTime(file, mimeType, sizeBytes);
    if (!playing) return { mimeType };
    const { seconds, ...size } = playing;
    return { mimeType, ...size, duration: Math.max(0, Math.round(seconds)) };
  } finally {
    await file.close();
  }
}

function knownType(declaredType: string, name: string): string {
  if (declaredType !== "" && declaredType !== UNKNOWN_TYPE) return declaredType.split(";")[0] ?? declaredType;
  return TYPE_BY_EXTENSION[extname(name).toLowerCase()] ?? UNKNOWN_TYPE;
}
