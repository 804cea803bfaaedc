import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { WireMessage } from "../../lib/sandbox/index.ts";
import { jpegHead, mp4File, oggFile, pngFile, wavFile } from "./sample-files.ts";
import { type Answer, memoryStorage, sendZeros, startBot, stopBots, type TestBot, TOKEN } from "./support.ts";

const CHAT = 1001;
const MB = 1024 * 1024;

interface Upload {
  bytes: Uint8Array;
  name?: string;
  type?: string;
}

describe("the simulated Telegram: media", () => {
  let bot: TestBot;

  /** Calls a method with a multipart form, objects in it as JSON, as bots do to upload. */
  async function upload<Result = WireMessage>(
    method: string,
    params: Record<string, unknown>,
    files: Record<string, Upload>,
  ): Promise<Answer<Result>> {
    const form = new FormData();
    for (const [key, value] of Object.entries({ chat_id: CHAT, ...params }))
      form.append(key, typeof value === "object" ? JSON.stringify(value) : String(value));
    for (const [key, { bytes, name = "a.bin", type = "" }] of Object.entries(files))
      form.append(key, new Blob([new Uint8Array(bytes)], { type }), name);
    return bot.call<Result>(method, {}, { body: form, headers: {} });
  }
  const call = <Result = WireMessage>(method: string, params: object): Promise<Answer<Result>> =>
    bot.call<Result>(method, { chat_id: CHAT, ...params });
  const why = async (answer: Promise<Answer<unknown>>) => (await answer).description;
  const download = (path: string) => fetch(`${bot.apiRoot}/file/bot${TOKEN}/${path}`);
  const fileOf = async (id: string | undefined) =>
    (await bot.call<{ file_path: string; file_size: number }>("getFile", { file_id: id })).result;
  const png = { bytes: pngFile(640, 480), name: "cat.png", type: "image/png" };
  const seen = () => bot.telegram.chat(CHAT)?.messages ?? [];

  beforeEach(async () => {
    bot = await startBot();
    await bot.telegram.sendText({ userId: CHAT, firstName: "Ada" }, "hello");
  });
  afterEach(stopBots);

  it("shows an uploaded photo in several sizes, and serves its bytes", async () => {
    const { result } = await upload("sendPhoto", { caption: "A cat" }, { photo: png });
    expect(result.caption).to.equal("A cat");
    expect(result.photo?.map(({ width, height }) => `${width}x${height}`)).to.deep.equal([
      "90x68",
      "320x240",
      "640x480",
    ]);
    const largest = result.photo?.at(-1);
    const file = await fileOf(largest?.file_id);
    expect(file.file_path).to.match(/^photos\/file_\d+\.png$/);
    expect(Buffer.from(await (await download(file.file_path)).arrayBuffer()).equals(png.bytes)).to.equal(
      true,
    );
    expect(seen().at(-1)?.photo?.at(-1)?.file_id).to.equal(largest?.file_id);
  });

  it("sends a photo again by the file_id of any of its sizes", async () => {
    const { result } = await upload("sendPhoto", {}, { photo: png });
    for (const { file_id: photo } of result.photo ?? []) {
      const again = await call("sendPhoto", { photo });
      expect(again.result.photo?.at(-1)?.file_unique_id).to.equal(result.photo?.at(-1)?.file_unique_id);
    }
  });

  it("reads a JPEG's size after long metadata", async () => {
    const { result } = await upload("sendPhoto", {}, { photo: { bytes: jpegHead(1600, 1200) } });
    expect(result.photo?.at(-1)).to.include({ width: 1600, height: 1200 });
  });

  it("reads playing times of voice messages and videos, and sizes of videos", async () => {
    const voice = await upload("sendVoice", {}, { voice: { bytes: oggFile(7), name: "v.ogg" } });
    expect(voice.result.voice).to.include({ duration: 7, mime_type: "audio/ogg" });
    const video = await upload("sendVideo", {}, { video: { bytes: mp4File(12, 320, 180), name: "v.mp4" } });
    expect(video.result.video).to.include({ duration: 12, width: 320, height: 180, mime_type: "video/mp4" });
    const note = await upload("sendVideoNote", {}, { video_note: { bytes: mp4File(3, 240, 240) } });
    expect(note.result.video_note).to.include({ length: 240, duration: 3 });
    const film = await upload(
      "sendAnimation",
      {},
      { animation: { bytes: mp4File(2, 10, 10), name: "a.mp4" } },
    );
    expect(film.result.animation).to.deep.equal(film.result.document);
  });

  it("prefers what the bot declares about a file to its content", async () => {
    const said = { title: "Sea", performer: "Ada", duration: 99 };
    const { result } = await upload("sendAudio", said, { audio: { bytes: oggFile(7), name: "sea.ogg" } });
    expect(result.audio).to.include({ ...said, file_name: "sea.ogg" });
  });

  it("sends a file that does not fit its kind as a document", async () => {
    const { result } = await upload(
      "sendVideo",
      {},
      { video: { bytes: Buffer.from("text"), name: "a.txt" } },
    );
    expect(result.document).to.include({ file_name: "a.txt", mime_type: "text/plain" });
    const sound = await upload("sendVoice", {}, { voice: { bytes: wavFile(1), name: "a.wav" } });
    expect(sound.result).to.have.property("document");
  });

  it("sends an album with one media_group_id and a caption for each message", async () => {
    const media = [
      { type: "photo", media: "attach://one", caption: "first" },
      { type: "video", media: "attach://two" },
    ];
    const files = { one: png, two: { bytes: mp4File(5, 64, 64), name: "b.mp4" } };
    const { result } = await upload<WireMessage[]>("sendMediaGroup", { media }, files);
    expect(new Set(result.map(({ media_group_id: group }) => group)).size).to.equal(1);
    expect(result.map(({ caption }) => caption)).to.deep.equal(["first", undefined]);
    expect(result.map(({ message_id: id }) => id)).to.deep.equal([2, 3]);
    const again = await call<WireMessage[]>("sendMediaGroup", {
      media: result.map(({ photo, video }) => ({
        type: photo ? "photo" : "video",
        media: (photo?.at(-1) ?? video)?.file_id,
      })),
    });
    expect(again.result[0]?.media_group_id).not.to.equal(result[0]?.media_group_id);
  });

  it("counts every message of an album for the rate limit", async () => {
    bot = await startBot({ rateLimits: true });
    await bot.telegram.sendText({ userId: CHAT }, "hello");
    const media = Array.from({ length: 5 }, (_, index) => ({ type: "photo", media: `attach://p${index}` }));
    const files = Object.fromEntries(media.map((_, index) => [`p${index}`, png]));
    expect((await upload("sendMediaGroup", { media }, files)).ok).to.equal(true);
    expect(await call("sendMessage", { text: "one more" })).to.include({ status: 429 });
  });

  const text = { bytes: Buffer.from("hello"), name: "a.txt" };
  const item = (type: string, name: string) => ({ type, media: `attach://${name}` });
  const refusedAlbums: [what: string, media: unknown, description: string][] = [
    ["one item", [item("photo", "p")], "there are not enough messages to send as an album"],
    [
      "eleven items",
      Array.from({ length: 11 }, () => item("photo", "p")),
      "too many messages to send as an album",
    ],
    [
      "a voice",
      [item("voice", "v"), item("photo", "p")],
      "can't parse InputMedia: type \"voice\" can't be used here",
    ],
    [
      "documents beside photos",
      [item("document", "d"), item("photo", "p")],
      "Document can't be mixed with other media types",
    ],
    [
      "a file that did not come along",
      [item("photo", "p"), item("photo", "x")],
      "there is no photo in the request",
    ],
    ["broken JSON", "[", "can't parse media JSON object"],
  ];
  for (const [what, media, description] of refusedAlbums) {
    it(`refuses an album with ${what}`, async () => {
      const answer = upload("sendMediaGroup", { media }, { p: png, d: text });
      expect(await why(answer)).to.equal(`Bad Request: ${description}`);
      expect(seen()).to.have.length(1);
    });
  }

  it("refuses files as Telegram does", async () => {
    const photo = (bytes: Buffer) => why(upload("sendPhoto", {}, { photo: { bytes } }));
    expect(await photo(Buffer.alloc(0))).to.equal("Bad Request: file must be non-empty");
    expect(await photo(Buffer.from("no picture"))).to.equal("Bad Request: IMAGE_PROCESS_FAILED");
    expect(await photo(jpegHead(9000, 1200))).to.equal("Bad Request: PHOTO_INVALID_DIMENSIONS");
    expect(await photo(jpegHead(2100, 100))).to.equal("Bad Request: PHOTO_INVALID_DIMENSIONS");
    expect(await photo(Buffer.concat([jpegHead(90, 90), Buffer.alloc(10 * MB)]))).to.contain(
      "is too big for a photo",
    );
    expect(await why(call("sendPhoto", {}))).to.equal("Bad Request: there is no photo in the request");
    expect(await why(call("sendVideoNote", {}))).to.contain("there is no video note in the request");
    expect(await why(call("sendDocument", { document: "AgACnobody" }))).to.equal(
      "Bad Request: wrong file identifier/HTTP URL specified",
    );
    expect(await why(call("sendPhoto", { photo: "https://example.org/a.png" }))).to.equal(
      "Bad Request: failed to get HTTP URL content",
    );
    const { result } = await upload("sendPhoto", {}, { photo: png });
    expect(await why(call("sendDocument", { document: result.photo?.at(-1)?.file_id }))).to.equal(
      "Bad Request: can't use file of type Photo as Document",
    );
  });

  it("accepts 50 MB and not a byte more, and lets a bot download 20 MB", async () => {
    const send = (sizeBytes: number) =>
      sendZeros<WireMessage>(`${bot.apiRoot}/bot${TOKEN}/sendDocument?chat_id=${CHAT}`, sizeBytes);
    const { result } = await send(50 * MB);
    expect(result.document?.file_size).to.equal(50 * MB);
    expect(await why(bot.call("getFile", { file_id: result.document?.file_id }))).to.equal(
      "Bad Request: file is too big",
    );
    expect(await send(50 * MB + 1)).to.include({ status: 413, description: "Request Entity Too Large" });
    const small = await send(20 * MB);
    expect((await fileOf(small.result.document?.file_id)).file_size).to.equal(20 * MB);
  });

  it("counts a caption in UTF-16 units and checks its formats", async () => {
    const photo = (caption: string, extra: object = {}) =>
      why(upload("sendPhoto", { caption, ...extra }, { photo: png }));
    expect(await photo("😀".repeat(512))).to.equal(undefined);
    expect(await photo("😀".repeat(512).concat("x"))).to.equal("Bad Request: message caption is too long");
    const entities = [{ type: "bold", offset: 0, length: 9 }];
    expect(await photo("hi", { caption_entities: entities })).to.contain("ends after the end of the text");
    expect(await photo("hi", { parse_mode: "HTML" })).to.contain("parse_mode");
    await photo("bold", { caption_entities: [{ type: "bold", offset: 0, length: 4 }] });
    expect(seen().at(-1)).to.deep.include({
      caption: "bold",
      caption_entities: [{ type: "bold", offset: 0, length: 4 }],
    });
  });

  it("edits captions of media and texts of text messages, but not the other way round", async () => {
    const { result } = await upload("sendPhoto", { caption: "old" }, { photo: png });
    const target = { message_id: result.message_id };
    const edited = await call("editMessageCaption", { ...target, caption: "new" });
    expect(edited.result.caption).to.equal("new");
    expect(edited.result.photo).to.deep.equal(result.photo);
    expect(await why(call("editMessageCaption", { ...target, caption: "new" }))).to.contain(
      "is not modified",
    );
    expect(await why(call("editMessageText", { ...target, text: "x" }))).to.equal(
      "Bad Request: there is no text in the message to edit",
    );
    const plain = await call("sendMessage", { text: "plain" });
    expect(
      await why(call("editMessageCaption", { message_id: plain.result.message_id, caption: "x" })),
    ).to.equal("Bad Request: there is no caption in the message to edit");
  });

  it("replaces a message's picture", async () => {
    const { result } = await upload("sendPhoto", { caption: "old" }, { photo: png });
    const target = { message_id: result.message_id, media: { ...item("photo", "new"), caption: "new" } };
    const other = { bytes: pngFile(100, 100) };
    const edited = await upload("editMessageMedia", target, { new: other });
    expect(edited.result).to.include({ message_id: result.message_id, caption: "new" });
    expect(edited.result.photo?.at(-1)).to.include({ width: 100 });
  });

  it("copies a message as the bot's own, and forwards it with its origin", async () => {
    await bot.telegram.sendFiles({ userId: CHAT }, [{ kind: "photo", content: png.bytes, caption: "mine" }]);
    const from = { from_chat_id: CHAT, message_id: 2 };
    const copy = await call<{ message_id: number }>("copyMessage", { ...from, caption: "yours" });
    expect(Object.keys(copy.result)).to.deep.equal(["message_id"]);
    expect(seen().at(-1)).to.include({ caption: "yours" }).and.not.have.property("forward_origin");
    const forward = await call("forwardMessage", from);
    expect(forward.result.forward_origin?.sender_user?.first_name).to.equal("Ada");
    expect(await why(call("copyMessage", { ...from, message_id: 99 }))).to.contain(
      "message to copy not found",
    );
  });

  it("reacts to a message with one known emoji, and takes it back", async () => {
    const react = (reaction: unknown, messageId = 1) =>
      call<boolean>("setMessageReaction", { message_id: messageId, reaction });
    await react([{ type: "emoji", emoji: "❤" }]);
    expect(bot.telegram.chat(CHAT)?.reactions[1]).to.deep.equal([
      { userId: bot.telegram.bot.id, emoji: "❤" },
    ]);
    expect(await why(react([{ type: "emoji", emoji: "🥕" }]))).to.equal("Bad Request: REACTION_INVALID");
    const both = ["❤", "👍"].map((emoji) => ({ type: "emoji", emoji }));
    expect(await why(react(both))).to.equal("Bad Request: REACTIONS_TOO_MANY");
    expect(await why(react([], 77))).to.contain("message to react not found");
    await react([]);
    expect(bot.telegram.chat(CHAT)?.reactions).to.deep.equal({});
  });

  it("deletes several messages, and skips those that do not exist", async () => {
    await call("sendMessage", { text: "two" });
    expect((await call<boolean>("deleteMessages", { message_ids: [1, 2, 99] })).result).to.equal(true);
    expect(seen()).to.deep.equal([]);
    const many = Array.from({ length: 101 }, (_, index) => index);
    expect(await why(call("deleteMessages", { message_ids: many }))).to.contain(
      "too many message identifiers",
    );
  });

  it("keeps files across a restart, and nothing of calls that were refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-files-"));
    const storage = memoryStorage();
    try {
      bot = await startBot({ storage, filesFolder: folder });
      await bot.telegram.sendText({ userId: CHAT }, "hello");
      const { result } = await upload("sendPhoto", {}, { photo: png });
      await upload("sendPhoto", { chat_id: 5 }, { photo: png });
      bot.telegram.faults.order({ kind: "too-many-requests", retryAfterSeconds: 3, method: "sendPhoto" });
      expect(await upload("sendPhoto", {}, { photo: png })).to.include({ status: 429 });
      await bot.telegram.stop();
      expect(await readdir(folder)).to.have.length(1);
      bot = await startBot({ storage, filesFolder: folder });
      const again = await call("sendPhoto", { photo: result.photo?.at(-1)?.file_id });
      const file = await fileOf(again.result.photo?.at(-1)?.file_id);
      expect((await (await download(file.file_path)).arrayBuffer()).byteLength).to.equal(png.bytes.length);
      const other = await upload("sendPhoto", {}, { photo: { bytes: pngFile(8, 8) } });
      expect(other.result.photo?.at(-1)?.file_id).not.to.equal(result.photo?.at(-1)?.file_id);
    } finally {
      await stopBots();
      await rm(folder, { recursive: true });
    }
  });

  it("drops the oldest files beyond the limit in bytes, and all on demand", async () => {
    bot = await startBot({ maxFilesBytes: 1500 });
    await bot.telegram.sendText({ userId: CHAT }, "hello");
    const ids: (string | undefined)[] = [];
    for (const letter of ["a", "b", "c"]) {
      const document = { bytes: Buffer.alloc(600, letter), name: "a.txt" };
      ids.push((await upload("sendDocument", {}, { document })).result.document?.file_id);
    }
    const isKnown = async (id: string | undefined) => (await call("sendDocument", { document: id })).ok;
    expect(await Promise.all(ids.map(isKnown))).to.deep.equal([false, true, true]);
    await bot.telegram.forgetFiles();
    expect(await Promise.all(ids.map(isKnown))).to.deep.equal([false, false, false]);
    expect(await why(bot.call("getFile", { file_id: ids[1] }))).to.equal(
      "Bad Request: wrong file_id or the file is temporarily unavailable",
    );
  });

  it("breaks a download half-way on demand, and refuses other tokens and paths", async () => {
    const { result } = await upload("sendPhoto", {}, { photo: png });
    const { file_path: path } = await fileOf(result.photo?.at(-1)?.file_id);
    bot.telegram.faults.order({ kind: "reset", method: "download" });
    const broken = await download(path)
      .then((answer) => answer.arrayBuffer())
      .catch(() => "broken");
    expect(broken).to.equal("broken");
    bot.telegram.faults.order({ kind: "error500", method: "download" });
    expect((await download(path)).status).to.equal(500);
    expect((await download(path)).status).to.equal(200);
    expect((await download("photos/file_99.png")).status).to.equal(404);
    expect((await fetch(`${bot.apiRoot}/file/bot1:wrong/${path}`)).status).to.equal(404);
  });

  it("breaks the connection of an upload on demand, before or after it took effect", async () => {
    for (const tookEffect of [false, true]) {
      bot.telegram.faults.order({ kind: "reset", method: "sendPhoto", tookEffect });
      const sent = await upload("sendPhoto", {}, { photo: png }).catch(() => "broken");
      expect(sent).to.equal("broken");
      expect(seen()).to.have.length(tookEffect ? 2 : 1);
    }
  });
});
