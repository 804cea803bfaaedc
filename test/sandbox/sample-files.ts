import { deflateSync } from "node:zlib";

/** A PNG of one colour. */
export function pngFile(width: number, height: number, [red, green, blue] = [90, 160, 220]): Buffer {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) row.set([red ?? 0, green ?? 0, blue ?? 0], 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The beginning of a JPEG up to its size, with long metadata before it. */
export function jpegHead(width: number, height: number): Buffer {
  const note = Buffer.alloc(2 + 2 + 5000);
  note.writeUInt16BE(0xffe1, 0);
  note.writeUInt16BE(5002, 2);
  const frame = Buffer.alloc(19);
  frame.writeUInt16BE(0xffc2, 0);
  frame.writeUInt16BE(17, 2);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), note, frame]);
}

/** A voice message of this length in seconds: Ogg pages like those of Opus, without sound. */
export function oggFile(seconds: number): Buffer {
  const page = (samples: number, payload: Buffer) => {
    const head = Buffer.alloc(28);
    head.write("OggS", 0);
    head.writeBigInt64LE(BigInt(samples), 6);
    head.set([1, payload.length], 26);
    return Buffer.concat([head, payload]);
  };
  const start = Buffer.alloc(19);
  start.write("OpusHead\x01\x01");
  return Buffer.concat([
    page(0, start),
    page(0, Buffer.from("OpusTags")),
    page(seconds * 48_000, Buffer.alloc(40)),
  ]);
}

/** A video of this length and size: the boxes of an MP4, without pictures. */
export function mp4File(seconds: number, width: number, height: number): Buffer {
  const movie = Buffer.alloc(100);
  movie.writeUInt32BE(1000, 12);
  movie.writeUInt32BE(seconds * 1000, 16);
  const track = Buffer.alloc(96);
  track.writeUInt16BE(width, 76);
  track.writeUInt16BE(height, 80);
  const film = Buffer.alloc(2000);
  return Buffer.concat([
    box("ftyp", Buffer.from("isom\0\0\0\0isommp42")),
    box("mdat", film),
    box("moov", Buffer.concat([box("mvhd", movie), box("trak", box("tkhd", track))])),
  ]);
}

/** A playable tone of this length in seconds, at 8 kHz. */
export function wavFile(seconds: number): Buffer {
  const samples = Buffer.alloc(8000 * seconds);
  for (let at = 0; at < samples.length; at += 1) samples[at] = 128 + Math.round(40 * Math.sin(at / 3));
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

function box(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length, 0);
  head.write(kind, 4, "latin1");
  return Buffer.concat([head, content]);
}

function chunk(kind: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const body = Buffer.concat([Buffer.from(kind, "latin1"), content]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
