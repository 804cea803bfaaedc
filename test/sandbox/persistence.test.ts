import { expect } from "chai";
import { memoryStorage, startBot, stopBots, type TestBot } from "./support.ts";

const CHAT = 1001;
const GROUP = -100;

describe("the simulated Telegram: persistence", () => {
  afterEach(stopBots);

  const restart = async (bot: TestBot, storage: ReturnType<typeof memoryStorage>) => {
    await bot.telegram.stop();
    return startBot({ storage });
  };

  it("keeps chats, people, keyboards and menus over a restart", async () => {
    const storage = memoryStorage();
    let bot = await startBot({ storage });
    await bot.telegram.sendText({ userId: CHAT, firstName: "Ada", languageCode: "fr" }, "hello");
    await bot.call("sendMessage", { chat_id: CHAT, text: "pick", reply_markup: { keyboard: [["A"]] } });
    await bot.call("setMyCommands", { commands: [{ command: "start", description: "Begin" }] });
    const before = bot.telegram.chat(CHAT);
    bot = await restart(bot, storage);
    expect(bot.telegram.chat(CHAT)).to.deep.equal(before);
    expect(bot.telegram.commandsFor(CHAT)).to.deep.equal([{ command: "start", description: "Begin" }]);
    await bot.telegram.sendText({ userId: CHAT }, "again");
    expect(bot.telegram.chat(CHAT)?.messages.at(-1)?.from).to.deep.include({
      first_name: "Ada",
      language_code: "fr",
    });
    const edit = await bot.call("editMessageText", { chat_id: CHAT, message_id: 2, text: "new" });
    expect(edit.description).to.equal("Bad Request: message can't be edited");
  });

  it("delivers exactly the unconfirmed updates again, and its ids go on growing", async () => {
    const storage = memoryStorage();
    let bot = await startBot({ storage });
    await bot.telegram.sendText({ userId: CHAT }, "confirmed");
    const { updateId, messageId } = await bot.telegram.sendText({ userId: CHAT }, "waiting");
    await bot.call("getUpdates", { offset: updateId });
    bot = await restart(bot, storage);
    const { result } = await bot.call<{ message: { text: string } }[]>("getUpdates");
    expect(result.map(({ message }) => message.text)).to.deep.equal(["waiting"]);
    expect(bot.telegram.chat(CHAT)?.readUpTo).to.equal(messageId - 1);
    await bot.call("getUpdates", { offset: updateId + 1 });
    bot = await restart(bot, storage);
    const next = await bot.telegram.sendText({ userId: CHAT }, "next");
    expect(next.updateId).to.be.above(updateId);
    expect(next.messageId).to.be.above(messageId);
  });

  it("keeps blocks, topics, deletions and the allowed kinds of updates", async () => {
    const storage = memoryStorage();
    let bot = await startBot({ storage });
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends", isForum: true });
    await bot.telegram.sendText({ userId: CHAT }, "topic", { chatId: GROUP, threadId: 3 });
    await bot.telegram.sendText({ userId: CHAT }, "deleted");
    await bot.call("deleteMessage", { chat_id: CHAT, message_id: 2 });
    await bot.telegram.block(CHAT);
    await bot.call("getUpdates", { offset: 1000, allowed_updates: ["callback_query"] });
    bot = await restart(bot, storage);
    const send = async (params: object) => (await bot.call("sendMessage", { text: "x", ...params })).status;
    expect(await send({ chat_id: CHAT })).to.equal(403);
    expect(await send({ chat_id: GROUP, message_thread_id: 3 })).to.equal(200);
    expect(await send({ chat_id: GROUP, message_thread_id: 4 })).to.equal(400);
    expect(bot.telegram.chat(CHAT)?.messages).to.deep.equal([]);
    await bot.telegram.sendText({ userId: 1002 }, "not wanted");
    expect(bot.telegram.pendingUpdates()).to.equal(0);
  });

  it("deletes from the storage what it drops from memory", async () => {
    const storage = memoryStorage();
    const bot = await startBot({ storage });
    for (let count = 0; count < 510; count += 1) await bot.telegram.sendText({ userId: CHAT }, `n ${count}`);
    await bot.call("getUpdates", { offset: 100_000 });
    await bot.telegram.sendText({ userId: CHAT }, "last");
    const kept = await storage.load();
    expect(kept.filter(({ kind }) => kind === "message")).to.have.length(500);
    expect(kept.filter(({ kind }) => kind === "update")).to.have.length(1);
  });

  it("batches concurrent changes into few writes", async () => {
    const storage = memoryStorage();
    const bot = await startBot({ storage });
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => bot.telegram.sendText({ userId: index + 1 }, "hello")),
    );
    expect(storage.saves).to.be.below(5);
    expect(bot.telegram.pendingUpdates()).to.equal(50);
  });

  it("fails a call that it cannot store", async () => {
    const storage = memoryStorage();
    const bot = await startBot({ storage });
    await bot.telegram.sendText({ userId: CHAT }, "hello");
    storage.save = () => Promise.reject(new Error("disk full"));
    expect(await bot.call("sendMessage", { chat_id: CHAT, text: "x" })).to.include({ status: 500 });
    const sent = await bot.telegram.sendText({ userId: CHAT }, "lost").catch((error: Error) => error.message);
    expect(sent).to.equal("disk full");
    expect(bot.telegram.pendingUpdates()).to.equal(1);
  });

  it("has stored everything by the time it has stopped", async () => {
    const storage = memoryStorage();
    const bot = await startBot({ storage });
    const { updateId } = await bot.telegram.sendText({ userId: CHAT }, "hello");
    const write = storage.save;
    storage.save = async (entries) => {
      // slower than closing the server
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return write.call(storage, entries);
    };
    await bot.call("getUpdates", { offset: updateId + 1 });
    await bot.telegram.stop();
    expect(storage.kinds()).not.to.include("update");
  });

  it("creates a group once, and then only renames it", async () => {
    const bot = await startBot();
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends" });
    await bot.telegram.createGroup({ chatId: GROUP, title: "Old friends" });
    expect(bot.telegram.pendingUpdates()).to.equal(1);
    expect(bot.telegram.chat(GROUP)?.chat.title).to.equal("Old friends");
  });
});
