import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { silentLogger, systemClock } from "../../lib/core/index.ts";
import {
  createPerformanceMonitor,
  type PerformanceMonitor,
  type Snapshot,
} from "../../lib/performance/index.ts";
import { registerDashboard, startWebServer, type WebServer } from "../../lib/web/index.ts";
import { openBrowser } from "./support.ts";

describe("the dashboard page", () => {
  let browser: Browser | null = null;
  let server: WebServer;
  let monitor: PerformanceMonitor;
  let page: Page;
  let complaints: string[];
  let problems: string[];
  let isDatabaseAway: boolean;
  let stored: Snapshot[];

  before(async function () {
    browser = await openBrowser();
    if (!browser) this.skip();
  });

  beforeEach(async () => {
    complaints = [];
    isDatabaseAway = false;
    problems = [];
    stored = [];
    monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 1_000, logger: silentLogger });
    server = await serve();
  });

  afterEach(async () => {
    await page.close();
    await server.close();
    expect(complaints, "what the browser complained about").to.deep.equal([]);
  });

  after(() => browser?.close());

  function serve(port = 0): Promise<WebServer> {
    const snapshots = async function* () {
      if (isDatabaseAway) throw new Error("no server");
      yield* stored;
    };
    return startWebServer({
      host: "127.0.0.1",
      port,
      clock: systemClock,
      register: (app) =>
        registerDashboard(app, {
          monitor,
          snapshots,
          slowestTraces: () => Promise.resolve([]),
          gaps: () => Promise.resolve({ days: 30, unanswered: 0, groups: [], disliked: [], unread: [] }),
          hasChat: true,
          problems: () => problems,
          clock: systemClock,
          logger: silentLogger,
        }),
    });
  }

  async function open({ width = 1200, dark = false } = {}): Promise<void> {
    page = await (browser as Browser).newPage({
      viewport: { width, height: 800 },
      colorScheme: dark ? "dark" : "light",
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("503")) complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(server.url)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(server.url);
    await page.locator("#live", { hasText: /^live$/ }).waitFor();
  }

  const askQuestion = () =>
    monitor.trace("process_question", { update: 7 }, async () => {
      await monitor.measure("model.wait", () => systemClock.sleep(20));
      await monitor.measure("model", () => systemClock.sleep(10));
    });

  async function snapshotOfOneQuestion(): Promise<Snapshot> {
    await askQuestion();
    const fromMs = Date.now() - 10 * 24 * 3_600_000;
    const span = { runStartedAtMs: fromMs, fromMs, toMs: fromMs + 60_000 };
    return { id: "a", instances: ["a"], ...span, ...monitor.nextWindow() };
  }

  /** Pixels of the first chart in the colours of lines, which the grid and the labels do not have. */
  function coloredPixels(): Promise<number> {
    return page.evaluate(`(() => {
      const canvas = document.querySelector(".chart canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let colored = 0;
      for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue, alpha] = data.slice(at, at + 4);
        if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 80) colored += 1;
      }
      return colored;
    })()`);
  }

  it("shows the health and the present values, and links to the chat", async () => {
    await open();
    await page.getByRole("status").getByText("Healthy").waitFor();
    await page.getByText("Model slots").first().waitFor();
    expect(await page.getByRole("link", { name: "Try the chat" }).getAttribute("href")).to.equal("/chat");
    expect(await page.locator(".uplot canvas").count()).to.equal(10);
  });

  it("shows that operators are not reached and messages not sent, and that it is over", async () => {
    await open();
    expect(await page.locator("#problems").isVisible()).to.equal(false);
    problems = ["operators: the operators' chat cannot be written to", "outbox: messages given up: 2"];
    await page.locator("#problems li", { hasText: "given up: 2" }).waitFor();
    expect(await page.locator("#problems li").count()).to.equal(2);
    problems = [];
    await page.locator("#problems").waitFor({ state: "hidden" });
  });

  it("shows what happens while it is open", async () => {
    await open();
    const questions = page.locator("#tiles div", { hasText: "Questions" }).locator("dd").first();
    expect(await questions.textContent()).to.equal("0");
    await askQuestion();
    await page.locator(".keys", { hasText: /p50 [1-9]/ }).waitFor();
    expect(await questions.textContent()).not.to.equal("0");
  });

  it("names the largest part of a slow trace, and opens it as a waterfall with the keyboard alone", async () => {
    await askQuestion();
    await open();
    const trace = page.getByRole("button", { name: /process_question/ });
    await trace.waitFor();
    expect(await trace.locator(".mostly").textContent()).to.match(/^model(\.wait)? \d/);
    await trace.focus();
    await page.keyboard.press("Enter");
    await page.getByText("update 7").waitFor();
    const calls = await page.locator(".waterfall tbody th").allTextContents();
    expect(calls).to.deep.equal(["model.wait", "model"]);
    expect(await trace.getAttribute("aria-expanded")).to.equal("true");
    await page.keyboard.press("Enter");
    expect(await page.locator(".waterfall").isVisible()).to.equal(false);
  });

  it("gives each chart a description and a table", async () => {
    await askQuestion();
    await open();
    const chart = page.locator(".chart", { hasText: "Response time" });
    await page.locator(".keys", { hasText: /p50 [1-9]/ }).waitFor();
    expect(await chart.getByRole("img").getAttribute("aria-label")).to.match(
      /^Chart of Response time\. Latest: p50 /,
    );
    await chart.getByText("Table").click();
    await chart.getByRole("columnheader", { name: "p95" }).waitFor();
    expect(await chart.locator("tbody tr").count()).to.be.above(0);
  });

  it("says that a span is empty instead of drawing axes for it, and draws a single value as a point", async () => {
    await open();
    const chart = page.locator(".chart", { hasText: "Response time" });
    await chart.getByText("Nothing in this span").waitFor();
    expect(await chart.locator(".uplot").isVisible()).to.equal(false);
    stored = [await snapshotOfOneQuestion()];
    await page.getByRole("radio", { name: "30 days" }).check();
    await chart.getByText("Nothing in this span").waitFor({ state: "hidden" });
    expect(await coloredPixels()).to.be.within(20, 400);
  });

  it("leaves no hole in the last row of charts, with and without those that are there at times", async () => {
    const edges = () =>
      page.evaluate(`(() => {
        const last = new Map();
        for (const chart of document.querySelectorAll(".chart:not([hidden])")) {
          const { top, right } = chart.getBoundingClientRect();
          last.set(Math.round(top), Math.round(right));
        }
        return [...last.values()].map((right) => right - Math.round(document.querySelector("main").getBoundingClientRect().right));
      })()`) as Promise<number[]>;
    await open();
    for (const width of [1280, 1000, 700]) {
      await page.setViewportSize({ width, height: 800 });
      expect(new Set(await edges()), `${width} pixels wide`).to.deep.equal(new Set([0]));
    }
    monitor.count("file.bytes.read", 12_000);
    await page.locator(".chart", { hasText: "Files" }).waitFor();
    for (const width of [1280, 1000, 700]) {
      await page.setViewportSize({ width, height: 800 });
      expect(new Set(await edges()), `${width} pixels wide, with files`).to.deep.equal(new Set([0]));
    }
  });

  it("changes the span with the arrow keys, and says when the database is unavailable", async () => {
    await open();
    isDatabaseAway = true;
    await page.getByRole("radio", { name: "5 minutes" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("alert").getByText("The database cannot be read now").waitFor();
    isDatabaseAway = false;
    problems = [];
    await page.keyboard.press("ArrowRight");
    await page.getByRole("alert").waitFor({ state: "hidden" });
    expect(new URL(page.url()).hash).to.equal("#6h");
    await page.reload();
    expect(await page.getByRole("radio", { name: "6 hours" }).isChecked()).to.equal(true);
  });

  for (const dark of [false, true]) {
    it(`fits a phone${dark ? ", in the dark too" : ""}`, async () => {
      await askQuestion();
      await open({ width: 375, dark });
      expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(375);
      const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(background).to.equal(dark ? "rgb(16, 21, 27)" : "rgb(244, 246, 249)");
    });
  }

  it("says that the connection is lost, and reconnects", async () => {
    await open();
    const { port } = new URL(server.url);
    await page.context().setOffline(true);
    await server.close();
    await page.locator("#live", { hasText: "connection lost" }).waitFor();
    server = await serve(Number(port));
    await page.context().setOffline(false);
    await page.locator("#live", { hasText: /^live$/ }).waitFor();
    complaints = complaints.filter((complaint) => !/ERR_|Failed to load/.test(complaint));
  });
});
