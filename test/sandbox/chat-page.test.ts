import { expect } from "chai";
import Fastify, { type FastifyInstance } from "fastify";
import { systemClock } from "../../lib/core/index.ts";
import { createModelPreview, registerChatPage } from "../../lib/sandbox/index.ts";
import { oggFile, pngFile } from "./sample-files.ts";
import { startBot, stopBots, type TestBot } from "./support.ts";

const USER = 1001;

describe("the chat page's server side", () => {
  let bot: TestBot;
  let app: FastifyInstance;
  const host = "127.0.0.1:8080";
  /** Posts with these headers; by default with those of the page itself. */
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
    const served = new Set<string>();
    while (named.length > 0) {
      const url = named.pop() ?? "";
      if (served.has(url)) continue;
      served.add(url);
      const file = await app.inject(url);
      expect(file.statusCode, url).to.equal(200);
      if (url.endsWith(".js"))
        expect(file.headers["content-type"], url).to.equal("text/javascript; charset=utf-8");
      if (url.endsWith(".css")) expect(file.headers["content-type"], url).to.equal("text/css; charset=utf-8");
      const imported = file.body.matchAll(/^(?:import\b.* from |@import )"([^"]+)"/gm);
      for (const [, path = ""] of imported) named.push(new URL(path, `http://${host}${url}`).pathname);
    }
    expect([...served]).to.include.members([
      "/chat/dom.js",
      "/chat/messages/bubbles.js",
      "/chat/messages/bubbles.css",
      "/chat/writing/composer.js",
    ]);
  });

  it("serves nothing beside the page's files, neither a folder nor what is outside", async () => {
    for (const url of [
      "/chat/messages",
      "/chat/messages/",
      "/chat/index.html",
      "/chat/writing/../../telegram.ts",
      "/chat/writing/..%2f..%2ftelegram.ts",
      "/chat/messages/%2e%2e/%2e%2e/telegram.ts",
    ]) {
      expect((await app.inject(url)).statusCode, url).to.equal(404);
    }
  });

  it("switches the simulated model, where there is one", async () => {
    expect((await app.inject("/chat/model")).json()).to.deep.equal({ mode: null, modes: [] });
    expect((await post("/chat/model", { mode: "answers" })).statusCode).to.equal(404);
    const preview = createModelPreview(systemClock);
    const withModel = Fastify();
    registerChatPage(withModel, bot.telegram, preview);
    const headers = { host, "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const switchTo = (mode: string, changes: object = {}) =>
      withModel.inject({
        method: "POST",
        url: "/chat/model",
        payload: JSON.stringify({ mode }),
        headers: { ...headers, ...changes },
      });
    expect((await withModel.inject("/chat/model")).json()).to.include({ mode: "off" });
    expect((await switchTo("answers")).statusCode).to.equal(200);
    expect(preview.mode()).to.equal("answers");
    expect((await switchTo("dances")).statusCode).to.equal(400);
    expect((await switchTo("off", { "sec-fetch-site": "cross-site" })).statusCode).to.equal(403);
    expect(preview.mode()).to.equal("answers");
    await withModel.close();
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

  it("has no inline scripts or styles, which the policy forbids", async () => {
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

  /** Uploads files like the page: the fields first. */
  const upload = (
    fields: Record<string, string>,
    files: [kind: string, name: string, type: string, bytes: Uint8Array][],
    headers: object = { "sec-fetch-site": "same-origin" },
  ) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ user: String(USER), ...fields })) form.append(name, value);
    for (const [kind, name, type, bytes] of files)
      form.append(kind, new Blob([new Uint8Array(bytes)], { type }), name);
    return app.inject({ method: "POST", url: "/chat/files", payload: form, headers: { host, ...headers } });
  };
  const last = () => bot.telegram.chat(USER)?.messages.at(-1);

  it("sends uploaded files as an album, the caption on the first", async () => {
    const png = pngFile(30, 20);
    const sent = await upload({ caption: "two" }, [
      ["photo", "a.png", "image/png", png],
      ["photo", "b.png", "image/png", png],
    ]);
    expect(sent.statusCode, sent.body).to.equal(200);
    const [one, two] = bot.telegram.chat(USER)?.messages ?? [];
    expect(one).to.include({ caption: "two", media_group_id: two?.media_group_id });
    expect(two).not.to.have.property("caption");
  });

  it("shows pictures, and lets files that a browser could run only be saved", async () => {
    const get = async (kind: string, name: string, type: string, bytes: Uint8Array) => {
      await upload({}, [[kind, name, type, bytes]]);
      const message = last();
      const id = message?.photo?.at(-1)?.file_id ?? message?.document?.file_id ?? "";
      return app.inject({ url: `/chat/files/${id}`, headers: { "sec-fetch-site": "same-origin" } });
    };
    const png = pngFile(30, 20);
    const picture = await get("photo", "a.png", "image/png", png);
    expect(picture.headers["content-type"]).to.equal("image/png");
    expect(picture.rawPayload.equals(png)).to.equal(true);
    for (const [name, type] of [
      ["a.html", "text/html"],
      ["a.svg", "image/svg+xml"],
      ["a.xhtml", "application/xhtml+xml"],
      ['"; x="é.js', "text/javascript"],
    ] as const) {
      const file = await get("document", name, type, Buffer.from("<script>alert(1)</script>"));
      expect(file.headers, name).to.include({
        "content-type": "application/octet-stream",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(file.headers["content-disposition"], name).to.match(/^attachment; filename\*=UTF-8''[\w%.]+$/);
    }
  });

  it("answers a range request of a player", async () => {
    await upload({}, [["voice", "v.ogg", "audio/ogg", oggFile(2)]]);
    const url = `/chat/files/${last()?.voice?.file_id}`;
    const whole = await app.inject(url);
    const part = async (range: string) => app.inject({ url, headers: { range } });
    const some = await part("bytes=10-19");
    expect(some.statusCode).to.equal(206);
    expect(some.headers["content-range"]).to.equal(`bytes 10-19/${whole.rawPayload.length}`);
    expect(some.rawPayload.equals(whole.rawPayload.subarray(10, 20))).to.equal(true);
    expect((await part("bytes=-5")).rawPayload.equals(whole.rawPayload.subarray(-5))).to.equal(true);
    expect((await part("bytes=99999-")).statusCode).to.equal(416);
    expect((await part("bytes=1-2,4-5")).statusCode).to.equal(200);
  });

  it("refuses to show files to other sites and to accept files from them", async () => {
    await upload({}, [["photo", "a.png", "image/png", pngFile(30, 20)]]);
    const url = `/chat/files/${last()?.photo?.at(-1)?.file_id}`;
    expect((await app.inject({ url, headers: { "sec-fetch-site": "cross-site" } })).statusCode).to.equal(403);
    const evil = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    const sent = await upload({}, [["photo", "a.png", "image/png", pngFile(30, 20)]], evil);
    expect(sent.statusCode).to.equal(403);
    expect(bot.telegram.chat(USER)?.messages).to.have.length(1);
  });

  it("says what is wrong with an upload", async () => {
    expect((await upload({}, [])).json()).to.deep.equal({ error: "the form has no file" });
    const picture = await upload({}, [["photo", "a.png", "image/png", Buffer.from("none")]]);
    expect([picture.statusCode, picture.json()]).to.deep.equal([
      400,
      { error: "Bad Request: IMAGE_PROCESS_FAILED" },
    ]);
    expect((await upload({}, [["pet", "a.png", "image/png", pngFile(3, 2)]])).statusCode).to.equal(400);
    expect((await app.inject("/chat/files/nothing")).statusCode).to.equal(404);
  });

  it("says what to do about a text that is too long", async () => {
    const long = await post("/chat/messages", { user: USER, text: "x".repeat(50_000) });
    expect([long.statusCode, long.json()]).to.deep.equal([
      400,
      { error: "text: too long; at most 40960 characters go at once" },
    ]);
    const huge = await post("/chat/messages", { user: USER, text: "x".repeat(2_000_000) });
    expect([huge.statusCode, huge.json()]).to.deep.equal([413, { error: "too long; send it in parts" }]);
    expect(texts()).to.deep.equal([]);
  });

  it("edits, reacts, shares and creates groups in a person's name", async () => {
    await post("/chat/messages", { user: USER, text: "helo" });
    await post("/chat/edits", { user: USER, messageId: 1, text: "hello" });
    await post("/chat/reactions", { user: USER, messageId: 1, emoji: "👍" });
    expect(last()?.text).to.equal("hello");
    expect(bot.telegram.chat(USER)?.reactions[1]).to.deep.equal([{ userId: USER, emoji: "👍" }]);
    await post("/chat/locations", { user: USER });
    expect(last()).to.have.property("location");
    await post("/chat/contacts", { user: USER });
    expect(last()?.contact).to.include({ first_name: "Amina", user_id: USER });
    await post("/chat/messages", { user: USER, text: "🎲" });
    expect(last()).to.have.property("dice");
    const { chatId } = (await post("/chat/groups", { user: USER, title: "Friends" })).json<{
      chatId: number;
    }>();
    await post("/chat/messages", { user: 1002, chat: chatId, text: "salut" });
    expect(
      bot.telegram.chat(chatId)?.messages.map(({ text, from }) => text ?? from.first_name),
    ).to.deep.equal(["Amina", "salut"]);
  });

  it("streams a snapshot, then the events of this chat only, and ends when the server closes", async () => {
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
