import { expect } from "chai";
import { OperatorError, silentLogger, systemClock } from "../../lib/core/index.ts";
import { createSandboxTelegram } from "../../lib/sandbox/index.ts";
import { type Answer, post, startBot, stopBots, type TestBot, TOKEN } from "./support.ts";

const CHAT = 1001;

describe("the simulated Telegram: HTTP", () => {
  let bot: TestBot;
  const url = (method: string) => `${bot.apiRoot}/bot${TOKEN}/${method}`;
  const texts = () => bot.telegram.chat(CHAT)?.messages.map(({ text }) => text);

  beforeEach(async () => {
    bot = await startBot();
    await bot.telegram.sendText({ userId: CHAT }, "hello");
  });
  afterEach(stopBots);

  it("answers getMe, in any case of the method's name", async () => {
    const response = await fetch(url("GETME"));
    expect(await response.json()).to.containSubset({
      ok: true,
      result: { is_bot: true, username: "helpline_bot", first_name: "Helpline" },
    });
    expect(bot.telegram.calls()[0]?.method).to.equal("getMe");
  });

  it("reads parameters from a query, a form, JSON and multipart alike", async () => {
    const entities = JSON.stringify([{ type: "bold", offset: 0, length: 1 }]);
    const fields = (text: string) => ({ chat_id: String(CHAT), text, entities });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields("multipart"))) form.append(name, value);
    form.append("photo", new Blob(["not used"], { type: "image/png" }), "a.png");
    await fetch(`${url("sendMessage")}?${new URLSearchParams(fields("query")).toString()}`);
    await fetch(url("sendMessage"), { method: "POST", body: new URLSearchParams(fields("form")) });
    await post(url("sendMessage"), "application/json", JSON.stringify(fields("json")));
    await fetch(url("sendMessage"), { method: "POST", body: form });
    expect(texts()).to.deep.equal(["hello", "query", "form", "json", "multipart"]);
    for (const { params } of bot.telegram.calls("sendMessage")) {
      expect(params).to.deep.include({ chat_id: CHAT, entities: [{ type: "bold", offset: 0, length: 1 }] });
    }
    expect(bot.telegram.calls().at(-1)?.params.photo).to.include({
      name: "a.png",
      mimeType: "image/png",
      sizeBytes: 8,
    });
  });

  it("answers a wrong token with 401, and what cannot be a token or a method with 404", async () => {
    const get = async (path: string) => {
      const response = await fetch(`${bot.apiRoot}${path}`);
      return (await response.json()) as Answer<unknown>;
    };
    expect(await get("/bot999:wrong/getMe")).to.deep.equal({
      ok: false,
      error_code: 401,
      description: "Unauthorized",
    });
    const notFound = { ok: false, error_code: 404, description: "Not Found" };
    for (const path of ["/botnonsense/getMe", `/bot${TOKEN}/getNothing`, "/", "/bot"]) {
      expect(await get(path), path).to.deep.equal(notFound);
    }
  });

  it("answers malformed requests with what is wrong with them", async () => {
    const rubbish: [type: string, body: string, status: number][] = [
      ["application/json", "{", 400],
      ["application/json", "[1,2]", 400],
      ["application/json", `"${"x".repeat(2 * 1024 * 1024)}"`, 413],
      ["application/x-www-form-urlencoded", "x=".padEnd(2 * 1024 * 1024, "y"), 413],
      ["multipart/form-data", "no boundary", 400],
      ["multipart/form-data; boundary=x", "no such part", 400],
      ["image/png", "\u0000\u0001", 400],
      ["application/x-www-form-urlencoded", "chat_id[]=1&text=%ff", 400],
      ["application/json", '{"chat_id":{"a":1},"text":["b"]}', 400],
      ["application/json", '{"chat_id":1001,"text":"x","entities":7}', 400],
      ["application/json", '{"chat_id":1001,"text":"x","reply_markup":{"inline_keyboard":{"a":1}}}', 400],
      ["application/json", '{"chat_id":1e400,"text":"x"}', 400],
    ];
    for (const [type, body, status] of rubbish) {
      const answer = await post(url("sendMessage"), type, body);
      expect(answer.status, `${type} ${body.slice(0, 40)}`).to.equal(status);
      expect(JSON.parse(answer.text)).to.include({ ok: false, error_code: status });
    }
    expect(texts()).to.deep.equal(["hello"]);
  });

  it("records the newest calls with their parameters, arrival times and outcomes", async () => {
    const small = await startBot({ callsKept: 2 });
    await small.call("getMe");
    await small.clock.advance(500);
    await small.call("sendMessage", { chat_id: 5, text: "x" });
    await small.call("getMe");
    expect(small.telegram.calls()).to.have.length(2);
    expect(small.telegram.calls()[0]).to.deep.equal({
      method: "sendMessage",
      params: { chat_id: 5, text: "x" },
      arrivedAt: small.clock.now(),
      outcome: { kind: "error", status: 400, description: "Bad Request: chat not found" },
    });
  });

  it("resolves a wait once its condition holds, and rejects it when the simulation stops", async () => {
    const found = bot.telegram.waitFor(() => texts()?.find((text) => text === "at last"));
    await bot.call("sendMessage", { chat_id: CHAT, text: "at last" });
    expect(await found).to.equal("at last");
    const never = bot.telegram.waitFor(() => null).catch((error: Error) => error);
    const aborted = bot.telegram.waitFor(() => null, AbortSignal.abort(new Error("enough"))).catch(String);
    await bot.telegram.stop();
    expect(await never).to.have.property("code", "SANDBOX_STOPPED");
    expect(await aborted).to.contain("enough");
  });

  it("breaks a long poll when it stops, and keeps its state over a restart", async () => {
    const slept = bot.nextSleep();
    const broken = bot.call("getUpdates", { offset: 2, timeout: 30 }).catch((error: Error) => error);
    await slept;
    await bot.telegram.stop();
    expect(await broken).to.be.instanceOf(Error);
    expect(bot.clock.sleeping).to.equal(0);
    await bot.telegram.start();
    expect(texts()).to.deep.equal(["hello"]);
  });

  it("says so when its port is taken", async () => {
    const port = Number(new URL(bot.apiRoot).port);
    const second = createSandboxTelegram({ token: TOKEN, port, clock: systemClock, logger: silentLogger });
    const error = await second.start().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(OperatorError);
    expect(String(error)).to.contain(String(port));
    await second.stop();
  });
});
