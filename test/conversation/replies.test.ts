import { expect } from "chai";
import type { Exchange } from "../../lib/conversation/exchange.ts";
import { addressOf } from "../../lib/conversation/exchange.ts";
import type { ReplyFile } from "../../lib/conversation/replies.ts";
import { type Reply, replySends } from "../../lib/conversation/replies.ts";
import { formatMarkdown, splitFormatted } from "../../lib/telegram/index.ts";
import { EXCHANGE } from "./private-exchange.ts";

const keyboard = { inline_keyboard: [[{ text: "More", callback_data: "more" }]] };

function item(kind: ReplyFile["kind"], name: string = kind): ReplyFile {
  return { kind, file: { mediaPath: name } };
}

function sendsOf(reply: Partial<Reply>, from: Partial<Exchange> = {}) {
  return replySends({ ...EXCHANGE, ...from }, [{ markdown: "", ...reply }], (markdown) =>
    splitFormatted(formatMarkdown(markdown)),
  );
}

function methods(reply: Partial<Reply>): string[] {
  return sendsOf(reply).map(({ method }) => method);
}

describe("A reply's messages", () => {
  it("put a short text below a lone file, with its formatting and buttons", () => {
    expect(sendsOf({ markdown: "a **word**", media: [item("photo", "a.jpg")], keyboard })).to.deep.equal([
      {
        seq: 5,
        step: 1,
        chatKey: "chat:7",
        chatId: 7,
        method: "sendPhoto",
        params: {
          chat_id: 7,
          photo: { mediaPath: "a.jpg" },
          caption: "a word",
          caption_entities: [{ type: "bold", offset: 2, length: 4 }],
          reply_markup: keyboard,
        },
      },
    ]);
  });

  it("send each kind of file by its own method", () => {
    const kinds = ["photo", "video", "audio", "voice", "document", "animation"] as const;
    expect(kinds.flatMap((kind) => methods({ media: [item(kind)] }))).to.deep.equal([
      "sendPhoto",
      "sendVideo",
      "sendAudio",
      "sendVoice",
      "sendDocument",
      "sendAnimation",
    ]);
  });

  it("take 1024 units after parsing for a caption, and put one unit more below the file", () => {
    const [caption] = sendsOf({ markdown: `**${"a".repeat(1024)}**`, media: [item("photo")] });
    expect(caption?.params.caption).to.have.lengthOf(1024);
    const [file, text] = sendsOf({ markdown: "a".repeat(1025), media: [item("photo")], keyboard });
    expect(file?.params).to.deep.equal({ chat_id: 7, photo: { mediaPath: "photo" } });
    expect(text).to.deep.include({ method: "sendMessage", step: 2 });
    expect(text?.params).to.deep.include({ text: "a".repeat(1025), reply_markup: keyboard });
  });

  it("send several pictures and videos as an album, the text and its buttons below", () => {
    const [album, text] = sendsOf({
      markdown: "look",
      media: [item("photo", "1"), item("video", "2")],
      keyboard,
    });
    expect(album?.method).to.equal("sendMediaGroup");
    expect(album?.params.media).to.deep.equal([
      { type: "photo", media: { mediaPath: "1" } },
      { type: "video", media: { mediaPath: "2" } },
    ]);
    expect(text?.params).to.include({ text: "look", reply_markup: keyboard });
  });

  it("mix in albums only what Telegram allows, at most ten files each", () => {
    expect(
      methods({
        media: [
          item("photo"),
          item("document"),
          item("document"),
          item("audio"),
          item("voice"),
          item("voice"),
        ],
      }),
    ).to.deep.equal(["sendPhoto", "sendMediaGroup", "sendAudio", "sendVoice", "sendVoice"]);
    const many = sendsOf({ media: Array.from({ length: 12 }, () => item("photo")) });
    expect(many.map(({ params }) => (params.media as unknown[]).length)).to.deep.equal([10, 2]);
  });

  it("give the same sends for the same replies, each with a step of its own", () => {
    const plan = { markdown: "a\n\n".repeat(3000), media: [item("voice"), item("photo")] };
    expect(sendsOf(plan)).to.deep.equal(sendsOf(plan));
    expect(sendsOf(plan).map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("edit a message of the bot, and send files after it", () => {
    const [edit, file] = sendsOf({ markdown: "now", editsMessage: 12, keyboard, media: [item("voice")] });
    expect(edit?.method).to.equal("editMessageText");
    expect(edit?.params).to.deep.include({ chat_id: 7, message_id: 12, text: "now", reply_markup: keyboard });
    expect(file?.method).to.equal("sendVoice");
  });

  it("put what does not fit into an edited message below it, the buttons last", () => {
    const [edit, rest] = sendsOf({
      markdown: `${"a".repeat(4000)}\n\n${"b".repeat(500)}`,
      editsMessage: 12,
      keyboard,
    });
    expect(edit?.params).to.deep.include({ message_id: 12, text: "a".repeat(4000) });
    expect(edit?.params).not.to.have.property("reply_markup");
    expect(rest).to.include({ method: "sendMessage", step: 2 });
    expect(rest?.params).to.deep.include({ text: "b".repeat(500), reply_markup: keyboard });
  });

  it("quote the message they answer in a thread, in the first message only", () => {
    const sends = sendsOf(
      { markdown: "a".repeat(2000), media: [item("photo")] },
      { isPrivate: false, isQuoting: true, threadId: 4 },
    );
    expect(sends.map(({ params }) => [params.message_thread_id, params.reply_parameters])).to.deep.equal([
      [4, { message_id: 30, allow_sending_without_reply: true }],
      [4, undefined],
    ]);
  });

  it("all quote the message they answer among the comments under a channel's post", () => {
    const from = { id: 301, is_bot: false, first_name: "P" };
    const chat = { id: -5, type: "supergroup", title: "G" } as const;
    const message = { message_id: 30, date: 1, chat, from, message_thread_id: 77, text: "How?" };
    const address = addressOf({ update_id: 1, message }, { seq: 1, chatKey: "chat:-5" });
    const { isInReplyThread = false } = address ?? {};
    const sends = sendsOf(
      { markdown: "a ".repeat(3000) },
      { isPrivate: false, isQuoting: true, isInReplyThread },
    );
    expect(sends).to.have.length(2);
    for (const { params } of sends) {
      expect(params.reply_parameters).to.deep.equal({ message_id: 30, allow_sending_without_reply: true });
      expect(params).not.to.have.property("message_thread_id");
    }
  });
});
