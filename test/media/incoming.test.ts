import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect } from "chai";
import { errorCode, silentLogger } from "../../lib/core/index.ts";
import { IncomingFiles } from "../../lib/media/index.ts";
import type { Download } from "../../lib/telegram/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

const PNG = Buffer.concat([
  Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex"),
  Buffer.from("0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082", "hex"),
]);
const OPUS = Buffer.concat([
  Buffer.from("OggS"),
  Buffer.alloc(24),
  Buffer.from("OpusHead"),
  Buffer.alloc(64),
]);
const WAV = Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEfmt "), Buffer.alloc(64)]);
const MP4 = Buffer.concat([
  Buffer.from("00000018", "hex"),
  Buffer.from("ftypisom\0\0\0\0isomiso2"),
  Buffer.alloc(64),
]);
const MOV = Buffer.concat([
  Buffer.from("00000014", "hex"),
  Buffer.from("ftypqt  \0\0\0\0qt  "),
  Buffer.alloc(64),
]);
const ZIP = Buffer.concat([Buffer.from("504b0304", "hex"), Buffer.alloc(64)]);
const EXE = Buffer.concat([Buffer.from("MZ"), Buffer.alloc(200)]);

describe("Incoming files", () => {
  let folder: string;
  let contents: Map<string, Buffer | Download | (() => Readable)>;
  let files: IncomingFiles;
  let clock: FakeClock;
  let maxBytes: number;
  const never = new AbortController().signal;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "helpline-incoming-")), "incoming");
    contents = new Map();
    clock = new FakeClock();
    maxBytes = 1_000_000;
    files = new IncomingFiles({
      folder,
      async download(fileId) {
        const content = contents.get(fileId) ?? "gone";
        if (Buffer.isBuffer(content)) return { stream: Readable.from([content]) };
        return typeof content === "function" ? { stream: content() } : content;
      },
      maxBytes: () => maxBytes,
      clock,
      logger: silentLogger,
    });
  });

  afterEach(() => rm(join(folder, ".."), { recursive: true }));

  const onDisk = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);

  async function receive(...sent: Buffer[]) {
    for (const [index, content] of sent.entries()) contents.set(`${index}`, content);
    return files.receive([...sent.keys()].map(String), never);
  }

  const kinds: [string, Buffer, string][] = [
    ["a picture", PNG, "image/png"],
    ["a voice message", OPUS, "audio/ogg"],
    ["a recording", WAV, "audio/wav"],
    ["a video note", MP4, "video/mp4"],
    ["an iPhone video", MOV, "video/mov"],
    ["a PDF", Buffer.from("%PDF-1.7\n%âãÏÓ\n"), "application/pdf"],
    ["a text", Buffer.from("Où est-ce ? 😀\r\n\tIci."), "text/plain"],
  ];
  for (const [name, content, mimeType] of kinds) {
    it(`recognises ${name} by its content, and keeps it on disk until it is removed`, async () => {
      const received = await receive(content);
      expect(received.problems).to.deep.equal([]);
      const [file] = received.files;
      expect(file).to.include({ mimeType, sizeBytes: content.length });
      expect(readFileSync(file?.path ?? "")).to.deep.equal(content);
      await received.remove();
      expect(onDisk()).to.deep.equal([]);
    });
  }

  const unreadable: [string, Buffer][] = [
    ["an archive", ZIP],
    ["a program", EXE],
    ["nothing at all", Buffer.alloc(0)],
    ["a text that is not UTF-8", Buffer.from("caf\xe9 ol\xe9", "latin1")],
    ["bytes that only look like a text", Buffer.from("abc\0def")],
  ];
  for (const [name, content] of unreadable) {
    it(`refuses ${name}`, async () => {
      const received = await receive(content);
      expect(received).to.deep.include({ files: [], problems: ["unsupported"] });
      await received.remove();
      expect(onDisk()).to.deep.equal([]);
    });
  }

  it("stops reading a file that is larger than allowed, whatever size Telegram announced", async () => {
    maxBytes = 10_000;
    let produced = 0;
    const endless = () =>
      new Readable({
        read() {
          produced += 1_000;
          this.push(Buffer.alloc(1_000, "a"));
        },
      });
    contents.set("0", endless);
    const received = await files.receive(["0"], never);
    expect(received.problems).to.deep.equal(["too-large"]);
    expect(produced).to.be.lessThan(200_000);
    await received.remove();
    expect(onDisk()).to.deep.equal([]);
  });

  it("applies the limit to all files together", async () => {
    maxBytes = PNG.length + 10;
    const received = await receive(PNG, PNG);
    expect(received.files).to.have.lengthOf(1);
    expect(received.problems).to.deep.equal(["too-large"]);
    await received.remove();
  });

  it("refuses a text longer than 256 KB", async () => {
    expect((await receive(Buffer.alloc(300_000, "text "))).problems).to.deep.equal(["too-large"]);
  });

  it("returns the readable files, and the problem of each other one", async () => {
    contents.set("a", PNG).set("b", "gone").set("c", ZIP).set("d", OPUS);
    const received = await files.receive(["a", "b", "c", "d"], never);
    expect(received.files.map(({ mimeType }) => mimeType)).to.deep.equal(["image/png", "audio/ogg"]);
    expect(received.problems).to.deep.equal(["gone", "unsupported"]);
    await received.remove();
    expect(onDisk()).to.deep.equal([]);
  });

  it("leaves nothing on disk when a download fails", async () => {
    contents.set("0", PNG).set("1", () =>
      Readable.from(
        (async function* () {
          yield PNG;
          throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
        })(),
      ),
    );
    expect(await files.receive(["0", "1"], never).catch(errorCode)).to.equal("ECONNRESET");
    expect(onDisk()).to.deep.equal([]);
  });

  it("gives up after two minutes, or when the program stops", async () => {
    const stuck = (): Readable => new Readable({ read() {} });
    for (const end of ["time", "stop"] as const) {
      const abort = new AbortController();
      let stream: Readable | undefined;
      const begun = new Promise<void>((resolve) => {
        contents.set("0", () => {
          stream = stuck();
          resolve();
          return stream;
        });
      });
      const receiving = files.receive(["0"], abort.signal).catch(errorCode);
      await begun;
      if (end === "time") await clock.advance(120_000);
      else abort.abort(new DOMException("stop", "AbortError"));
      expect(await receiving).to.equal(end === "time" ? "TimeoutError" : "AbortError");
      expect(stream?.destroyed).to.equal(true);
      expect(onDisk()).to.deep.equal([]);
    }
  });

  it("deletes at the next start what a crash left behind", async () => {
    await receive(PNG);
    expect(onDisk()).to.have.lengthOf(1);
    await files.clear();
    expect(onDisk()).to.deep.equal([]);
  });
});
