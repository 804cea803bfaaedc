import { expect } from "chai";
import type { WireMessage } from "../../lib/sandbox/index.ts";
import { oggFile, pngFile } from "./sample-files.ts";
import { memoryStorage, startBot, stopBots, type TestBot } from "./support.ts";

const ADA = { userId: 1001, firstName: "Ada" };
const CHAT = ADA.userId;
const GROUP = -100;

interface Update {
  message?: WireMessage;
  edited_message?: WireMessage;
  message_reaction?: object;
}

describe("the simulated Telegram: people", () => {
  let bot: TestBot;
  const updates = async (allowed: string[] = []) =>
    (await bot.call<Update[]>("getUpdates", { allowed_updates: allowed })).result;
  const photo = (content = pngFile(64, 48)) => ({ kind: "photo" as const, name: "a.png", content });

  beforeEach(async () => {
    bot = await startBot();
  });
  afterEach(stopBots);

  it("delivers a photo that the bot can download", async () => {
    const content = pngFile(64, 48);
    await bot.telegram.sendFiles(ADA, [{ ...photo(content), caption: "see https://who.int" }]);
    const [update] = await updates();
    expect(update?.message).to.deep.include({
      caption: "see https://who.int",
      caption_entities: [{ type: "url", offset: 4, length: 15 }],
    });
    const { result } = await bot.call<{ file_path: string }>("getFile", {
      file_id: update?.message?.photo?.at(-1)?.file_id,
    });
    const answer = await fetch(`${bot.apiRoot}/file/bot123456:sandbox-token/${result.file_path}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).to.equal(true);
  });

  it("delivers an album as several updates with one media_group_id", async () => {
    const sent = await bot.telegram.sendFiles(ADA, [photo(), photo(pngFile(10, 10)), photo(pngFile(9, 9))]);
    const got = await updates();
    expect(got.map(({ message }) => message?.message_id)).to.deep.equal(
      sent.map(({ messageId }) => messageId),
    );
    expect(new Set(got.map(({ message }) => message?.media_group_id)).size).to.equal(1);
  });

  it("keeps nothing of an album when one of its files fails", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("line lost");
    }
    const sent = bot.telegram.sendFiles(ADA, [photo(), { kind: "document", content: broken() }]);
    expect(await sent.catch((error: Error) => error.message)).to.equal("line lost");
    expect(bot.telegram.chat(CHAT)).to.equal(null);
    expect(bot.telegram.pendingUpdates()).to.equal(0);
  });

  it("sends voices, places, contacts, stickers and dice", async () => {
    await bot.telegram.sendFiles(ADA, [{ kind: "voice", name: "v.ogg", content: oggFile(3) }]);
    await bot.telegram.sendLocation(ADA, { latitude: 1.5, longitude: 2.5 });
    await bot.telegram.sendContact(ADA);
    await bot.telegram.sendSticker(ADA, "👋");
    await bot.telegram.sendDice(ADA, 4);
    expect((await updates()).map(({ message }) => message)).to.containSubset([
      { voice: { duration: 3 } },
      { location: { latitude: 1.5, longitude: 2.5 } },
      { contact: { user_id: CHAT, first_name: "Ada" } },
      { sticker: { emoji: "👋" } },
      { dice: { value: 4 } },
    ]);
  });

  it("forwards a message from a hidden user with a name only", async () => {
    await bot.telegram.sendText(ADA, "passed on", { forwardedFrom: "Dr. Lee" });
    const [update] = await updates();
    expect(update?.message?.forward_origin).to.include({ type: "hidden_user", sender_user_name: "Dr. Lee" });
  });

  it("edits only a person's own text or caption", async () => {
    const { messageId } = await bot.telegram.sendText(ADA, "frist");
    await bot.telegram.editMessage(CHAT, CHAT, messageId, "first /help");
    const [sent] = await bot.telegram.sendFiles(ADA, [photo()]);
    await bot.telegram.editMessage(CHAT, CHAT, sent?.messageId ?? 0, "now with words");
    const edits = (await updates()).flatMap(({ edited_message: edited }) => edited ?? []);
    expect(edits.map(({ text, caption }) => text ?? caption)).to.deep.equal([
      "first /help",
      "now with words",
    ]);
    expect(edits[0]?.entities).to.deep.equal([{ type: "bot_command", offset: 6, length: 5 }]);
    expect(edits[1]?.photo).to.have.length(1);
    const { result } = await bot.call<{ message_id: number }>("sendMessage", { chat_id: CHAT, text: "mine" });
    const foreign = bot.telegram.editMessage(CHAT, CHAT, result.message_id, "hers");
    expect(await foreign.catch((error: Error) => error.message)).to.contain("knows no message");
  });

  it("delivers reactions, old and new, only to a bot that asked for them", async () => {
    const { messageId } = await bot.telegram.sendText(ADA, "hello");
    await bot.telegram.react(CHAT, CHAT, messageId, "👍");
    expect(await updates(["message_reaction"])).to.have.length(1);
    await bot.telegram.react(CHAT, CHAT, messageId, "🔥");
    await bot.telegram.react(CHAT, CHAT, messageId, null);
    const changes = (await updates()).flatMap(({ message_reaction: change }) => change ?? []);
    expect(changes).to.containSubset([
      { old_reaction: [{ emoji: "👍" }], new_reaction: [{ type: "emoji", emoji: "🔥" }] },
      { old_reaction: [{ emoji: "🔥" }], new_reaction: [] },
    ]);
    expect(bot.telegram.chat(CHAT)?.reactions).to.deep.equal({});
  });

  it("keeps reactions and albums apart across a restart", async () => {
    const storage = memoryStorage();
    bot = await startBot({ storage });
    const { messageId } = await bot.telegram.sendText(ADA, "hello");
    await bot.telegram.react(CHAT, CHAT, messageId, "👍");
    await bot.telegram.stop();
    bot = await startBot({ storage });
    expect(bot.telegram.chat(CHAT)?.reactions[messageId]).to.deep.equal([{ userId: CHAT, emoji: "👍" }]);
    await bot.call("deleteMessage", { chat_id: CHAT, message_id: messageId });
    expect(storage.kinds()).not.to.include("reactions");
  });

  it("announces who joins a group, and lists the groups", async () => {
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends" });
    await bot.telegram.joinGroup(ADA, GROUP);
    expect((await updates()).at(-1)?.message?.new_chat_members).to.containSubset([{ first_name: "Ada" }]);
    expect(bot.telegram.groups().map(({ title }) => title)).to.deep.equal(["Friends"]);
  });

  it("gives a group that becomes a supergroup a new id, and tells the bot", async () => {
    const storage = memoryStorage();
    bot = await startBot({ storage });
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends", isBasic: true });
    const supergroup = await bot.telegram.upgradeGroup(GROUP);
    const told = (await updates()).flatMap(({ message }) => message ?? []);
    expect(told).to.containSubset([
      { chat: { id: GROUP }, migrate_to_chat_id: supergroup },
      { chat: { id: supergroup, type: "supergroup" }, migrate_from_chat_id: GROUP },
    ]);
    await bot.telegram.stop();
    bot = await startBot({ storage });
    expect(await bot.call("sendMessage", { chat_id: GROUP, text: "x" })).to.deep.include({
      status: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      parameters: { migrate_to_chat_id: supergroup },
    });
    expect((await bot.call("sendMessage", { chat_id: supergroup, text: "x" })).ok).to.equal(true);
    expect(bot.telegram.groups().map(({ id }) => id)).to.deep.equal([supergroup]);
  });
});
