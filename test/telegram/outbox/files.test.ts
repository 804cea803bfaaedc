import { expect } from "chai";
import { AppError, silentLogger } from "../../../lib/core/index.ts";
import {
  FILE_UNREADABLE,
  type FileSource,
  type NewSend,
  type OpenedFile,
  Outbox,
  type OutboxOptions,
  TelegramError,
  Upload,
} from "../../../lib/telegram/index.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { MemoryOutboxStore } from "../../support/memory-stores/outbox-store.ts";
import { pseudonym } from "../../support/pseudonym.ts";

/** A media folder in memory: its files, and the ids they got, by path and kind. */
class Folder implements FileSource {
  readonly missing = new Set<string>();
  readonly ids = new Map<string, string>();

  async open(mediaPath: string, kind: string): Promise<OpenedFile> {
    if (this.missing.has(mediaPath)) throw new AppError(`${mediaPath} is gone`, { code: FILE_UNREADABLE });
    const key = `${mediaPath}:${kind}`;
    const fileId = this.ids.get(key);
    if (fileId !== undefined) {
      return {
        fileId,
        forget: async () => {
          this.ids.delete(key);
        },
      };
    }
    return {
      name: mediaPath,
      mimeType: "image/png",
      sizeBytes: 3,
      read: async function* () {
        yield new Uint8Array(3);
      },
      learned: async (id) => {
        this.ids.set(key, id);
      },
    };
  }
}

describe("outbox, sending files", () => {
  let clock: FakeClock;
  let telegram: FakeTelegram;
  let store: MemoryOutboxStore;
  let folder: Folder;
  let moves: [number, number][];
  let outbox: Outbox;
  let seq: number;

  beforeEach(() => {
    clock = new FakeClock();
    telegram = new FakeTelegram(clock.now);
    store = new MemoryOutboxStore();
    folder = new Folder();
    moves = [];
    seq = 0;
    outbox = open(telegram);
  });

  const open = (api: OutboxOptions["api"]): Outbox =>
    new Outbox({
      api,
      store,
      botId: 1,
      pseudonym,
      clock,
      logger: silentLogger,
      random: () => 0.5,
      onBlocked: () => {},
      onMoved: async (from, to) => {
        moves.push([from, to]);
      },
      files: folder,
    });

  /** Sends to chat -7 and waits for the outcome. */
  async function send(method: string, params: Record<string, unknown>) {
    seq += 1;
    const sends: NewSend[] = [
      { seq, step: 1, chatKey: "chat:-7", chatId: -7, method, params: { chat_id: -7, ...params } },
    ];
    await outbox.record(sends);
    const settled = outbox.settled(`${seq}:1`);
    await clock.advance(60_000);
    return settled;
  }

  const photo = (mediaPath: string) => ({ photo: { mediaPath } });
  const album = (...paths: string[]) => ({
    media: paths.map((mediaPath, index) => ({
      type: "photo",
      media: { mediaPath },
      ...(index === 0 ? { caption: "look" } : {}),
    })),
  });
  /** What the last call sent, with uploads by their names. */
  const lastCall = () => {
    const call = telegram.calls.at(-1);
    const params: Record<string, unknown> = call?.params ?? {};
    const named = (value: unknown): unknown => (value instanceof Upload ? `upload of ${value.name}` : value);
    const media = (params.media as { media: unknown }[] | undefined)?.map((item) => named(item.media));
    return {
      method: call?.method,
      photo: named(params.photo),
      document: named(params.document),
      media,
      text: params.text,
    };
  };

  it("uploads a file once, then sends it by the id of its largest size", async () => {
    const settled = await send("sendPhoto", photo("a.png"));
    expect(lastCall()).to.include({ method: "sendPhoto", photo: "upload of a.png" });
    expect(settled).to.include({ state: "sent", messageId: 1 });
    await send("sendPhoto", photo("a.png"));
    expect(lastCall().photo).to.equal("photo-1");
  });

  it("keeps the path of a file in its record, not its content", async () => {
    telegram.decide = () => "hang";
    await outbox.record([
      { seq: 9, step: 1, chatKey: "chat:-7", chatId: -7, method: "sendPhoto", params: photo("a.png") },
    ]);
    expect(store.records.get("9:1")?.params).to.deep.equal(photo("a.png"));
  });

  it("uploads a file the bot made itself and keeps no id of it", async () => {
    await send("sendDocument", {
      document: { name: "data.json", mimeType: "application/json", base64: "e30=" },
    });
    expect(lastCall().document).to.equal("upload of data.json");
    expect(folder.ids.size).to.equal(0);
  });

  it("learns the ids of an album's files, each from its own message", async () => {
    const settled = await send("sendMediaGroup", album("a.png", "b.png"));
    expect(settled).to.include({ state: "sent", messageId: 1 });
    expect([...folder.ids]).to.deep.equal([
      ["a.png:photo", "photo-1"],
      ["b.png:photo", "photo-2"],
    ]);
    await send("sendMediaGroup", album("a.png", "b.png"));
    expect(lastCall().media).to.deep.equal(["photo-1", "photo-2"]);
  });

  for (const description of [
    "Bad Request: wrong file identifier/HTTP URL specified",
    "Bad Request: wrong remote file identifier specified: wrong string length",
    "Bad Request: FILE_REFERENCE_EXPIRED",
  ]) {
    it(`uploads a file again after "${description}"`, async () => {
      folder.ids.set("a.png:photo", "old");
      telegram.plan({ fails: { kind: "refused", errorCode: 400, description } });
      const settled = await send("sendPhoto", photo("a.png"));
      expect(settled.state).to.equal("sent");
      expect(lastCall().photo).to.equal("upload of a.png");
      expect(folder.ids.get("a.png:photo")).to.equal("photo-1");
    });
  }

  it("sends the caption, with its buttons, when the file is gone", async () => {
    folder.missing.add("a.png");
    const reply_markup = { inline_keyboard: [] };
    const settled = await send("sendPhoto", {
      ...photo("a.png"),
      caption: "words",
      caption_entities: [{ type: "bold", offset: 0, length: 5 }],
      reply_markup,
    });
    expect(settled.state).to.equal("sent");
    expect(telegram.calls.at(-1)).to.deep.include({
      method: "sendMessage",
      params: {
        chat_id: -7,
        text: "words",
        entities: [{ type: "bold", offset: 0, length: 5 }],
        reply_markup,
      },
    });
  });

  it("fails a missing file without a caption and continues with the next send", async () => {
    folder.missing.add("a.png");
    expect(await send("sendPhoto", photo("a.png"))).to.include({
      state: "failed",
      errorCode: FILE_UNREADABLE,
    });
    expect(await send("sendMessage", { text: "next" })).to.include({ state: "sent" });
    expect(telegram.calls).to.have.lengthOf(1);
  });

  it("sends the rest of an album with a missing file, and a single one left on its own", async () => {
    folder.missing.add("b.png");
    await send("sendMediaGroup", album("a.png", "b.png", "c.png"));
    expect(lastCall().media).to.deep.equal(["upload of a.png", "upload of c.png"]);
    folder.missing.add("c.png");
    await send("sendMediaGroup", album("a.png", "b.png", "c.png"));
    expect(lastCall()).to.include({ method: "sendPhoto", photo: "photo-1" });
    folder.missing.add("a.png");
    await send("sendMediaGroup", album("a.png", "b.png", "c.png"));
    expect(lastCall()).to.include({ method: "sendMessage", text: "look" });
  });

  it("sends the caption when Telegram refuses the file", async () => {
    telegram.plan({
      fails: { kind: "refused", errorCode: 400, description: "Bad Request: IMAGE_PROCESS_FAILED" },
    });
    const settled = await send("sendPhoto", { ...photo("a.png"), caption: "words" });
    expect(settled.state).to.equal("sent");
    expect(lastCall()).to.include({ method: "sendMessage", text: "words" });
  });

  it("sends the caption when the upload fails again and again, so that the chat is not blocked", async () => {
    telegram.decide = ({ method }) => (method === "sendPhoto" ? { fails: { kind: "unknown" } } : "ok");
    const sending = send("sendPhoto", { ...photo("a.png"), caption: "words" });
    await clock.advance(15 * 60_000);
    expect((await sending).state).to.equal("sent");
    expect(lastCall()).to.include({ method: "sendMessage", text: "words" });
    expect(telegram.calls.filter(({ method }) => method === "sendPhoto")).to.have.lengthOf(21);
  });

  it("sends the caption within twenty minutes when every upload times out", async () => {
    const stuck = new TelegramError("sendVideo: no answer in time", "TELEGRAM_TIMEOUT", { kind: "unknown" });
    outbox = open({
      call: async (method, params, signal) => {
        if (method !== "sendVideo") return telegram.call(method, params, signal);
        await clock.sleep(300_000, signal);
        throw stuck;
      },
    });
    const sending = send("sendVideo", { video: { mediaPath: "a.mp4" }, caption: "words" });
    await clock.advance(20 * 60_000);
    expect(lastCall()).to.include({ method: "sendMessage", text: "words" });
    expect((await sending).state).to.equal("sent");
  });

  it("sends a caption without formatting when Telegram refuses the formatting", async () => {
    telegram.plan({
      fails: { kind: "refused", errorCode: 400, description: "Bad Request: can't parse entities" },
    });
    await send("sendPhoto", { ...photo("a.png"), caption: "words", caption_entities: [{ type: "bold" }] });
    expect(telegram.calls.at(-1)?.params).to.have.keys("chat_id", "photo", "caption");
  });

  it("edits the caption when the message to edit is a file", async () => {
    telegram.plan({
      fails: {
        kind: "refused",
        errorCode: 400,
        description: "Bad Request: there is no text in the message to edit",
      },
    });
    const entities = [{ type: "bold", offset: 0, length: 3 }];
    const settled = await send("editMessageText", { message_id: 5, text: "new", entities });
    expect(settled).to.include({ state: "sent", messageId: 5 });
    expect(telegram.calls.at(-1)).to.deep.include({
      method: "editMessageCaption",
      params: { chat_id: -7, message_id: 5, caption: "new", caption_entities: entities },
    });
  });

  it("counts each item of an album against a group's 20 messages a minute", async () => {
    const files = Array.from({ length: 10 }, (_, index) => `${index}.png`);
    const record = (at: number) =>
      outbox.record([
        {
          seq: at,
          step: 1,
          chatKey: "chat:-7",
          chatId: -7,
          method: "sendMediaGroup",
          params: { chat_id: -7, ...album(...files) },
        },
      ]);
    for (const at of [1, 2, 3]) await record(at);
    await clock.advance(59_000);
    expect(telegram.calls).to.have.lengthOf(2);
    await clock.advance(1_000);
    expect(telegram.calls).to.have.lengthOf(3);
  });

  describe("to a group that became a supergroup", () => {
    const moved = { fails: { kind: "moved", toChatId: -100 } } as const;

    it("goes to the new id, in order, and reports the move", async () => {
      telegram.decide = ({ params }) => (params.chat_id === -7 ? moved : "ok");
      await send("sendMessage", { text: "one" });
      await send("sendMessage", { text: "two" });
      expect(telegram.texts(-100)).to.deep.equal(["one", "two"]);
      expect(moves).to.deep.equal([
        [-7, -100],
        [-7, -100],
      ]);
    });

    it("fails when the group moves to its own id", async () => {
      telegram.decide = ({ params }) => (params.chat_id === -7 ? moved : { fails: moved.fails });
      expect(await send("sendMessage", { text: "one" })).to.include({ state: "failed" });
    });

    it("sends a new message instead of editing one of the old group", async () => {
      telegram.decide = ({ params, method }) => {
        if (params.chat_id === -7) return moved;
        if (method === "sendMessage") return "ok";
        return { fails: { kind: "refused", errorCode: 400, description: "message to edit not found" } };
      };
      await send("editMessageText", { message_id: 3, text: "changed" });
      expect(telegram.texts(-100)).to.deep.equal(["changed"]);
    });
  });
});
