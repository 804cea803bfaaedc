/** Width and height of a picture, in pixels. */
export interface PictureSize {
  width: number;
  height: number;
}

const PNG_SIGNATURE = 0x89504e47;
const JPEG_START = 0xffd8;

/** The size of a PNG or JPEG from its first bytes; null for other types, or when `head` ends before the size. */
export function pictureSize(head: Uint8Array): PictureSize | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < 24) return null;
  if (view.getUint32(0) === PNG_SIGNATURE) return { width: view.getUint32(16), height: view.getUint32(20) };
  return view.getUint16(0) === JPEG_START ? jpegSize(view) : null;
}

/** Walks the segments up to the frame header, which holds the size (ITU-T T.81, B.2.2). */
function jpegSize(view: DataView): PictureSize | null {
  for (let at = 2; at + 9 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
  }
  return null;
}
