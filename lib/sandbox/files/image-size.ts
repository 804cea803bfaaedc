/** The width and height of an image in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** Reads the size of a JPEG, PNG, GIF or WebP image from the beginning of its file; null for anything else. */
export function imageSize(head: Buffer): ImageSize | null {
  if (head.length < 30) return null;
  if (head.readUInt32BE(0) === 0x89504e47)
    return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  if (head.toString("latin1", 0, 4) === "GIF8")
    return { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  if (head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP")
    return webpSize(head);
  return head.readUInt16BE(0) === 0xffd8 ? jpegSize(head) : null;
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(head: Buffer): ImageSize | null {
  const kind = head.toString("latin1", 12, 16);
  if (kind === "VP8X") return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
  if (kind === "VP8 ")
    return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
  if (kind !== "VP8L") return null;
  const bits = head.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** Walks a JPEG's segments to the start of frame (SOF). */
function jpegSize(head: Buffer): ImageSize | null {
  for (let at = 2; at + 9 < head.length; ) {
    if (head[at] !== 0xff) return null;
    const marker = head.readUInt8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    at += marker === 0xff ? 1 : 2 + head.readUInt16BE(at + 2);
  }
  return null;
}
