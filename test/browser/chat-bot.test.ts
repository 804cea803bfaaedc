import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { type App, createApp } from "../../lib/app/app.ts";
import { readConfig } from "../../lib/config/index.ts";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { createFakeGemini, type FakeModel } from "../../lib/sandbox/models/index.ts";
import { LEARNT_FOLDER } from "../../scripts/build/bundle.js";
import { pngFile } from "../sandbox/sample-files.ts";
import { openBrowser, waitUntil } from "./support.ts";

const GEMINI = { apiKey: "key-of-the-browser-test", model: "gemini-test" };

describe("the real bot, with its sample content, on the chat page", () => {
  let browser: Browser | null = null;
  let gemini: FakeModel;
  let folder: string;
  let app: App;
  let page: Page;
  let url: string;
  let complaints: string[];

  const startBot = async () => {
    const config = readConfig({
      DATA_DIR: folder,
      HTTP_PORT: new URL(url).port,
      GEMINI_API_KEY: GEMINI.apiKey,
      GEMINI_MODEL: GEMINI.model,
      GEMINI_BASE_URL: (await gemini.start()).baseUrl,
    });
    const onFatal = (error: unknown) => void complaints.push(String(error));
    app = createApp(config, {
      clock: systemClock,
      logger: silentLogger,
      random: Math.random,
      learntFolder: LEARNT_FOLDER,
      onFatal,
    });
    ({ url } = await app.start());
  };
  const stopBot = async () => {
    await app.stop();
    await gemini.stop();
  };
  const shown = (text: string | RegExp) => page.locator(".row.other .text").getByText(text).last().waitFor();
  const press = (name: string | RegExp) => page.getByRole("button", { name }).last().click();
  const write = async (text: string) => {
    await page.getByRole("textbox", { name: "Message" }).fill(text);
    await page.keyboard.press("Enter");
  };
  /** The stored data of the person, from the file that the bot sends. */
  const myData = async (): Promise<string> => {
    const files = page.getByRole("link", { name: /my-data\.json/ });
    const before = await files.count();
    await write("/mydata");
    const [saved] = await Promise.all([page.waitForEvent("download"), files.nth(before).click()]);
    return readFile(await saved.path(), "utf8");
  };
  /** Answers the first questions as an adult. */
  const meet = async () => {
    await press("START");
    await press("English");
    await press("18 or over");
    await shown("Is there a topic you would like to begin with?");
    await press("Skip");
    await shown(/Write me your question/);
  };

  before(async function () {
    browser = await openBrowser();
    if (!browser) this.skip();
  });
  beforeEach(async () => {
    complaints = [];
    url = "http://127.0.0.1:0";
    folder = await mkdtemp(join(tmpdir(), "helpline-browser-"));
    gemini = createFakeGemini({
      ...GEMINI,
      clock: systemClock,
      respond: ({ question }) => `You asked: ${question}`,
    });
    await startBot();
    page = await (browser as Browser).newPage({ viewport: { width: 420, height: 860 } });
    page.setDefaultTimeout(45_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${url}/chat`);
  });
  afterEach(async () => {
    await page.close();
    await stopBot();
    await rm(folder, { recursive: true, force: true });
    expect(complaints, "what went wrong beside").to.deep.equal([]);
  });
  after(() => browser?.close());

  it("leads a new person through the first questions, with a picture, and answers a question in between", async () => {
    await press("START");
    await page.locator(".tile img").waitFor();
    await shown("Which language shall we speak?");
    await write("Is it too late to ask?");
    await shown("You asked: Is it too late to ask?");
    await page.getByRole("button", { name: "Français" }).last().click();
    await press("18 ans ou plus");
    await shown(/Y a-t-il un thème/);
    await press("Passer");
    await page.getByRole("button", { name: "📚 Thèmes" }).waitFor();
  });

  it("opens a topic, down to an answer with an album", async () => {
    await meet();
    await press("📚 Topics");
    await press(/Contraception$/);
    await press("Condoms");
    await press("How do I put on a condom?");
    await page.locator(".album .tile").nth(3).waitFor();
    await shown("Pinch the tip");
    await waitUntil(
      page,
      "[...document.querySelectorAll('.album img')].every((node) => node.naturalWidth > 0)",
    );
    await press("◀ Back");
    await page.getByRole("button", { name: "The condom broke. What now?" }).last().waitFor();
  });

  it("accepts a rating with a comment, and a changed rating", async () => {
    await meet();
    await write("What helps with cramps?");
    await shown("You asked: What helps with cramps?");
    await press("👍");
    await page.getByRole("button", { name: "👍 ✓" }).waitFor();
    await press("👎");
    await page.getByRole("button", { name: "👎 ✓" }).waitFor();
    await press("Say why");
    await shown(/Write it in your next message/);
    await write("Too short");
    await shown(/I have saved that/);
  });

  it("answers a question about a picture sent from the browser", async () => {
    await meet();
    await page
      .locator("#files")
      .setInputFiles([{ name: "leaflet.png", mimeType: "image/png", buffer: pngFile(60, 40) }]);
    const dialog = page.getByRole("dialog", { name: "Send a file" });
    await dialog.getByRole("textbox", { name: "Caption" }).fill("What does this say?");
    await dialog.getByRole("button", { name: "Send" }).click();
    await shown("You asked: What does this say?");
    expect(gemini.calls.at(-1)?.files.map(({ mimeType }) => mimeType)).to.deep.equal(["image/png"]);
  });

  it("hands over to the operators' group that is there without any setting, and back", async () => {
    await meet();
    await write("Can I talk to a real person?");
    await shown(/I have asked someone from the team/);
    await page.getByRole("button", { name: /Amina/ }).click();
    await page.getByRole("link", { name: "Nora operator" }).click();
    await page.getByRole("heading", { name: "Operators" }).waitFor();
    await page.getByText("Can I talk to a real person?").waitFor();
    const request = page.locator(".row", { hasText: "Reply to this message to answer" });
    await request.hover();
    await request.getByRole("button", { name: "Message actions" }).click();
    await page.getByRole("menuitem", { name: "Reply" }).click();
    await write("Hello, I am here.");
    await page.getByRole("button", { name: /Nora/ }).click();
    await page.getByRole("link", { name: "Amina en" }).click();
    await shown("Hello, I am here.");
    await press("Back to the bot");
    await write("What helps with cramps?");
    await shown("You asked: What helps with cramps?");
  });

  it("erases everything after a confirmed /forget, and keeps the chat over a restart", async () => {
    await meet();
    await write("A secret question?");
    await shown("You asked: A secret question?");
    expect(await myData()).to.contain("A secret question?");
    await write("/forget");
    await press("Yes, erase it all");
    await shown(/everything I had stored about you is erased/);
    expect(await myData()).not.to.contain("secret");
    await stopBot();
    await page.locator("#status", { hasText: "connecting…" }).waitFor();
    await startBot();
    await page.locator("#status", { hasText: "bot" }).waitFor();
    await shown(/everything I had stored about you is erased/);
    await page.locator(".tile img").first().waitFor();
    expect(await page.locator(".tile.gone").count()).to.equal(0);
  });
});
