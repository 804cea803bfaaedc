import { expect } from "chai";
import { startBot, stopBots, type TestBot } from "./support.ts";

interface Update {
  update_id: number;
  message?: { text: string; chat: { id: number } };
}

describe("the simulated Telegram: getUpdates", () => {
  let bot: TestBot;
  const poll = async (params: object = {}) => (await bot.call<Update[]>("getUpdates", params)).result;
  const texts = (updates: Update[]) => updates.map(({ message }) => message?.text);
  const say = (text: string, userId = 1001) => bot.telegram.sendText({ userId, firstName: "Ada" }, text);

  beforeEach(async () => {
    bot = await startBot();
  });
  afterEach(stopBots);

  it("returns messages oldest first, with growing ids", async () => {
    await say("one");
    await say("two", 1002);
    const updates = await poll();
    expect(texts(updates)).to.deep.equal(["one", "two"]);
    expect(updates[1]?.update_id).to.be.above(updates[0]?.update_id ?? 0);
    expect(updates[1]?.message?.chat.id).to.equal(1002);
  });

  it("returns unconfirmed updates again, and drops those a higher offset confirms", async () => {
    await say("one");
    await say("two");
    const [first] = await poll();
    expect(texts(await poll())).to.deep.equal(["one", "two"]);
    expect(texts(await poll({ offset: (first?.update_id ?? 0) + 1 }))).to.deep.equal(["two"]);
    expect(bot.telegram.pendingUpdates()).to.equal(1);
    expect(texts(await poll())).to.deep.equal(["two"]);
  });

  it("keeps only the newest for a negative offset", async () => {
    for (const text of ["one", "two", "three"]) await say(text);
    expect(texts(await poll({ offset: -1 }))).to.deep.equal(["three"]);
    expect(bot.telegram.pendingUpdates()).to.equal(1);
  });

  it("returns at most the limit, and never more than 100", async () => {
    for (let count = 0; count < 105; count += 1) await say(`message ${count}`);
    expect(await poll({ limit: 3 })).to.have.length(3);
    expect(await poll({ limit: 0 })).to.have.length(1);
    expect(await poll({ limit: 1000 })).to.have.length(100);
  });

  it("waits for an update until the timeout, then returns none", async () => {
    const slept = bot.nextSleep();
    const answer = poll({ timeout: 30 });
    await slept;
    await bot.clock.advance(29_000);
    expect(bot.telegram.calls("getUpdates")).to.have.length(0);
    await bot.clock.advance(1000);
    expect(await answer).to.deep.equal([]);
  });

  it("answers a waiting poll as soon as a person writes", async () => {
    const slept = bot.nextSleep();
    const answer = poll({ timeout: 30 });
    await slept;
    await say("hello");
    expect(texts(await answer)).to.deep.equal(["hello"]);
    expect(bot.clock.sleeping).to.equal(0);
  });

  it("ends the older of two polls with 409", async () => {
    const slept = bot.nextSleep();
    const older = bot.call("getUpdates", { timeout: 30 });
    await slept;
    const again = bot.nextSleep();
    const newer = poll({ timeout: 30 });
    const refused = await older;
    expect(refused.status).to.equal(409);
    expect(refused.description).to.equal(
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    );
    await again;
    await say("for the newer");
    expect(texts(await newer)).to.deep.equal(["for the newer"]);
  });

  it("does not end the next poll with 409 when a poller has disconnected", async () => {
    const slept = bot.nextSleep();
    const gone = new AbortController();
    const ended = bot
      .call("getUpdates", { timeout: 30 }, { signal: gone.signal })
      .catch((error: Error) => error);
    await slept;
    gone.abort();
    await ended;
    await bot.telegram.waitFor(() => bot.telegram.calls("getUpdates").length === 1);
    expect(bot.telegram.calls("getUpdates")[0]?.outcome).to.deep.equal({ kind: "ok", result: [] });
    expect(bot.clock.sleeping).to.equal(0);
  });

  it("queues only the allowed kinds, from then on", async () => {
    await poll({ allowed_updates: ["callback_query"] });
    await say("unwanted");
    await poll();
    await say("still unwanted");
    expect(await poll()).to.deep.equal([]);
    await poll({ allowed_updates: [] });
    await say("wanted");
    expect(texts(await poll())).to.deep.equal(["wanted"]);
  });

  it("delivers an update of an unknown kind", async () => {
    const updateId = await bot.telegram.sendUpdate({ hologram: { colour: "blue" } });
    expect(await poll()).to.deep.equal([{ hologram: { colour: "blue" }, update_id: updateId }]);
  });

  it("says that it has no webhook and how many updates are pending", async () => {
    await say("one");
    const { result } = await bot.call("getWebhookInfo");
    expect(result).to.deep.equal({ url: "", has_custom_certificate: false, pending_update_count: 1 });
    expect((await bot.call("deleteWebhook", { drop_pending_updates: true })).result).to.equal(true);
    expect(bot.telegram.pendingUpdates()).to.equal(0);
  });

  it("tells the bot who has blocked and unblocked it", async () => {
    await say("hello");
    await bot.telegram.block(1001);
    await bot.telegram.unblock(1001);
    const statuses = (await poll()).slice(1).map((update) => {
      const { my_chat_member: change } = update as unknown as Record<string, { new_chat_member: object }>;
      return change?.new_chat_member;
    });
    expect(statuses).to.containSubset([{ status: "kicked" }, { status: "member" }]);
  });
});
