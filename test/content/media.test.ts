import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Change, loadChanged, mistakesOf } from "./temporary-content.ts";

const MEGABYTE = 1024 * 1024;
const sample = (path: string): Uint8Array => readFileSync(`media/${path}`);
const [JPEG, PNG, GIF, MP4, MP3, OPUS, PDF] = [
  "welcome.jpg",
  "cycle/cycle.png",
  "calm/breathe.gif",
  "cycle/days.mp4",
  "calm/breathing.mp3",
  "calm/chimes.ogg",
  "clinic/questions.pdf",
].map(sample) as [Uint8Array, ...Uint8Array[]] & Uint8Array[];

/** `head` padded with zeros to `length`. */
function padded(head: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(head.subarray(0, Math.min(head.length, length)));
  return bytes;
}

/** A PNG whose header has this size. */
function pngOf(width: number, height: number): Uint8Array {
  const bytes = Uint8Array.from(PNG as Uint8Array);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

const flow = (media: string): string =>
  `title: { en: T, fr: T }\nsteps:\n  a:\n    say: { en: A, fr: A }\n    ${media}\n    next: b\n  b: { end: true }\n`;

const load = async (media: string, files: Record<string, Change> = {}) =>
  await loadChanged({ ...files, "flows/guide.yaml": flow(media) });
const mistakes = async (media: string, files: Record<string, Change> = {}): Promise<string[]> =>
  (await mistakesOf({ ...files, "flows/guide.yaml": flow(media) })).map((line) =>
    line.replace("flows/guide.yaml, ", ""),
  );

describe("media of a step", () => {
  it("are one file, or an album, of each kind", async () => {
    const files = {
      "media/a.jpg": JPEG,
      "media/deep/er/b.png": PNG as Uint8Array,
      "media/c.mp4": MP4 as Uint8Array,
    };
    const { flows } = await load("photo: [a.jpg, deep/er/b.png]\n    video: c.mp4", files);
    expect(flows.guide?.nodes.a).to.have.deep.property("media", [
      { kind: "photo", file: { mediaPath: "a.jpg" } },
      { kind: "photo", file: { mediaPath: "deep/er/b.png" } },
      { kind: "video", file: { mediaPath: "c.mp4" } },
    ]);
    await load("audio: a.mp3", { "media/a.mp3": MP3 as Uint8Array });
    await load("voice: a.ogg", { "media/a.ogg": OPUS as Uint8Array });
    await load("animation: a.gif", { "media/a.gif": GIF as Uint8Array });
    await load("document: a.pdf", { "media/a.pdf": PDF as Uint8Array });
  });

  it("need no text", async () => {
    const { flows } = await loadChanged({
      "media/a.jpg": JPEG,
      "flows/guide.yaml":
        "title: { en: T, fr: T }\nsteps:\n  a: { photo: a.jpg, next: b }\n  b: { end: true }\n",
    });
    expect(flows.guide?.nodes.a).to.deep.equal({
      kind: "say",
      media: [{ kind: "photo", file: { mediaPath: "a.jpg" } }],
      next: "b",
    });
  });

  it("are refused when the file is missing, empty or a folder", async () => {
    expect(await mistakes("photo: none.jpg")).to.deep.equal([
      'line 5: "steps.a.photo" names "none.jpg", which is not in the media folder; add it or correct the name',
    ]);
    expect(await mistakes("document: a.pdf", { "media/a.pdf": "" })).to.deep.equal([
      'line 5: "steps.a.document" names "a.pdf", which is empty; save it again',
    ]);
    expect(await mistakes("document: deep", { "media/deep/a.pdf": "x" })).to.deep.equal([
      'line 5: "steps.a.document" names "deep", which is not a file',
    ]);
  });

  it("are refused when they are larger than Telegram accepts", async () => {
    expect(await mistakes("photo: a.jpg", { "media/a.jpg": padded(JPEG, 10 * MEGABYTE + 1) })).to.deep.equal([
      'line 5: "steps.a.photo" names "a.jpg", which is too large (10.0 MB); Telegram takes at most 10.0 MB',
    ]);
    expect(await mistakes("document: a.pdf", { "media/a.pdf": new Uint8Array(51 * MEGABYTE) })).to.deep.equal(
      [
        'line 5: "steps.a.document" names "a.pdf", which is too large (51.0 MB); Telegram takes at most 50.0 MB',
      ],
    );
    await load("photo: a.jpg", { "media/a.jpg": padded(JPEG, 10 * MEGABYTE) });
  });

  it("are refused when a picture is too large or too narrow", async () => {
    for (const [width, height] of [
      [9000, 1001],
      [2100, 100],
    ] as const) {
      const [line] = await mistakes("photo: a.png", { "media/a.png": pngOf(width, height) });
      expect(line).to.include(`names "a.png", which is ${width} by ${height}; Telegram wants`);
    }
    await load("photo: a.png", { "media/a.png": pngOf(2000, 100) });
  });

  it("are refused when their content does not match their kind, whatever their extension", async () => {
    for (const [media, bytes, found] of [
      ["photo: a.jpg", PDF, "not a JPEG, PNG or WebP picture but application/pdf"],
      ["photo: a.jpg", GIF, "not a JPEG, PNG or WebP picture but image/gif"],
      ["video: a.mp4", "just text", "not an MP4 video but of no known type"],
      ["audio: a.mp3", OPUS, "not an MP3 or M4A but audio/ogg; codecs=opus"],
      ["voice: a.ogg", MP4, "not an OGG with Opus, an MP3 or M4A but video/mp4"],
      ["animation: a.gif", JPEG, "not a GIF or an MP4 without sound but image/jpeg"],
    ] as const) {
      const file = `media/${media.split(" ")[1]}`;
      const [line] = await mistakes(media, { [file]: bytes as Change });
      expect(line, media).to.include(`which is ${found}; convert it, or send it as a document`);
    }
  });

  it("are refused when they cannot be sent together", async () => {
    const together =
      "cannot be sent together; an album holds photos and videos, or only audio, or only documents";
    expect(await mistakes("photo: a.jpg\n    voice: a.ogg")).to.include(`line 3: "steps.a" ${together}`);
    expect(await mistakes("animation: [a.gif, b.gif]")).to.include(`line 3: "steps.a" ${together}`);
    const eleven = Array.from({ length: 11 }, (_, index) => `${index}.jpg`).join(", ");
    expect(await mistakes(`photo: [${eleven}]`)).to.deep.equal([
      'line 5: "steps.a.photo" is too long; use at most 10 entries',
    ]);
    expect(
      await mistakes(
        `photo: [a.jpg, b.jpg, c.jpg, d.jpg, e.jpg, f.jpg]\n    video: [a.mp4, b.mp4, c.mp4, d.mp4, e.mp4]`,
      ),
    ).to.include('line 3: "steps.a" has 11 files; use at most 10');
  });

  it("are refused when a path leads out of the media folder", async () => {
    for (const path of [
      "../bot.yaml",
      "/etc/hostname",
      "a/../../b",
      "C:/a.jpg",
      "'a\\b.jpg'",
      "a//b.jpg",
      "./a.jpg",
    ]) {
      const [line] = await mistakes(`photo: ${path}`);
      expect(line, path).to.match(
        /^line 5: "steps.a.photo.0" must be the path of a file in the media folder/,
      );
    }
  });
});
