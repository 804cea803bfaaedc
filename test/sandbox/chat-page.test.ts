import { expect } from "chai";
import Fastify, { type FastifyInstance } from "fastify";
import { registerChatPage } from "../../lib/sandbox/index.ts";
import { startBot, stopBots, type TestBot } from "./support.ts";

const USER = 1001;

describe("the chat page's server side", () => {
  let bot: TestBot;
  let app: FastifyInstance;
  const host = "127.0.0.1:8080";
  /** Posts as the given headers say; by default as the page itself does. */
  const post = (url: string, payload: unknown, headers: object = { "sec-fetch-site": "same-origin" }) =>
    app.inject({
      method: "POST",
      url,
      payload: JSON.stringify(payload),
      headers: { host, "content-type": "application/json", ...headers },
    });
  const texts = () => bot.telegram.chat(USER)?.messages.map(({ text }) => text) ?? [];

  beforeEach(async () => {
    bot = await startBot();
    app = Fastify();
    registerChatPage(app, bot.telegram);
  });
  afterEach(async () => {
    await app.close();
    await stopBots();
  });

  it("serves the page and every file it names, with their types and a strict policy", async () => {
    const page = await app.inject("/chat");
    expect(page.headers["content-type"]).to.equal("text/html; charset=utf-8");
    expect(page.headers["content-security-policy"])
      .to.contain("default-src 'none'")
      .and.not.contain("unsafe");
    const named = [...page.body.matchAll(/(?:href|src)="(\/chat\/[^"]+)"/g)].map(([, url]) => url ?? "");
    expect(named).to.include.members(["/chat/chat.js", "/chat/chat.css"]);
    for (const url of named) expect((await app.inject(url)).statusCode, url).to.equal(200);
    const script = await app.inject("/chat/chat.js");
    expect(script.headers["content-type"]).to.equal("text/javascript; charset=utf-8");
    const imported = [...script.body.matchAll(/from "\.\/([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(imported).to.have.length.above(3);
    for (const name of imported) expect((await app.inject(`/chat/${name}`)).statusCode, name).to.equal(200);
  });

  it("sends a file again only when it changed", async () => {
    const first = await app.inject("/chat");
    const again = await app.inject({
      url: "/chat",
      headers: { "if-none-match": String(first.headers.etag) },
    });
    expect(again.statusCode).to.equal(304);
    expect(again.body).to.equal("");
  });

  it("holds nothing inline, so that the policy can forbid it", async () => {
    const { body } = await app.inject("/chat");
    expect(body).not.to.match(/<script>|<style| style=| on\w+=/);
  });

  it("sends what a person writes, in their name", async () => {
    expect((await post("/chat/messages", { user: USER, text: "hello" })).statusCode).to.equal(200);
    const message = bot.telegram.chat(USER)?.messages[0];
    expect(message).to.include({ text: "hello" });
    expect(message?.from).to.include({ first_name: "Amina", language_code: "en" });
  });

  it("sends a long text as several messages, as Telegram's app does, and splits no emoji", async () => {
    await post("/chat/messages", { user: USER, text: `${"x".repeat(4095)}😀${"y".repeat(10)}` });
    expect(texts()).to.deep.equal(["x".repeat(4095), `😀${"y".repeat(10)}`]);
  });

  it("presses a button, and says so when there is none", async () => {
    await post("/chat/messages", { user: USER, text: "hello" });
    const markup = { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] };
    await bot.call("sendMessage", { chat_id: USER, text: "Pick", reply_markup: markup });
    const pressed = await post("/chat/presses", { user: USER, messageId: 2, data: "go" });
    expect(pressed.json()).to.have.property("callbackQueryId").that.is.a("string");
    const missing = await post("/chat/presses", { user: USER, messageId: 2, data: "stop" });
    expect(missing.statusCode).to.equal(400);
    expect(missing.json()).to.have.property("error").that.contains('no button "stop"');
  });

  const strangers: [who: string, headers: object, status: number][] = [
    ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
    ["another site in an old browser", { origin: "https://evil.example" }, 403],
    ["a sandboxed frame", { origin: "null" }, 403],
    ["nobody in particular", {}, 403],
    ["a form", { "sec-fetch-site": "same-origin", "content-type": "text/plain" }, 415],
  ];
  for (const [who, headers, status] of strangers) {
    it(`does nothing for ${who}`, async () => {
      const answer = await post("/chat/messages", { user: USER, text: "hello" }, headers);
      expect(answer.statusCode).to.equal(status);
      expect(texts()).to.deep.equal([]);
    });
  }

  it("accepts an old browser that names its own origin", async () => {
    const answer = await post("/chat/messages", { user: USER, text: "hello" }, { origin: `http://${host}` });
    expect(answer.statusCode).to.equal(200);
  });

  for (const [what, body] of [
    ["no person", { text: "x" }],
    ["a person below one", { user: 0, text: "x" }],
    ["no text", { user: USER }],
    ["a book", { user: USER, text: "x".repeat(50_000) }],
    ["a list", []],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await post("/chat/messages", body);
      expect(answer.statusCode).to.equal(400);
      expect(answer.json()).to.have.property("error").that.is.a("string");
    });
  }

  it("streams a snapshot, then what happens in this chat only, and ends when the server closes", async () => {
    await bot.telegram.sendText({ userId: USER, firstName: "Amina" }, "before");
    const address = await app.listen({ host: "127.0.0.1", port: 0 });
    const response = await fetch(`${address}/chat/events?user=${USER}`);
    expect(response.headers.get("content-type")).to.equal("text/event-stream");
    const events = readEvents(response);
    expect(await events.next()).to.containSubset({
      value: {
        type: "snapshot",
        bot: { first_name: "Helpline" },
        person: { firstName: "Amina" },
        chat: { messages: [{ text: "before" }] },
      },
    });
    await bot.telegram.sendText({ userId: 1002 }, "elsewhere");
    await bot.call("sendMessage", { chat_id: USER, text: "here" });
    expect(await events.next()).to.containSubset({ value: { type: "message", message: { text: "here" } } });
    await app.close();
    expect(await events.next()).to.deep.equal({ done: true, value: undefined });
  });
});

async function* readEvents(response: Response): AsyncGenerator<unknown, void> {
  let text = "";
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      if (part.startsWith("data: ")) yield JSON.parse(part.slice("data: ".length)) as unknown;
    }
  }
}
