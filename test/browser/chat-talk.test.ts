import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { openBrowser, openChat, openSite, type Site } from "./support.ts";

const USER = 1001;
const GROUP = -1_000_000_000_100;

describe("the chat page: replies, edits, reactions and groups", () => {
  let browser: Browser | null = null;
  let site: Site;
  let page: Page;
  let complaints: string[];

  const open = async (options: { user?: number; chat?: number } = {}) => {
    ({ page, complaints } = await openChat(browser as Browser, site, options));
    await page.locator("#status", { hasText: /^(?:bot|group)$/ }).waitFor();
  };
  const shown = (text: string) => page.locator(".row .text").getByText(text, { exact: true }).waitFor();
  const field = () => page.getByRole("textbox", { name: "Message" });
  const messages = (chat = USER) => site.telegram.chat(chat)?.messages ?? [];
  const openMenu = async (text: string) => {
    const row = page.locator(".row", { hasText: text }).last();
    await row.hover();
    await row.getByRole("button", { name: "Message actions" }).click();
  };

  before(async function () {
    browser = await openBrowser();
    if (!browser) this.skip();
  });
  beforeEach(async () => {
    site = await openSite();
    await site.telegram.sendText({ userId: USER }, "first question");
    await site.call("sendMessage", { chat_id: USER, text: "first answer" });
  });
  afterEach(async () => {
    await page.close();
    await site.close();
    expect(complaints, "what the browser complained about").to.deep.equal([]);
  });
  after(() => browser?.close());

  it("replies to a message, which the reply quotes and links to", async () => {
    await open();
    await openMenu("first answer");
    await page.getByRole("menuitem", { name: "Reply" }).click();
    await page.getByText("Reply to Helpline").waitFor();
    await field().fill("and then?");
    await field().press("Enter");
    await shown("and then?");
    expect(messages().at(-1)?.reply_to_message?.text).to.equal("first answer");
    await page.locator("#subject").waitFor({ state: "hidden" }); // the message may be shown before its sending is answered
    await page.getByRole("button", { name: "In reply to Helpline: first answer" }).click();
    await page.locator(".row.revealed", { hasText: "first answer" }).waitFor();
  });

  it("edits the person's newest message with the up arrow, and cancels with Escape", async () => {
    await open();
    await field().press("ArrowUp");
    await page.getByText("Edit message").waitFor();
    expect(await field().inputValue()).to.equal("first question");
    await field().fill("better question");
    await field().press("Enter");
    await shown("better question");
    await page.locator(".row.own .edited").waitFor();
    expect(messages()[0]?.text).to.equal("better question");
    await page.locator("#subject").waitFor({ state: "hidden" });
    await field().press("ArrowUp");
    await field().press("Escape");
    expect(await page.locator("#subject").isVisible()).to.equal(false);
    expect(await field().inputValue()).to.equal("");
  });

  it("offers to edit the person's own messages only", async () => {
    await open();
    await openMenu("first answer");
    expect(await page.getByRole("menuitem", { name: "Edit" }).count()).to.equal(0);
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.className")).to.equal("more");
    await openMenu("first question");
    await page.getByRole("menuitem", { name: "Edit" }).waitFor();
  });

  it("reacts from the menu, removes the reaction by pressing it, and shows the bot's", async () => {
    await open();
    await openMenu("first answer");
    await page.getByRole("menuitem", { name: "React with 👍" }).click();
    const own = page.getByRole("button", { name: "👍, 1", pressed: true });
    await own.waitFor();
    const reaction = [{ type: "emoji", emoji: "❤" }];
    await site.call("setMessageReaction", { chat_id: USER, message_id: 2, reaction });
    await page.getByRole("button", { name: "❤, 1", pressed: false }).waitFor();
    await own.click();
    await own.waitFor({ state: "detached" });
    expect(site.telegram.chat(USER)?.reactions[2]).to.have.length(1);
  });

  it("asks before it shares a location or a number that the bot's keyboard requests", async () => {
    await open();
    const rows = [
      [
        { text: "My place", request_location: true },
        { text: "My number", request_contact: true },
      ],
    ];
    await site.call("sendMessage", {
      chat_id: USER,
      text: "Where?",
      reply_markup: { keyboard: rows, is_persistent: true },
    });
    await page.getByRole("button", { name: "My place" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "My place" }).click();
    await page.getByRole("button", { name: "Share" }).click();
    await page.locator(".place").waitFor();
    await page.getByRole("button", { name: "My number" }).click();
    await page.getByRole("button", { name: "Share" }).click();
    await page.locator(".contact").waitFor();
    expect(messages()).to.have.length(5);
    expect(await page.getByRole("button", { name: "Hide the buttons" }).isVisible()).to.equal(false);
  });

  it("creates a group in which several people write, each under their name", async () => {
    await open();
    await page.getByRole("button", { name: /Amina/ }).click();
    await page.getByRole("button", { name: "New group…" }).click();
    await page.getByRole("textbox", { name: "Group name" }).fill("Friends");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "Friends" }).waitFor();
    await page.getByText("Amina joined the group").waitFor();
    await field().fill("hello all");
    await field().press("Enter");
    await shown("hello all");
    await page.getByRole("button", { name: /Amina/ }).click();
    await page.getByRole("link", { name: /Théo/ }).click();
    await page.waitForURL(/user=1002&chat=-/);
    await page.locator(".row.other .name", { hasText: "Amina" }).waitFor();
    await field().fill("salut");
    await field().press("Enter");
    await shown("salut");
    expect(await page.locator(".row.own").count()).to.equal(1);
  });

  it("presses a button in a group as the person of the page, and shows the answer only to them", async () => {
    await site.telegram.createGroup({ chatId: GROUP, title: "Friends" });
    await open({ chat: GROUP });
    const other = await openChat(browser as Browser, site, { user: 1002, chat: GROUP });
    const reply_markup = { inline_keyboard: [[{ text: "Vote", callback_data: "vote" }]] };
    await site.call("sendMessage", { chat_id: GROUP, text: "Well?", reply_markup });
    site.runBot(async ({ callback_query: query }, call) => {
      if (query)
        await call("answerCallbackQuery", { callback_query_id: query.id, text: `by ${query.from.id}` });
    });
    await other.page.getByRole("button", { name: "Vote" }).click();
    await other.page.locator("#toast", { hasText: "by 1002" }).waitFor();
    expect(await page.locator("#toast").isVisible()).to.equal(false);
    await other.page.close();
  });

  it("says when a group does not exist", async () => {
    await open({ chat: -5 });
    await page.locator("#toast", { hasText: "no such group" }).waitFor();
  });

  it("shows forwarded messages, stickers and dice", async () => {
    await open();
    await site.telegram.sendText({ userId: USER }, "passed on", { forwardedFrom: "Dr. Lee" });
    await page.getByText("Forwarded from Dr. Lee").waitFor();
    await field().fill("🎲");
    await field().press("Enter");
    await page.getByRole("img", { name: /^Die showing [1-6]$/ }).waitFor();
    await page.getByRole("button", { name: "Attach" }).click();
    await page.getByRole("menuitem", { name: "Sticker" }).click();
    await page.getByRole("img", { name: "Sticker" }).waitFor();
  });
});
