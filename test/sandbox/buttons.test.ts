import { expect } from "chai";
import { CALLBACK_QUERY_MS, type SandboxEvent } from "../../lib/sandbox/index.ts";
import { startBot, stopBots, type TestBot } from "./support.ts";

const CHAT = 1001;
const TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid";

describe("the simulated Telegram: buttons and commands", () => {
  let bot: TestBot;
  let messageId: number;

  beforeEach(async () => {
    bot = await startBot();
    await bot.telegram.sendText({ userId: CHAT, languageCode: "fr" }, "hello");
    const markup = { inline_keyboard: [[{ text: "More", callback_data: "more" }]] };
    const { result } = await bot.call<{ message_id: number }>("sendMessage", {
      chat_id: CHAT,
      text: "Pick",
      reply_markup: markup,
    });
    messageId = result.message_id;
  });
  afterEach(stopBots);

  it("delivers a press with the message of the button", async () => {
    const { callbackQueryId } = await bot.telegram.pressButton(CHAT, CHAT, messageId, "more");
    const { result } = await bot.call<{ callback_query?: object }[]>("getUpdates");
    expect(result.at(-1)?.callback_query).to.containSubset({
      id: callbackQueryId,
      data: "more",
      from: { id: CHAT, language_code: "fr" },
      message: { message_id: messageId, text: "Pick" },
    });
  });

  it("shows the answer to the person who pressed", async () => {
    const heard: SandboxEvent[] = [];
    bot.telegram.subscribe((event) => void heard.push(event));
    const { callbackQueryId } = await bot.telegram.pressButton(CHAT, CHAT, messageId, "more");
    const params = { callback_query_id: callbackQueryId, text: "Saved", show_alert: true };
    expect((await bot.call("answerCallbackQuery", params)).result).to.equal(true);
    expect(heard).to.deep.include({
      type: "callback-answer",
      chatId: CHAT,
      userId: CHAT,
      answer: { callbackQueryId, messageId, text: "Saved", showAlert: true },
    });
  });

  it("refuses a second answer, a late one and an answer to nothing", async () => {
    const press = async () => (await bot.telegram.pressButton(CHAT, CHAT, messageId, "more")).callbackQueryId;
    const answer = async (id: string) =>
      (await bot.call("answerCallbackQuery", { callback_query_id: id })).description;
    const twice = await press();
    expect(await answer(twice)).to.equal(undefined);
    expect(await answer(twice)).to.equal(TOO_OLD);
    const late = await press();
    await bot.clock.advance(CALLBACK_QUERY_MS);
    expect(await answer(late)).to.equal(TOO_OLD);
    expect(await answer("1")).to.equal(TOO_OLD);
  });

  it("refuses a press of a button that does not exist", async () => {
    const pressed = await bot.telegram
      .pressButton(CHAT, CHAT, messageId, "gone")
      .catch((error: Error) => error);
    expect(pressed).to.be.instanceOf(Error).with.property("code", "SANDBOX_UNKNOWN");
  });

  it("keeps command menus by scope and language, and shows a person theirs", async () => {
    const start = { command: "start", description: "Begin" };
    const french = { command: "start", description: "Commencer" };
    await bot.call("setMyCommands", { commands: [start] });
    await bot.call("setMyCommands", { commands: [french], language_code: "fr" });
    expect((await bot.call("getMyCommands")).result).to.deep.equal([start]);
    expect((await bot.call("getMyCommands", { language_code: "de" })).result).to.deep.equal([]);
    expect(bot.telegram.commandsFor(CHAT)).to.deep.equal([french]);
    await bot.call("deleteMyCommands", { language_code: "fr" });
    expect(bot.telegram.commandsFor(CHAT)).to.deep.equal([start]);
  });

  it("shows the commands of the narrowest scope, down to one person in one group", async () => {
    const list = (command: string) => [{ command, description: "What it does" }];
    const set = (command: string, scope?: object) =>
      bot.call("setMyCommands", { commands: list(command), ...(scope ? { scope } : {}) });
    await set("everywhere");
    await set("groups", { type: "all_group_chats" });
    await set("here", { type: "chat", chat_id: -7 });
    await set("operator", { type: "chat_member", chat_id: -7, user_id: 5 });
    expect(bot.telegram.commandsFor(5)).to.deep.equal(list("everywhere"));
    expect(bot.telegram.commandsFor(5, -8)).to.deep.equal(list("groups"));
    expect(bot.telegram.commandsFor(6, -7)).to.deep.equal(list("here"));
    expect(bot.telegram.commandsFor(5, -7)).to.deep.equal(list("operator"));
    expect((await set("nowhere", { type: "planet" })).status).to.equal(400);
  });

  for (const [what, commands, description] of [
    ["a capital letter", [{ command: "Start", description: "x" }], "BOT_COMMAND_INVALID"],
    ["a missing description", [{ command: "start", description: "" }], "BOT_COMMAND_DESCRIPTION_INVALID"],
    [
      "101 commands",
      Array.from({ length: 101 }, (_, index) => ({ command: `c${index}`, description: "x" })),
      "BOT_COMMANDS_TOO_MUCH",
    ],
  ] as const) {
    it(`refuses a menu with ${what}`, async () => {
      const answer = await bot.call("setMyCommands", { commands });
      expect(answer.description).to.equal(`Bad Request: ${description}`);
    });
  }
});
