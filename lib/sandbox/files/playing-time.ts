import type { FileHandle } from "node:fs/promises";

/** The longest Ogg page, in bytes (RFC 3533). */
const MAX_OGG_PAGE = 65_307;
/** Opus counts time in samples of 48 kHz, whatever it was recorded at (RFC 7845). */
const OPUS_RATE = 48_000;
const MPEG1_LAYER3_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_LAYER3_KBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** What the file of a video or sound says about itself. */
export interface Playing {
  seconds: number;
  width?: number;
  height?: number;
}

/** Reads the playing time of a sound or video from its file; null when the file does not say. */
export async function playingTime(
  file: FileHandle,
  mimeType: string,
  sizeBytes: number,
): Promise<Playing | null> {
  if (mimeType.endsWith("/ogg")) return oggTime(file, sizeBytes);
  if (/\/(?:mp4|x-m4a|quicktime)$/.test(mimeType)) return mp4Time(file, sizeBytes);
  if (mimeType === "audio/mpeg") return mp3Time(file, sizeBytes);
  return /\/(?:wav|vnd\.wave|x-wav)$/.test(mimeType) ? wavTime(file, sizeBytes) : null;
}

async function oggTime(file: FileHandle, sizeBytes: number): Promise<Playing | null> {
  const tail = await readAt(file, Math.max(0, sizeBytes - MAX_OGG_PAGE), MAX_OGG_PAGE);
  const page = tail.lastIndexOf("OggS");
  if (page < 0 || page + 14 > tail.length) return null;
  return { seconds: Number(tail.readBigInt64LE(page + 6)) / OPUS_RATE };
}

async function wavTime(file: FileHandle, sizeBytes: number): Promise<Playing | null> {
  const head = await readAt(file, 0, 44);
  if (head.length < 44) return null;
  const bytesPerSecond = head.readUInt32LE(28);
  return bytesPerSecond > 0 ? { seconds: (sizeBytes - 44) / bytesPerSecond } : null;
}

/** Assumes the first frame's bit rate for the whole file, which is close where it varies little. */
async function mp3Time(file: FileHandle, sizeBytes: number): Promise<Playing | null> {
  const head = await readAt(file, 0, 10);
  const tagBytes = head.toString("latin1", 0, 3) === "ID3" ? 10 + syncSafe(head.subarray(6, 10)) : 0;
  const frames = await readAt(file, tagBytes, 4096);
  for (let at = 0; at + 4 <= frames.length; at += 1) {
    const header = frames.readUInt32BE(at);
    if (header >>> 21 !== 0x7ff || ((header >>> 17) & 3) !== 1) continue;
    const table = ((header >>> 19) & 3) === 3 ? MPEG1_LAYER3_KBITS : MPEG2_LAYER3_KBITS;
    const kbits = table[(header >>> 12) & 15];
    if (kbits) return { seconds: ((sizeBytes - tagBytes) * 8) / (kbits * 1000) };
  }
  return null;
}

function syncSafe(bytes: Buffer): number {
  return bytes.reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
}

/** The MP4 boxes that contain the movie header and the track sizes. */
const MP4_CONTAINERS = new Set(["moov", "trak"]);
/** A film has some ten boxes at the top, and as many in each of its few tracks; a hostile one has a million. */
const MAX_BOXES = 1_000;
/** `trak` lies in `moov`. */
const MAX_BOX_DEPTH = 2;

async function mp4Time(file: FileHandle, sizeBytes: number): Promise<Playing | null> {
  let seconds: number | null = null;
  let size = {};
  let boxes = 0;
  const walk = async (from: number, to: number, depth = 0): Promise<void> => {
    for (let at = from; at + 8 <= to && boxes < MAX_BOXES; boxes += 1) {
      const box = await readAt(file, at, 112);
      if (box.length < 8) return;
      const long = box.readUInt32BE(0) === 1 && box.length >= 16;
      const length = long ? Number(box.readBigUInt64BE(8)) : box.readUInt32BE(0) || to - at;
      const kind = box.toString("latin1", 4, 8);
      if (length < 8) return;
      if (MP4_CONTAINERS.has(kind) && depth < MAX_BOX_DEPTH) {
        await walk(at + 8, Math.min(to, at + length), depth + 1);
      }
      if (kind === "mvhd" && box.length >= 44) seconds = movieSeconds(box);
      if (kind === "tkhd" && box.length >= 104) size = trackSize(box) ?? size;
      at += length;
    }
  };
  await walk(0, sizeBytes);
  return seconds === null ? null : { seconds, ...size };
}

function movieSeconds(box: Buffer): number {
  const isLong = box[8] === 1;
  const scale = box.readUInt32BE(isLong ? 28 : 20);
  const length = isLong ? Number(box.readBigUInt64BE(32)) : box.readUInt32BE(24);
  return scale > 0 ? length / scale : 0;
}

function trackSize(box: Buffer): { width: number; height: number } | null {
  const at = box[8] === 1 ? 96 : 84;
  const [width, height] = [box.readUInt16BE(at), box.readUInt16BE(at + 4)];
  return width > 0 && height > 0 ? { width, height } : null;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
