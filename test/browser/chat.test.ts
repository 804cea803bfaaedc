import { expect } from "chai";
import type { Browser, Locator, Page } from "playwright-core";
import { openBrowser, openChat, openSite, type Site, waitUntil } from "./support.ts";

const USER = 1001;

describe("the chat page", () => {
  let browser: Browser | null = null;
  let site: Site;
  let page: Page;
  let complaints: string[];

  const bubbles = (where = page): Locator => where.locator(".row .text");
  const shown = (text: string, where = page) => bubbles(where).getByText(text, { exact: true }).waitFor();
  const say = (text: string, userId = USER) => site.telegram.sendText({ userId }, text);
  const send = (text: string, extra: object = {}) =>
    site.call("sendMessage", { chat_id: USER, text, ...extra });
  const open = async (options: { user?: number; width?: number } = {}) => {
    ({ page, complaints } = await openChat(browser as Browser, site, options));
    await page.locator("#bot-name", { hasText: "Helpline" }).waitFor();
  };
  const isAtEnd = () =>
    page.locator("#scroller").evaluate((node) => node.scrollHeight - node.clientHeight - node.scrollTop < 2);

  before(async function () {
    browser = await openBrowser();
    if (!browser) this.skip();
  });
  beforeEach(async () => {
    site = await openSite();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
    expect(complaints, "what the browser complained about").to.deep.equal([]);
  });
  after(() => browser?.close());

  it("shows START to a new person, which sends /start", async () => {
    site.runBot(async ({ message }) => message && send(`You said ${message.text}`));
    await open();
    await page.getByText("Simulated Telegram — nothing leaves this machine").waitFor();
    await page.getByRole("button", { name: "START" }).click();
    await shown("You said /start");
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    expect(await page.locator("#start").isVisible()).to.equal(false);
  });

  it("sends with Enter, starts a new line with Shift+Enter, and shows when the bot has the message", async () => {
    await say("/start");
    await open();
    const field = page.getByRole("textbox", { name: "Message" });
    await field.pressSequentially("one");
    await field.press("Shift+Enter");
    await field.pressSequentially("two");
    await field.press("Enter");
    await shown("one\ntwo");
    expect(await field.inputValue()).to.equal("");
    const ticks = page.locator(".row.own.last .ticks");
    expect(await ticks.getAttribute("aria-label")).to.equal("sent");
    site.runBot(() => Promise.resolve());
    await page.locator('.row.own.last .ticks[aria-label="read"]').waitFor();
  });

  it("shows that the bot is typing, streams its draft, and puts the message where the draft was", async () => {
    await say("tell me");
    await open();
    await site.call("sendChatAction", { chat_id: USER, action: "typing" });
    await page.locator("#status", { hasText: "typing" }).waitFor();
    const draft = (text: string) => site.call("sendMessageDraft", { chat_id: USER, draft_id: 1, text });
    await draft("");
    await page.getByText("Thinking").waitFor();
    await draft("It mainly works");
    await shown("It mainly works");
    await draft("It mainly works by delaying ovulation.");
    const bubble = page.locator(".row.draft");
    await bubble.getByText("by delaying ovulation.").waitFor();
    expect(await bubble.count()).to.equal(1);
    const before = await bubble.boundingBox();
    const row = await bubble.elementHandle();
    await send("It mainly works by delaying ovulation.");
    await page.locator(".row.draft").waitFor({ state: "detached" });
    expect(await row?.evaluate((node) => node.isConnected && node.className)).to.equal(
      "row other first last",
    );
    const after = await page.locator(".row.other").boundingBox();
    expect({ x: after?.x, y: after?.y, height: after?.height }).to.deep.equal({
      x: before?.x,
      y: before?.y,
      height: before?.height,
    });
    await page.locator("#status", { hasText: /^bot$/ }).waitFor();
  });

  it("keeps a draft's height when its message arrives, wherever the time of day fits", async () => {
    await say("tell me");
    await open();
    for (let words = 10; words < 24; words += 1) {
      const text = `no${" no".repeat(words)}`;
      await site.call("sendMessageDraft", { chat_id: USER, draft_id: words, text });
      await page.locator(".row.draft").getByText(text, { exact: true }).waitFor();
      const before = await page.locator(".row.draft").boundingBox();
      await send(text);
      await page.locator(".row.draft").waitFor({ state: "detached" });
      const after = await page.locator(".row.other.last").boundingBox();
      expect(after?.height, `${words} words`).to.equal(before?.height);
    }
  });

  it("shows a pressed button as busy until the bot answers, and the answer's text", async () => {
    await say("/start");
    await open();
    const keyboard = [
      [
        { text: "Save", callback_data: "save" },
        { text: "Warn", callback_data: "warn" },
      ],
    ];
    await send("Pick one", { reply_markup: { inline_keyboard: keyboard } });
    const button = page.getByRole("button", { name: "Save" });
    await button.click();
    await page.locator('.inline-button[aria-busy="true"]', { hasText: "Save" }).waitFor();
    site.runBot(async ({ callback_query: query }, call) => {
      if (!query) return;
      await call("answerCallbackQuery", {
        callback_query_id: query.id,
        text: `Got ${query.data}`,
        show_alert: query.data === "warn",
      });
    });
    await page.locator("#toast", { hasText: "Got save" }).waitFor();
    expect(await button.getAttribute("aria-busy")).to.equal(null);
    await page.getByRole("button", { name: "Warn" }).click();
    await page.getByRole("dialog").getByText("Got warn").waitFor();
    await page.getByRole("button", { name: "OK" }).click();
  });

  it("shows formatting as formatting, and never as HTML", async () => {
    await say("/start");
    await open();
    const text = "<b>no</b> bold both secret let x; quoted";
    const part = (type: string, words: string, extra: object = {}) => ({
      type,
      offset: text.indexOf(words),
      length: words.length,
      ...extra,
    });
    await send(text, {
      entities: [
        part("bold", "bold both"),
        part("italic", "both"),
        part("spoiler", "secret"),
        part("pre", "let x;", { language: "js" }),
        part("blockquote", "quoted"),
        part("text_link", "no", { url: "https://example.org/" }),
      ],
    });
    const last = page.locator(".row.other .text");
    await last.waitFor();
    expect(await last.locator("b").count()).to.equal(0);
    expect(await last.textContent()).to.equal(text);
    expect(await last.locator("strong em").textContent()).to.equal("both");
    expect(await last.locator("pre").getAttribute("data-language")).to.equal("js");
    expect(await last.locator("blockquote").textContent()).to.equal("quoted");
    expect(await last.locator("a").getAttribute("rel")).to.equal("noopener noreferrer");
    const spoiler = last.locator(".spoiler");
    await spoiler.focus();
    await page.keyboard.press("Enter");
    await last.locator(".spoiler.shown").waitFor();
  });

  it("marks an edited message and removes a deleted one", async () => {
    await say("/start");
    await open();
    const { message_id: id } = await send("first version");
    await shown("first version");
    await site.call("editMessageText", { chat_id: USER, message_id: id, text: "second version" });
    await shown("second version");
    expect(await page.locator(".row.other .edited").textContent()).to.equal("edited");
    await site.call("deleteMessage", { chat_id: USER, message_id: id });
    await bubbles().getByText("second version").waitFor({ state: "detached" });
  });

  it("shows the bot's keyboard, and sends the chosen text", async () => {
    await say("/start");
    await open();
    const markup = { keyboard: [["Yes", "No"]], one_time_keyboard: true, input_field_placeholder: "Choose" };
    await send("Sure?", { reply_markup: markup });
    await page.getByPlaceholder("Choose").waitFor();
    await page.getByRole("button", { name: "Yes", exact: true }).click();
    await shown("Yes");
    expect(await page.locator("#keyboard").isVisible()).to.equal(false);
    await page.getByRole("button", { name: "Show the buttons" }).click();
    await page.getByRole("button", { name: "No", exact: true }).waitFor();
    await send("Thanks", { reply_markup: { remove_keyboard: true } });
    await page.locator("#keyboard").waitFor({ state: "hidden" });
  });

  it("offers the bot's commands in the menu and while one is typed", async () => {
    await say("hello");
    await open();
    const commands = [
      { command: "start", description: "Begin" },
      { command: "help", description: "What I can do" },
    ];
    await site.call("setMyCommands", { commands });
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("option", { name: "/start Begin" }).waitFor();
    const field = page.getByRole("textbox", { name: "Message" });
    await field.press("Escape");
    await page.getByRole("listbox").waitFor({ state: "hidden" });
    await field.pressSequentially("/h");
    expect(await page.getByRole("option").allTextContents()).to.deep.equal(["/helpWhat I can do"]);
    await field.press("ArrowDown");
    await field.press("Enter");
    await shown("/help");
  });

  it("keeps people's chats apart in two tabs, and switches between people", async () => {
    site.runBot(async ({ message }, call) => {
      if (message)
        await call("sendMessage", { chat_id: message.chat.id, text: `Hi ${message.from.first_name}` });
    });
    await open();
    const { page: other } = await openChat(browser as Browser, site, { user: 1002 });
    await page.getByRole("button", { name: "START" }).click();
    await shown("Hi Amina");
    await other.getByRole("button", { name: "START" }).click();
    await shown("Hi Théo", other);
    expect(await bubbles().getByText("Théo").count()).to.equal(0);
    await other.close();
    await page.getByRole("button", { name: /Amina/ }).click();
    await page.getByRole("link", { name: /Théo/ }).click();
    await page.waitForURL(/user=1002/);
    await shown("Hi Théo");
  });

  it("stays at the newest message unless the person has scrolled up", async () => {
    for (let count = 0; count < 40; count += 1) await say(`message ${count}`);
    await open();
    await shown("message 39");
    expect(await isAtEnd()).to.equal(true);
    await send("newest");
    await shown("newest");
    await waitUntil(page, "document.querySelector('#to-bottom').hidden");
    expect(await isAtEnd()).to.equal(true);
    await page.locator("#scroller").evaluate((node) => node.scrollTo(0, 50));
    await page.getByRole("button", { name: "newest message" }).waitFor();
    await send("unseen");
    await page.locator("#unread", { hasText: "1" }).waitFor();
    expect(await page.locator("#scroller").evaluate((node) => node.scrollTop)).to.equal(50);
    await page.getByRole("button", { name: "newest message" }).click();
    await page.getByRole("button", { name: "newest message" }).waitFor({ state: "hidden" });
  });

  it("says that it is connecting while the server is down, and then reconnects", async () => {
    await say("before");
    await open();
    await shown("before");
    const { telegram, url } = site;
    await site.close();
    await page.locator("#status", { hasText: "connecting…" }).waitFor();
    const field = page.getByRole("textbox", { name: "Message" });
    await field.fill("kept");
    await field.press("Enter");
    await page.locator("#toast", { hasText: "not running" }).waitFor();
    expect(await field.inputValue()).to.equal("kept");
    site = await openSite(Number(new URL(url).port), telegram);
    await telegram.sendText({ userId: USER }, "while away");
    await shown("while away");
    await page.locator("#status", { hasText: "bot" }).waitFor();
    expect(
      complaints.every((text) => text.includes("ERR_CONNECTION_REFUSED")),
      complaints.join(),
    ).to.equal(true);
    complaints.length = 0;
  });

  it("fits a phone 360 pixels wide", async () => {
    await say("/start");
    const long = `${"Donaudampfschifffahrtsgesellschaft".repeat(4)} https://example.org/${"path/".repeat(30)}`;
    const row = ["Emergency contraception", "Pregnancy", "Sexually transmitted infections"];
    const inline = [row.map((text) => ({ text, callback_data: text }))];
    await send(long, { reply_markup: { inline_keyboard: inline } });
    await send("And", { reply_markup: { keyboard: [row, ["Settings"]] } });
    await site.call("setMyCommands", { commands: [{ command: "help", description: "What I can do" }] });
    await open({ width: 360 });
    await shown("And");
    await page.getByRole("button", { name: "Menu" }).waitFor(); // its word is hidden, its name is not
    const tooWide =
      "[...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > 360.5)";
    expect(await page.evaluate(`${tooWide}.map((node) => node.className)`)).to.deep.equal([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(360);
  });
});
