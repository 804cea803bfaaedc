import { readFileSync } from "node:fs";
import { expect } from "chai";
import { systemClock } from "../../lib/core/index.ts";
import {
  createPerformanceMonitor,
  type KeptTrace,
  type PerformanceMonitor,
  type Snapshot,
} from "../../lib/performance/index.ts";
import { FIGURE_NAMES } from "../../lib/web/figures.ts";
import {
  type DashboardSources,
  registerDashboard,
  startWebServer,
  type WebServer,
} from "../../lib/web/index.ts";

const MINUTE_MS = 60_000;

interface FiguresAnswer {
  isLive: boolean;
  series: { at: number[]; columns: Record<string, (number | null)[]> };
  operations: { name: string; count: number; p95Ms: number }[];
}

describe("the dashboard", () => {
  let server: WebServer;
  let monitor: PerformanceMonitor;
  let warnings: string[];
  let stored: Snapshot[];
  let isDatabaseAway: boolean;
  let sources: DashboardSources;

  beforeEach(async () => {
    warnings = [];
    stored = [];
    isDatabaseAway = false;
    const logger = { error() {}, info() {}, debug() {}, warn: (message: string) => warnings.push(message) };
    monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 1_000, logger });
    sources = {
      monitor,
      async *snapshots() {
        if (isDatabaseAway) throw new Error("no server");
        yield* stored;
      },
      slowestTraces: () => (isDatabaseAway ? Promise.reject(new Error("no server")) : Promise.resolve([])),
      async gaps() {
        if (isDatabaseAway) throw new Error("no server");
        return { days: 30, unanswered: 7, groups: [], disliked: [], unread: ["en/hiv"] };
      },
      hasChat: true,
      problems: () => ["operators: the operators' chat cannot be written to (TELEGRAM_403)"],
      clock: systemClock,
      logger,
    };
    server = await startWebServer({
      host: "127.0.0.1",
      port: 0,
      clock: systemClock,
      register: (app) => registerDashboard(app, sources),
    });
  });

  afterEach(() => server.close());

  const figures = async (span: string) => {
    const response = await fetch(`${server.url}/dashboard/figures?span=${span}`);
    return { status: response.status, answer: (await response.json()) as FiguresAnswer };
  };

  it("serves what people asked and did not get, read once for all pages", async () => {
    const read = async () => (await fetch(`${server.url}/dashboard/gaps`)).json();
    expect(await read()).to.deep.equal({
      days: 30,
      unanswered: 7,
      groups: [],
      disliked: [],
      unread: ["en/hiv"],
    });
    isDatabaseAway = true;
    expect(await read()).to.include({ unanswered: 7 });
  });

  it("says that the gaps cannot be read while the database is away, and tries again", async () => {
    isDatabaseAway = true;
    expect((await fetch(`${server.url}/dashboard/gaps`)).status).to.equal(503);
    isDatabaseAway = false;
    expect((await fetch(`${server.url}/dashboard/gaps`)).status).to.equal(200);
  });

  /** The snapshot of a minute that was `ago` before now. */
  function minute(ago: number, durations: readonly number[], instance = "a"): Snapshot {
    const other = createPerformanceMonitor({ mode: "counts", slowOperationMs: 1_000, logger: silent() });
    for (const ms of durations) other.record("process_question", ms);
    other.gauge("inbox.waiting", () => durations.length);
    const fromMs = (Math.floor(Date.now() / MINUTE_MS) - ago) * MINUTE_MS;
    const toMs = fromMs + MINUTE_MS;
    return {
      id: `${instance} ${fromMs}`,
      instances: [instance],
      runStartedAtMs: 0,
      fromMs,
      toMs,
      ...other.present(),
    };
  }

  it("has data for every line of every chart", () => {
    const charts = readFileSync("lib/web/page/chart-definitions.js", "utf8");
    const columns = [...charts.matchAll(/\["[^"]+", "(\w+)", "\w+"\]/g)].map(([, column]) => column);
    expect(columns.length).to.be.above(20);
    expect(FIGURE_NAMES).to.include.members(columns);
  });

  it("loads nothing from other origins, has nothing inline, and is under 150 KB", async () => {
    const page = await fetch(server.url);
    expect(page.headers.get("content-security-policy")).to.match(/default-src 'none'; script-src 'self'/);
    const html = await page.text();
    expect(html).not.to.match(/https?:\/\/|<style|style=|onclick/);
    const files = [...html.matchAll(/(?:src|href)="(\/dashboard\/[^"]+)"/g)].map(([, path]) => path ?? "");
    const modules = ["chart-definitions", "charts", "format", "gaps", "instances", "traces"].map(
      (name) => `/dashboard/${name}.js`,
    );
    const paths = new Set([...files, ...modules]);
    let bytes = html.length;
    for (const path of paths) {
      const file = await fetch(`${server.url}${path}`);
      expect(file.status, path).to.equal(200);
      bytes += (await file.arrayBuffer()).byteLength;
    }
    expect(bytes).to.be.below(150_000);
  });

  it("does not send an unchanged file again", async () => {
    const first = await fetch(`${server.url}/dashboard/dashboard.js`);
    const etag = first.headers.get("etag") ?? "";
    const again = await fetch(first.url, { headers: { "if-none-match": etag } });
    expect(again.status).to.equal(304);
  });

  it("streams the current values and the health", async () => {
    const abort = new AbortController();
    const stream = await fetch(`${server.url}/dashboard/live`, { signal: abort.signal });
    expect(stream.headers.get("content-type")).to.equal("text/event-stream");
    expect(stream.headers.get("x-content-type-options")).to.equal("nosniff");
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk as Uint8Array);
      if (/data: .*\n\n/.test(text)) break;
    }
    abort.abort();
    const [, json = ""] = /data: (.*)\n\n/.exec(text) ?? [];
    const sample = JSON.parse(json) as Record<string, unknown>;
    expect(sample).to.deep.include({ hasChat: true });
    expect(sample.health).to.include({ state: "healthy" });
  });

  it("adds up the minutes of all processes", async () => {
    stored = [minute(3, [100, 200]), minute(3, [900], "b"), minute(2, [400])];
    const { answer } = await figures("1h");
    expect(answer.series.columns.questions).to.deep.equal([3, 1]);
    expect(answer.series.columns.answerP95?.[0]).to.be.closeTo(900, 9);
    expect(answer.series.columns.waiting).to.deep.equal([2, 1]);
    expect(answer.operations.find(({ name }) => name === "process_question")?.count).to.equal(4);
  });

  it("joins minutes into longer steps over a long span", async () => {
    stored = Array.from({ length: 60 }, (_, ago) => minute(60 - ago, [100]));
    const { answer } = await figures("24h");
    expect(answer.series.at.length).to.be.within(7, 9); // of 8 minutes each
    expect(Math.max(...(answer.series.columns.questions ?? []).map(Number))).to.equal(1);
  });

  it("shows all instances together and each, also in the last five minutes, where there are several", async () => {
    const read = async () =>
      (await (await fetch(`${server.url}/dashboard/instances`)).json()) as {
        instances: { name: string | null; figures: Record<string, number | null> }[];
      };
    stored = [minute(0, [100, 200], "a"), minute(0, [900], "b")];
    expect((await read()).instances).to.deep.equal([]);
    expect((await figures("5m")).answer).to.include({ isLive: true });
    sources.instance = "a";
    const { instances } = await read();
    expect(instances.map(({ name, figures: { questions } }) => [name, questions])).to.deep.equal([
      [null, 3],
      ["a", 2],
      ["b", 1],
    ]);
    const { answer } = await figures("5m");
    expect(answer).to.include({ isLive: false });
    expect(answer.series.columns.questions).to.deep.equal([3]);
    stored = stored.slice(1);
    expect((await read()).instances, "one left").to.deep.equal([]);
  });

  it("leaves out what no process measured, so that no line leads across it", async () => {
    stored = [minute(9, [100]), minute(8, [100]), minute(3, [100]), minute(2, [100])];
    const { answer } = await figures("1h");
    expect(answer.series.columns.questions).to.deep.equal([1, 1, null, 1, 1]);
    expect(answer.series.at).to.deep.equal(answer.series.at.toSorted((a, b) => a - b));
  });

  it("shows the last five minutes while the database is away, and an error for longer spans", async () => {
    isDatabaseAway = true;
    const recent = await figures("5m");
    expect(recent.status).to.equal(200);
    expect(recent.answer.series.at).to.have.length(1);
    const { status, answer } = await figures("1h");
    expect(status).to.equal(503);
    expect(answer).to.deep.equal({ error: "The database cannot be read now; the last 5 minutes can." });
    expect(warnings).to.deep.equal(["The dashboard cannot read the database"]);
    isDatabaseAway = false;
    expect((await figures("1h")).status).to.equal(200);
  });

  it("rejects unknown spans", async () => {
    expect((await figures("2y")).status).to.equal(400);
    expect((await fetch(`${server.url}/dashboard/traces?span=toString`)).status).to.equal(400);
  });

  it("shows the slowest traces with their parts", async () => {
    await monitor.trace("process_question", { update: 7 }, () =>
      monitor.measure("model.wait", () => systemClock.sleep(5)),
    );
    const response = await fetch(`${server.url}/dashboard/traces`);
    const { traces } = (await response.json()) as { traces: (KeptTrace & { parts: { part: string }[] })[] };
    expect(traces[0]?.operation).to.equal("process_question");
    expect(traces[0]?.parts[0]?.part).to.equal("model.wait");
    expect(traces[0]?.spans[0]?.name).to.equal("model.wait");
  });
});

function silent() {
  return { error() {}, info() {}, debug() {}, warn() {} };
}
