import type { FileHandle } from "node:fs/promises";
import { expect } from "chai";
import { playingTime } from "../../lib/sandbox/files/playing-time.ts";
import { mp4File } from "./sample-files.ts";

/** A file in memory that counts how often it is read. */
function counted(bytes: Buffer): { file: FileHandle; reads(): number } {
  let reads = 0;
  const read = async (buffer: Buffer, offset: number, length: number, position: number) => {
    reads += 1;
    return {
      buffer,
      bytesRead: bytes.copy(buffer, offset, position, Math.min(bytes.length, position + length)),
    };
  };
  return { file: { read } as unknown as FileHandle, reads: () => reads };
}

function box(kind: string, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(length);
  head.write(kind, 4, "latin1");
  return head;
}

describe("a hostile film", () => {
  const COUNT = 200_000;
  const films: Record<string, Buffer> = {
    "of boxes inside each other": Buffer.concat(
      Array.from({ length: COUNT }, (_, index) => box(index % 2 ? "trak" : "moov", 8 * (COUNT - index))),
    ),
    "of nothing but empty boxes": Buffer.concat(Array.from({ length: COUNT }, () => box("free", 8))),
    "of empty boxes inside a movie": Buffer.concat([
      box("moov", 8 * COUNT),
      ...Array.from({ length: COUNT - 1 }, () => box("trak", 8)),
    ]),
  };

  for (const [what, bytes] of Object.entries(films)) {
    it(`${what} is given up after a thousand boxes`, async () => {
      const { file, reads } = counted(bytes);
      await playingTime(file, "video/mp4", bytes.length);
      expect(reads()).to.be.at.most(1_100);
    });
  }

  it("does not keep an honest one from being read", async () => {
    const bytes = mp4File(12, 320, 180);
    const { file } = counted(bytes);
    expect(await playingTime(file, "video/mp4", bytes.length)).to.deep.equal({
      seconds: 12,
      width: 320,
      height: 180,
    });
  });
});
