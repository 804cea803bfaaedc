import { expect } from "chai";
import { type Answer, startBot, stopBots, type TestBot } from "./support.ts";

interface Message {
  message_id: number;
  text: string;
  entities?: object[];
  reply_markup?: object;
  edit_date?: number;
}

const CHAT = 1001;
const GROUP = -1_000_000_000_001;

describe("the simulated Telegram: messages", () => {
  let bot: TestBot;
  const call = <Result = Message>(method: string, params: object): Promise<Answer<Result>> =>
    bot.call<Result>(method, { chat_id: CHAT, ...params });
  const refusal = async (method: string, params: object) => {
    const { status, ok, error_code: code, description } = await call(method, params);
    expect({ status, ok }, description).to.deep.equal({ status: code, ok: false });
    return `${status} ${description}`;
  };
  const seen = () => bot.telegram.chat(CHAT);

  beforeEach(async () => {
    bot = await startBot();
    await bot.telegram.sendText({ userId: CHAT, firstName: "Ada" }, "hello");
  });
  afterEach(stopBots);

  it("shows a sent message to the person, formats and buttons included", async () => {
    const entities = [{ type: "bold", offset: 0, length: 2 }];
    const markup = { inline_keyboard: [[{ text: "More", callback_data: "more" }]] };
    const { result } = await call("sendMessage", { text: "Hi there", entities, reply_markup: markup });
    expect(result).to.include({ text: "Hi there", message_id: 2 });
    expect(seen()?.messages.at(-1)).to.deep.include({ text: "Hi there", entities, reply_markup: markup });
  });

  it("includes the message that a reply refers to", async () => {
    const { result } = await call<{ reply_to_message: Message }>("sendMessage", {
      text: "yes?",
      reply_parameters: { message_id: 1 },
    });
    expect(result.reply_to_message).to.include({ message_id: 1, text: "hello" });
    expect(await refusal("sendMessage", { text: "x", reply_parameters: { message_id: 99 } })).to.equal(
      "400 Bad Request: message to be replied not found",
    );
    const loose = { message_id: 99, allow_sending_without_reply: true };
    expect((await call("sendMessage", { text: "x", reply_parameters: loose })).ok).to.equal(true);
  });

  it("trims a text and shifts its entities", async () => {
    const { result } = await call("sendMessage", {
      text: "\n\n  bold end  \n",
      entities: [
        { type: "bold", offset: 4, length: 4 },
        { type: "italic", offset: 9, length: 6 },
      ],
    });
    expect(result.text).to.equal("bold end");
    expect(result.entities).to.deep.equal([
      { type: "bold", offset: 0, length: 4 },
      { type: "italic", offset: 5, length: 3 },
    ]);
  });

  it("finds commands, links, addresses and mentions, but not inside code", async () => {
    const text = "/start at https://who.int/a. Mail a@who.int or @lovelace, see who.int/b #news and /code";
    const code = { type: "code", offset: text.indexOf("/code"), length: 5 };
    const { result } = await call("sendMessage", { text, entities: [code] });
    const found = result.entities?.map((entity) => {
      const { type, offset, length } = entity as { type: string; offset: number; length: number };
      return `${type} ${text.slice(offset, offset + length)}`;
    });
    expect(found).to.deep.equal([
      "bot_command /start",
      "url https://who.int/a",
      "email a@who.int",
      "mention @lovelace",
      "url who.int/b",
      "hashtag #news",
      "code /code",
    ]);
  });

  const refusedTexts: [what: string, params: object, description: string][] = [
    ["an empty text", { text: "" }, "message text is empty"],
    ["a text of spaces", { text: " \n " }, "message text is empty"],
    ["4097 characters", { text: "x".repeat(4097) }, "message is too long"],
    ["2049 emoji, which are 4098 units", { text: "😀".repeat(2049) }, "message is too long"],
    ["half an emoji", { text: "\ud83d" }, "strings must be encoded in UTF-8"],
    ["a missing chat", { chat_id: undefined, text: "x" }, "chat_id is empty"],
    ["an unknown chat", { chat_id: 5, text: "x" }, "chat not found"],
    ["a channel name", { chat_id: "@nobody", text: "x" }, "chat not found"],
    ["an unknown thread", { text: "x", message_thread_id: 9 }, "message thread not found"],
    ["an unknown parse mode", { text: "x", parse_mode: "RTF" }, "unsupported parse_mode"],
    [
      "a parse mode",
      { text: "x", parse_mode: "HTML" },
      "parse_mode is not part of this simulation, send entities",
    ],
  ];
  for (const [what, params, description] of refusedTexts) {
    it(`refuses ${what}`, async () => {
      expect(await refusal("sendMessage", params)).to.equal(`400 Bad Request: ${description}`);
    });
  }

  it("accepts 4096 UTF-16 units, counted after trimming", async () => {
    expect((await call("sendMessage", { text: `${"😀".repeat(2048)}   ` })).ok).to.equal(true);
  });

  const refusedEntities: [entity: object | string, description: string][] = [
    [
      { type: "bold", offset: 100, length: 1 },
      "entity begins after the end of the text at UTF-16 offset 100",
    ],
    [
      { type: "bold", offset: 0, length: 100 },
      "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100",
    ],
    [
      { type: "bold", offset: 0, length: 3 },
      "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at UTF-16 offset 3",
    ],
    [{ type: "bold", offset: -1, length: 1 }, "receive an entity with incorrect offset -1"],
    [{ type: "glitter", offset: 0, length: 1 }, "can't parse MessageEntity: Unsupported type specified"],
    [{ type: "bold", length: 1 }, "can't parse MessageEntity: Can't find field \"offset\""],
    [
      { type: "text_link", offset: 0, length: 1, url: "not-a-url" },
      "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
    ],
    [
      { type: "text_link", offset: 0, length: 1, url: "javascript://x.y" },
      "entity URL 'javascript://x.y' is invalid: Unsupported URL protocol",
    ],
    [{ type: "text_link", offset: 0, length: 1 }, "can't parse MessageEntity: Can't find field \"url\""],
  ];
  for (const [entity, description] of refusedEntities) {
    it(`refuses the entity ${JSON.stringify(entity)}`, async () => {
      const answer = await refusal("sendMessage", { text: "ab😀cd", entities: [entity] });
      expect(answer).to.equal(`400 Bad Request: ${description}`);
    });
  }

  const button = (extra: object) => ({ inline_keyboard: [[{ text: "Go", ...extra }]] });
  const refusedMarkup: [what: string, markup: unknown, description: string][] = [
    ["callback data over 64 bytes", button({ callback_data: "é".repeat(33) }), "BUTTON_DATA_INVALID"],
    [
      "a button that does nothing",
      button({}),
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ],
    [
      "a button without a text",
      button({ text: " ", callback_data: "a" }),
      "inline keyboard button text is empty",
    ],
    [
      "a link to this machine",
      button({ url: "http://localhost/" }),
      "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
    ],
    [
      "101 buttons",
      { inline_keyboard: Array.from({ length: 101 }, () => [{ text: "x", callback_data: "x" }]) },
      "reply markup is too long",
    ],
    ["a list", [], "object expected as reply markup"],
    ["broken JSON", "{", "can't parse reply keyboard markup JSON object"],
    ["a keyboard without buttons", { keyboard: [] }, "reply keyboard is empty"],
  ];
  for (const [what, markup, description] of refusedMarkup) {
    it(`refuses ${what} as reply markup`, async () => {
      const answer = await refusal("sendMessage", { text: "x", reply_markup: markup });
      expect(answer).to.equal(`400 Bad Request: ${description}`);
    });
  }

  it("accepts callback data of exactly 64 bytes", async () => {
    const markup = button({ callback_data: "é".repeat(32) });
    expect((await call("sendMessage", { text: "x", reply_markup: markup })).ok).to.equal(true);
  });

  it("shows a reply keyboard until the bot removes it", async () => {
    await call("sendMessage", { text: "pick", reply_markup: { keyboard: [[{ text: "A" }, "B"]] } });
    expect(seen()?.keyboard?.keyboard).to.deep.equal([[{ text: "A" }, { text: "B" }]]);
    await call("sendMessage", { text: "plain" });
    expect(seen()?.keyboard).not.to.equal(null);
    await call("sendMessage", { text: "done", reply_markup: { remove_keyboard: true } });
    expect(seen()?.keyboard).to.equal(null);
  });

  it("edits a message in place, and removes its buttons when none are sent", async () => {
    const { result } = await call("sendMessage", {
      text: "one",
      reply_markup: button({ callback_data: "a" }),
    });
    await call("sendMessage", { text: "later" });
    const edited = await call("editMessageText", { message_id: result.message_id, text: "two" });
    expect(edited.result).to.include({ text: "two", edit_date: Math.floor(bot.clock.now() / 1000) });
    expect(seen()?.messages.map(({ text }) => text)).to.deep.equal(["hello", "two", "later"]);
    expect(seen()?.messages[1]).not.to.have.property("reply_markup");
  });

  it("refuses edits as Telegram does", async () => {
    const { result } = await call("sendMessage", { text: "one" });
    const kept = await call("sendMessage", { text: "pick", reply_markup: { keyboard: [["A"]] } });
    const edit = (params: object) => refusal("editMessageText", { text: "two", ...params });
    expect(await edit({ message_id: result.message_id, text: " one " })).to.equal(
      "400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
    expect(await edit({ message_id: 99 })).to.equal("400 Bad Request: message to edit not found");
    expect(await edit({})).to.equal("400 Bad Request: message identifier is not specified");
    expect(await edit({ message_id: 1 })).to.equal("400 Bad Request: message can't be edited");
    expect(await edit({ message_id: kept.result.message_id })).to.equal(
      "400 Bad Request: message can't be edited",
    );
  });

  it("changes only the buttons with editMessageReplyMarkup", async () => {
    const { result } = await call("sendMessage", { text: "one" });
    const target = { message_id: result.message_id };
    const markup = button({ callback_data: "a" });
    await call("editMessageReplyMarkup", { ...target, reply_markup: markup });
    expect(seen()?.messages.at(-1)).to.deep.include({ text: "one", reply_markup: markup });
    expect(await refusal("editMessageReplyMarkup", { ...target, reply_markup: markup })).to.contain(
      "message is not modified",
    );
  });

  it("deletes a message once", async () => {
    expect((await call<boolean>("deleteMessage", { message_id: 1 })).result).to.equal(true);
    expect(seen()?.messages).to.deep.equal([]);
    expect(await refusal("deleteMessage", { message_id: 1 })).to.equal(
      "400 Bad Request: message to delete not found",
    );
  });

  it("refuses sends to a person who blocked the bot, until they write again", async () => {
    await bot.telegram.block(CHAT);
    for (const [method, params] of [
      ["sendMessage", { text: "x" }],
      ["sendChatAction", { action: "typing" }],
      ["sendMessageDraft", { draft_id: 1, text: "x" }],
    ] as const) {
      expect(await refusal(method, params)).to.equal("403 Forbidden: bot was blocked by the user");
    }
    await bot.telegram.sendText({ userId: CHAT }, "/start");
    expect((await call("sendMessage", { text: "welcome back" })).ok).to.equal(true);
  });

  it("shows that the bot is typing for five seconds, or until its message comes", async () => {
    await call("sendChatAction", { action: "typing" });
    expect(seen()?.action?.action).to.equal("typing");
    await bot.clock.advance(5000);
    expect(seen()?.action).to.equal(null);
    await call("sendChatAction", { action: "typing" });
    await call("sendMessage", { text: "here" });
    expect(seen()?.action).to.equal(null);
    expect(await refusal("sendChatAction", { action: "dance" })).to.contain("wrong parameter action");
  });

  it("streams a draft that the message replaces, and drops one that is not renewed for 30 seconds", async () => {
    await call("sendMessageDraft", { draft_id: 7 });
    expect(seen()?.draft).to.include({ draftId: 7, text: "" });
    await call("sendMessageDraft", { draft_id: 7, text: "Once upon" });
    expect(seen()?.draft).to.include({ draftId: 7, text: "Once upon" });
    await call("sendMessage", { text: "Once upon a time." });
    expect(seen()?.draft).to.equal(null);
    await call("sendMessageDraft", { draft_id: 8, text: "Lost" });
    await bot.clock.advance(30_000);
    expect(seen()?.draft).to.equal(null);
    expect(seen()?.messages.at(-1)?.text).to.equal("Once upon a time.");
  });

  it("refuses drafts without an id, and in groups", async () => {
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends" });
    expect(await refusal("sendMessageDraft", { draft_id: 0, text: "x" })).to.equal(
      "400 Bad Request: DRAFT_ID_INVALID",
    );
    expect(await refusal("sendMessageDraft", { chat_id: GROUP, draft_id: 1, text: "x" })).to.equal(
      "400 Bad Request: TEXTDRAFT_PEER_INVALID",
    );
  });

  it("keeps the topics of a forum group apart", async () => {
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends", isForum: true });
    await bot.telegram.sendText({ userId: CHAT }, "in the topic", { chatId: GROUP, threadId: 12 });
    const answer = await call("sendMessage", { chat_id: GROUP, message_thread_id: 12, text: "answer" });
    expect(answer.result).to.include({ message_thread_id: 12, is_topic_message: true });
    expect(await refusal("sendMessage", { chat_id: GROUP, message_thread_id: 13, text: "x" })).to.equal(
      "400 Bad Request: message thread not found",
    );
  });

  it("keeps the newest 500 messages of a chat", async () => {
    for (let count = 0; count < 501; count += 1) await bot.telegram.sendText({ userId: CHAT }, `n ${count}`);
    expect(seen()?.messages).to.have.length(500);
    expect(seen()?.messages[0]?.text).to.equal("n 1");
  });

  it("marks as read what the bot has confirmed", async () => {
    const { updateId } = await bot.telegram.sendText({ userId: CHAT }, "second");
    expect(seen()?.readUpTo).to.equal(0);
    await bot.call("getUpdates", { offset: updateId });
    expect(seen()?.readUpTo).to.equal(1);
  });
});
