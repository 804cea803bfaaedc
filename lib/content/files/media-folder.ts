import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { errorCode } from "../../core/index.ts";
import type { MediaItem, MediaKind } from "./media-item.ts";
import { pictureSize } from "./picture-size.ts";
import type { YamlDocument, YamlPath } from "./yaml-file.ts";

/** The folder of the files the bot can send. */
export interface MediaFolder {
  /** Why Telegram would not show this file as its kind, as the end of a sentence; null when it would. */
  findMistake(item: MediaItem): Promise<string | null>;
}

/** Telegram's limits for files sent by bots; the sides of a photo are in pixels. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const MAX_FILE_BYTES = 50 * 1024 * 1024;
const MAX_PHOTO_SIDES = 10_000;
const MAX_PHOTO_RATIO = 20;

/** The types Telegram shows as each kind. A document can be any type. */
const TYPES: Record<Exclude<MediaKind, "document">, { mimeTypes: readonly string[]; names: string }> = {
  photo: { mimeTypes: ["image/jpeg", "image/png", "image/webp"], names: "a JPEG, PNG or WebP picture" },
  video: { mimeTypes: ["video/mp4"], names: "an MP4 video" },
  animation: { mimeTypes: ["image/gif", "video/mp4"], names: "a GIF or an MP4 without sound" },
  audio: { mimeTypes: ["audio/mpeg", "audio/mp4", "audio/x-m4a"], names: "an MP3 or M4A" },
  voice: {
    mimeTypes: ["audio/ogg; codecs=opus", "audio/mpeg", "audio/mp4", "audio/x-m4a"],
    names: "an OGG with Opus, an MP3 or M4A",
  },
};

/** How much of a file is read to detect its type; a JPEG's size comes after its embedded previews. */
const HEAD_BYTES = 256 * 1024;

/** Opens the media folder; each file is inspected once. */
export function openMediaFolder(root: string): MediaFolder {
  const found = new Map<string, Promise<string | null>>();
  return {
    findMistake(item) {
      const key = `${item.kind}:${item.file.mediaPath}`;
      const mistake = found.get(key) ?? inspect(root, item);
      found.set(key, mistake);
      return mistake;
    },
  };
}

/** Reports each file that Telegram would not show, at the place that names it. */
export async function refuseMedia(
  document: YamlDocument,
  place: YamlPath,
  items: readonly MediaItem[],
  media: MediaFolder,
): Promise<void> {
  for (const item of items) {
    const mistake = await media.findMistake(item);
    if (!mistake) continue;
    const paths = items.filter(({ kind }) => kind === item.kind);
    const spot = paths.length > 1 ? [item.kind, paths.indexOf(item)] : [item.kind];
    document.refuse([...place, ...spot], mistake);
  }
}

async function inspect(root: string, { kind, file: { mediaPath } }: MediaItem): Promise<string | null> {
  const path = join(root, mediaPath);
  const name = `"${mediaPath}"`;
  try {
    const stats = await stat(path);
    if (!stats.isFile()) return `names ${name}, which is not a file`;
    if (stats.size === 0) return `names ${name}, which is empty; save it again`;
    const maxBytes = kind === "photo" ? MAX_PHOTO_BYTES : MAX_FILE_BYTES;
    if (stats.size > maxBytes) {
      const [size, limit] = [stats.size, maxBytes].map((bytes) => (bytes / 1024 / 1024).toFixed(1));
      return `names ${name}, which is too large (${size} MB); Telegram takes at most ${limit} MB`;
    }
    if (kind === "document") return null;
    return kindMistake(kind, name, await readHead(path));
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") {
      return `names ${name}, which is not in the media folder; add it or correct the name`;
    }
    return `names ${name}, which cannot be read (${errorCode(error)}); check that this program may read it`;
  }
}

async function kindMistake(
  kind: Exclude<MediaKind, "document">,
  name: string,
  head: Uint8Array,
): Promise<string | null> {
  const { mimeTypes, names } = TYPES[kind];
  const mime = (await fileTypeFromBuffer(head))?.mime;
  if (!mime || !mimeTypes.includes(mime)) {
    return `names ${name}, which is not ${names} but ${mime ?? "of no known type"}; convert it, or send it as a document`;
  }
  if (kind !== "photo") return null;
  const size = pictureSize(head);
  if (!size) return null;
  const { width, height } = size;
  const fits =
    width + height <= MAX_PHOTO_SIDES && Math.max(width, height) <= MAX_PHOTO_RATIO * Math.min(width, height);
  return fits
    ? null
    : `names ${name}, which is ${width} by ${height}; Telegram wants both sides together at most ${MAX_PHOTO_SIDES}, and one at most ${MAX_PHOTO_RATIO} times the other`;
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
