import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { filmCrash } from "./pictures/crash-film.ts";
import { seededRandom } from "./simulate/random.ts";
import { createSimulation } from "./simulate/simulation.ts";

/** Takes the README's pictures in a browser: the real bot in the sandbox, and its report. */

const PHONE = { width: 430, height: 960 };
/** A busy machine is slow. */
const TIMEOUT_MS = 120_000;
const QUESTION = "How do I put on a condom?";
/** The steps that the answer to it shows. */
const ALBUM_SIZE = 4;
/** A different question for each person, so that no answer comes from the cache. */
const questionOf = (person: number): string => `I am number ${person}. ${QUESTION}`;
/** The people who ask at the same time, for the report. */
const PEOPLE = 40;
/** The people who arrive one after another, for the dashboard. */
const VISITORS = 100;

async function startSandbox(dataFolder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const env = { PATH: process.env.PATH, DATA_DIR: dataFolder, HTTP_PORT: "0" };
  const bot = spawn(process.execPath, ["dist/lib/main.js"], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  while (!/http:\S+\/chat/.test(output)) {
    const [chunk] = (await once(bot.stdout, "data")) as [Buffer];
    output += chunk.toString();
  }
  return {
    url: /http:\S+\/chat/.exec(output)?.[0] ?? "",
    async stop() {
      const exited = once(bot, "exit");
      bot.kill("SIGTERM");
      await exited;
    },
  };
}

/** A question and its answer, on a phone. */
async function pictureOfChat(browser: Browser, url: string): Promise<void> {
  const page = await openChat(browser, url, 1001);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("I have stopped").waitFor();
  await page.getByRole("textbox").fill(QUESTION);
  await page.keyboard.press("Enter");
  await page.getByText(/^Source/).waitFor();
  await page.screenshot({ path: "docs/chat.png" });
}

/** A topic with an album, on a phone. */
async function pictureOfTopic(browser: Browser, url: string): Promise<void> {
  const page = await openChat(browser, url, 1003);
  for (const name of ["📚 Topics", "💊 Contraception", "Condoms", QUESTION]) {
    await page.getByRole("button", { name }).last().click();
  }
  await page.getByText("all the way to the base").waitFor();
  await loadAlbum(page);
  await page.screenshot({ path: "docs/topic.png" });
}

/** Waits until each picture of the album has arrived and can be drawn. */
async function loadAlbum(page: Page): Promise<void> {
  const pictures = page.locator(".album img");
  await pictures.nth(ALBUM_SIZE - 1).waitFor();
  await pictures.evaluateAll((images) =>
    Promise.all((images as unknown as { decode(): Promise<void> }[]).map((image) => image.decode())),
  );
}

async function openChat(browser: Browser, url: string, user: number): Promise<Page> {
  const page = await browser.newPage({ viewport: PHONE, reducedMotion: "reduce" });
  page.setDefaultTimeout(TIMEOUT_MS);
  await page.goto(`${url}?user=${user}`);
  await page.getByRole("button", { name: "START" }).click();
  await page.getByText("Which language").waitFor();
  return page;
}

/** A crowd, with a model as slow as a real one. */
async function pictureOfReport(browser: Browser): Promise<void> {
  const random = seededRandom(1);
  const simulation = await createSimulation({
    latency: () => ({ firstMs: 400, totalMs: 1_000 + random() * 2_000 }),
  });
  const { telegram } = simulation;
  const bot = await simulation.startBot();
  for (let person = 1; person <= PEOPLE; person += 1) {
    await telegram.sendText({ userId: person, firstName: `P${person}` }, questionOf(person));
  }
  for (let person = 1; person <= PEOPLE; person += 1) {
    await telegram.waitFor(() => simulation.botTexts(person).length > 0);
  }
  await bot.end("SIGTERM");
  const env = { ...process.env, DATA_DIR: simulation.dataFolder };
  const report = execFileSync(process.execPath, ["--import", "tsx", "scripts/stats.ts"], {
    env,
    encoding: "utf8",
  });
  await simulation.close();
  const page = await browser.newPage({ viewport: { width: 760, height: 460 } });
  await page.setContent(`<body style="margin:0;background:#16181d;color:#d8dee9"><pre id="report"
    style="margin:0;padding:20px;font:14px/1.35 'DejaVu Sans Mono',monospace;display:inline-block"></pre></body>`);
  await page.locator("#report").evaluate((pre, text) => {
    pre.textContent = `$ npm run stats\n\n${text}`;
  }, report);
  await page.locator("#report").screenshot({ path: "docs/stats.png" });
}

/** The dashboard after a minute of people who arrive one after another. */
async function pictureOfDashboard(browser: Browser): Promise<void> {
  const random = seededRandom(2);
  const simulation = await createSimulation({
    latency: () => ({ firstMs: 400, totalMs: 1_500 + random() * 7_000 }),
  });
  const bot = await simulation.startBot();
  for (let person = 1; person <= VISITORS; person += 1) {
    await simulation.telegram.sendText({ userId: person, firstName: `P${person}` }, questionOf(person));
    await sleep(random() * 1_200);
  }
  const page = await browser.newPage({ viewport: { width: 1280, height: 1150 } });
  page.setDefaultTimeout(TIMEOUT_MS);
  await page.goto(bot.url);
  await page.locator("#live", { hasText: /^live$/ }).waitFor();
  await page.locator(".trace").first().waitFor();
  await page.screenshot({ path: "docs/dashboard.png" });
  await bot.end("SIGTERM");
  await simulation.close();
}

const dataFolder = await mkdtemp(join(tmpdir(), "helpline-pictures-"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
await filmCrash(browser, "docs/crash.gif");
const bot = await startSandbox(dataFolder);
await pictureOfChat(browser, bot.url);
await pictureOfTopic(browser, bot.url);
await bot.stop();
await pictureOfReport(browser);
await pictureOfDashboard(browser);
await browser.close();
await rm(dataFolder, { recursive: true, force: true });
