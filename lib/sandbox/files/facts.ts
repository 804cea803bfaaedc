import { open } from "node:fs/promises";
import { extname } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { imageSize } from "./image-size.ts";
import { playingTime } from "./playing-time.ts";

/** What a file's content shows about it. */
export interface FileFacts {
  /** By content where it can be recognized, else as declared, else by its name. */
  mimeType: string;
  width?: number;
  height?: number;
  /** In whole seconds, as Telegram counts. */
  duration?: number;
}

/** Bytes read from the beginning of a file: a JPEG may have large metadata before its size. */
const HEAD_BYTES = 256 * 1024;
const UNKNOWN_TYPE = "application/octet-stream";
/** Types that cannot be recognized by content. */
const TYPE_BY_EXTENSION: Readonly<Record<string, string>> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".json": "application/json",
  ".html": "text/html",
  ".svg": "image/svg+xml",
};

/** Recognizes a file's type, and reads its size in pixels or its playing time. */
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
