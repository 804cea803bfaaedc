import { expect } from "chai";
import { post, startBot, stopBots, type TestBot, TOKEN } from "./support.ts";

const CHAT = 1001;
const OTHER = 1002;

describe("the simulated Telegram: faults and limits", () => {
  let bot: TestBot;
  const send = (text = "x", chatId = CHAT) => bot.call("sendMessage", { chat_id: chatId, text });
  const sent = () =>
    bot.telegram
      .chat(CHAT)
      ?.messages.slice(1)
      .map(({ text }) => text);
  const outcome = () => bot.telegram.calls("sendMessage").at(-1)?.outcome;

  beforeEach(async () => {
    bot = await startBot();
    for (const userId of [CHAT, OTHER]) await bot.telegram.sendText({ userId }, "hello");
  });
  afterEach(stopBots);

  it("answers 429 with the seconds to wait, as often as ordered", async () => {
    bot.telegram.faults.order({ kind: "too-many-requests", retryAfterSeconds: 7, times: 2 });
    for (let time = 0; time < 2; time += 1) {
      expect(await send()).to.deep.include({
        status: 429,
        error_code: 429,
        description: "Too Many Requests: retry after 7",
        parameters: { retry_after: 7 },
      });
    }
    expect((await send()).ok).to.equal(true);
    expect(sent()).to.deep.equal(["x"]);
  });

  it("applies a fault only to the method and chat it was ordered for", async () => {
    bot.telegram.faults.order({ kind: "error500", method: "sendMessage", chatId: OTHER });
    expect((await bot.call("getMe")).ok).to.equal(true);
    expect((await send()).ok).to.equal(true);
    expect(await send("x", OTHER)).to.include({ status: 500, description: "Internal Server Error" });
  });

  it("asks `fault` about every call for which none was ordered", async () => {
    const asked: string[] = [];
    bot = await startBot({
      fault(method) {
        asked.push(method);
        return method === "getMe" ? { kind: "error500" } : undefined;
      },
    });
    await bot.telegram.sendText({ userId: CHAT }, "hello");
    bot.telegram.faults.order({ kind: "error", status: 403, description: "Forbidden: no" });
    expect(await bot.call("getMe")).to.include({ status: 403 });
    expect(await bot.call("getMe")).to.include({ status: 500 });
    expect((await send()).ok).to.equal(true);
    expect(asked).to.deep.equal(["getMe", "sendMessage"]);
  });

  it("answers any ordered error, and stops when the faults are cleared", async () => {
    bot.telegram.faults.order({ kind: "error", status: 403, description: "Forbidden: no", times: Infinity });
    expect(await send()).to.include({ status: 403, description: "Forbidden: no" });
    bot.telegram.faults.clear();
    expect((await send()).ok).to.equal(true);
  });

  it("answers 502 with a page of HTML", async () => {
    bot.telegram.faults.order({ kind: "html502" });
    const answer = await post(`${bot.apiRoot}/bot${TOKEN}/getMe`, "application/json", "{}");
    expect(answer.status).to.equal(502);
    expect(answer.text).to.match(/^<html>/);
  });

  it("breaks the connection before the call takes effect", async () => {
    bot.telegram.faults.order({ kind: "reset" });
    expect(await send().catch((error: Error) => error)).to.be.instanceOf(Error);
    expect(sent()).to.deep.equal([]);
    expect(outcome()).to.deep.equal({ kind: "reset", tookEffect: false });
  });

  it("breaks the connection after the call took effect", async () => {
    bot.telegram.faults.order({ kind: "reset", tookEffect: true });
    expect(await send("once").catch((error: Error) => error)).to.be.instanceOf(Error);
    expect(sent()).to.deep.equal(["once"]);
    expect(outcome()).to.deep.equal({ kind: "reset", tookEffect: true });
  });

  it("answers 500 to a call that took effect", async () => {
    bot.telegram.faults.order({ kind: "error500", tookEffect: true });
    expect((await send("once")).status).to.equal(500);
    expect(sent()).to.deep.equal(["once"]);
  });

  it("leaves a hanging call open until the caller disconnects", async () => {
    bot.telegram.faults.order({ kind: "hang" });
    const patience = new AbortController();
    const hanging = bot.call("getMe", {}, { signal: patience.signal }).catch((error: Error) => error.name);
    await bot.telegram.waitFor(() => bot.telegram.calls("getMe").length === 1);
    patience.abort();
    expect(await hanging).to.equal("AbortError");
  });

  it("ends a hanging call when the simulation stops", async () => {
    bot.telegram.faults.order({ kind: "hang", tookEffect: true });
    const hanging = send("once").catch((error: Error) => error);
    await bot.telegram.waitFor(() => bot.telegram.calls("sendMessage").length === 1);
    await bot.telegram.stop();
    expect(await hanging).to.be.instanceOf(Error);
    expect(sent()).to.deep.equal(["once"]);
  });
});

describe("the simulated Telegram: rate limits", () => {
  let bot: TestBot;
  const GROUP = -100;
  const send = (chatId: number) => bot.call("sendMessage", { chat_id: chatId, text: "x" });
  const sendMany = async (count: number, chatOf: (index: number) => number) => {
    const answers = [];
    for (let index = 0; index < count; index += 1) answers.push(await send(chatOf(index)));
    return answers;
  };

  beforeEach(async () => {
    bot = await startBot({ rateLimits: true });
    for (let userId = 1; userId <= 40; userId += 1) await bot.telegram.sendText({ userId }, "hello");
    await bot.telegram.createGroup({ chatId: GROUP, title: "Friends" });
  });
  afterEach(stopBots);

  it("lets a chat have a short burst, then one message a second", async () => {
    const answers = await sendMany(6, () => 1);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 200, 429]);
    expect(answers[5]?.parameters).to.deep.equal({ retry_after: 1 });
    expect((await send(2)).ok).to.equal(true);
    await bot.clock.advance(1000);
    expect((await send(1)).ok).to.equal(true);
    expect((await send(1)).status).to.equal(429);
  });

  it("lets a group have 20 messages a minute", async () => {
    const answers = await sendMany(21, () => GROUP);
    expect(answers.filter(({ ok }) => ok)).to.have.length(20);
    expect(answers[20]?.parameters).to.deep.equal({ retry_after: 3 });
    await bot.clock.advance(3000);
    expect((await send(GROUP)).ok).to.equal(true);
  });

  it("lets the bot have 30 messages a second over all chats", async () => {
    const answers = await sendMany(31, (index) => index + 1);
    expect(answers.findIndex(({ ok }) => !ok)).to.equal(30);
    await bot.clock.advance(1000);
    expect((await send(40)).ok).to.equal(true);
  });
});
