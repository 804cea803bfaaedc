import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../lib/core/index.ts";
import { createFakeGemini } from "../../lib/sandbox/models/index.ts";
import { startBot } from "../simulate/bot/bot-process.ts";
import { startFilm } from "./film.ts";

const SIZE = { width: 430, height: 560 };
/** A busy machine is slow. */
const TIMEOUT_MS = 120_000;
const MODEL = { apiKey: "a-key-of-the-simulation", model: "a-model" };
const QUESTION = "How do I put on a condom?";
const ANSWER =
  "Look at the date on the packet, and open it with your fingers, never with teeth or scissors. Pinch the tip so that no " +
  "air stays in it [1].\n\nRoll it down all the way to the base before there is any contact. Afterwards hold it at the " +
  "base, pull out, wrap it in paper and put it into the bin. Take a new one each time [1].";
/** Long enough to read a caption. */
const READING_MS = 1_800;

/** A question, `kill -9` in the middle of the answer, a new start, and the answer. */
export async function filmCrash(browser: Browser, path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "helpline-film-"));
  const gemini = createFakeGemini({
    clock: systemClock,
    ...MODEL,
    respond: () => ANSWER,
    latency: () => ({ firstMs: 900, totalMs: 7_000 }),
  });
  const { baseUrl } = await gemini.start();
  const environment = {
    DATA_DIR: folder,
    HTTP_PORT: String(await freePort()),
    GEMINI_BASE_URL: baseUrl,
    GEMINI_API_KEY: MODEL.apiKey,
    GEMINI_MODEL: MODEL.model,
  };
  let bot = await startBot(environment);
  const page = await browser.newPage({ viewport: SIZE, reducedMotion: "reduce" });
  page.setDefaultTimeout(TIMEOUT_MS);
  await page.goto(`${bot.url}/chat?user=1001`);
  await page.getByRole("button", { name: "START" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("I have stopped").waitFor();

  const film = startFilm(page);
  await caption(page, "Somebody asks");
  await page.getByRole("textbox").pressSequentially(QUESTION, { delay: 30 });
  await page.keyboard.press("Enter");
  await page.getByText("with your fingers").waitFor();
  await sleep(READING_MS / 2);
  await caption(page, "$ kill -9 — in the middle of the answer");
  await bot.end("SIGKILL");
  await sleep(READING_MS);
  await caption(page, "$ npm start");
  bot = await startBot(environment);
  await page.getByText(/^Source/).waitFor();
  await caption(page, "The answer, once, and nothing lost");
  await sleep(READING_MS);
  await film.end(path);

  await page.close();
  await bot.end("SIGTERM");
  await gemini.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Shows a line above the page. Styles are set on the element, since the page allows no inline ones. */
async function caption(page: Page, text: string): Promise<void> {
  await page.locator("body").evaluate((body, line) => {
    const found = body.querySelector("#film-caption");
    const box = found ?? body.appendChild(body.ownerDocument.createElement("div"));
    box.id = "film-caption";
    box.textContent = line;
    Object.assign(box.style, {
      position: "fixed",
      inset: "0 0 auto 0",
      zIndex: "99",
      padding: "12px",
      background: "#16181d",
      color: "#ffffff",
      font: "600 15px sans-serif",
      textAlign: "center",
    });
  }, text);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
