import { existsSync } from "node:fs";
import Fastify from "fastify";
import { type Browser, chromium, type Page } from "playwright-core";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import { createSandboxTelegram, registerChatPage, type SandboxTelegram } from "../../lib/sandbox/index.ts";

const TOKEN = "123456:browser-token";
const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
/** A browser without background requests, sandbox and GPU. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a browser; prints why and returns null where none is installed. */
export async function openBrowser(): Promise<Browser | null> {
  if (existsSync(CHROMIUM)) return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  process.stdout.write(`  Browser tests skipped: no Chromium at ${CHROMIUM} (set CHROMIUM_PATH).\n`);
  return null;
}

/** Calls the Bot API as a bot does. @throws when it answers with an error. */
export type CallApi = (method: string, params?: object) => Promise<Record<string, unknown>>;

/** What a scripted bot does with an update. */
export type Script = (update: Update, call: CallApi) => Promise<unknown>;

export interface Update {
  update_id: number;
  message?: { text: string; message_id: number; chat: { id: number }; from: { first_name: string } };
  callback_query?: { id: string; data: string; from: { id: number } };
}

export interface Site {
  telegram: SandboxTelegram;
  /** The chat page's address. */
  url: string;
  call: CallApi;
  /** Starts a bot that polls over HTTP, like a real one, until the site is closed. */
  runBot(script: Script): void;
  close(): Promise<void>;
}

/** Starts the simulated Telegram and its page over HTTP. */
export async function openSite(port = 0, telegram = newTelegram()): Promise<Site> {
  const { apiRoot } = await telegram.start();
  const app = Fastify();
  registerChatPage(app, telegram);
  const address = await app.listen({ host: "127.0.0.1", port });
  const stopped = new AbortController();
  const bots: Promise<void>[] = [];
  const call = caller(apiRoot, stopped.signal);
  return {
    telegram,
    url: `${address}/chat`,
    call,
    runBot: (script) => void bots.push(poll(call, script, stopped.signal)),
    async close() {
      stopped.abort();
      await Promise.all(bots);
      await app.close();
      await telegram.stop();
    },
  };
}

function newTelegram(): SandboxTelegram {
  return createSandboxTelegram({ token: TOKEN, clock: systemClock, logger: silentLogger });
}

function caller(apiRoot: string, signal: AbortSignal): CallApi {
  return async (method, params = {}) => {
    const response = await fetch(`${apiRoot}/bot${TOKEN}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(params),
      signal,
    });
    const answer = (await response.json()) as { ok: boolean; result: never; description: string };
    if (!answer.ok) throw new Error(`${method}: ${answer.description}`);
    return answer.result;
  };
}

async function poll(call: CallApi, script: Script, signal: AbortSignal): Promise<void> {
  let offset = 0;
  while (!signal.aborted) {
    try {
      const updates = (await call("getUpdates", { offset, timeout: 30 })) as unknown as Update[];
      for (const update of updates) {
        offset = update.update_id + 1;
        await script(update, call);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Opens the page as a person, and collects errors of the browser. */
export async function openChat(
  browser: Browser,
  site: Site,
  { user, chat, width = 1000 }: { user?: number; chat?: number; width?: number } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 700 } });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => {
    const isOwn = request.url().startsWith(new URL(site.url).origin) || /^(?:data|blob):/.test(request.url());
    if (!isOwn) {
      complaints.push(`asked for ${request.url()}`);
    }
  });
  const address = new URL(site.url);
  if (user !== undefined) address.searchParams.set("user", String(user));
  if (chat !== undefined) address.searchParams.set("chat", String(chat));
  await page.goto(address.href);
  return { page, complaints };
}

/**
 * Waits until an expression is true in the page. Playwright's `waitForFunction` calls `eval` each time it looks, which
 * the page's Content-Security-Policy refuses after the first time.
 */
export async function waitUntil(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve() : requestAnimationFrame(look));
    look();
  })`);
}
