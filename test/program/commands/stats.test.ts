import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createSimulation, type Simulation } from "../../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../../support/few-pages.ts";
import { type BuiltCommand, buildCommand } from "../../support/program/built-command.ts";
import { report } from "../../support/program/report.ts";

/** The durations in a trace's line of parts, in milliseconds. */
function partsOf(trace: string): number[] {
  const parts = (trace.split("\n")[1] ?? "").matchAll(/ ([\d.]+) (ms|s)(?=,|$)/g);
  return [...parts].map(([, time, unit]) => Number(time) * (unit === "s" ? 1000 : 1));
}

/** The name of a trace's longest call; on a busy machine any call may take long enough to be shown. */
function longestCall(trace: string): string | undefined {
  const calls = [...trace.matchAll(/^ {2}(\S+) +([\d.]+) (ms|s) {2}/gm)];
  const msOf = ([, , time = "", unit]: readonly string[]): number => Number(time) * (unit === "s" ? 1000 : 1);
  return calls.toSorted((one, other) => msOf(other) - msOf(one))[0]?.[1];
}

describe("npm run stats", () => {
  let command: BuiltCommand;

  before(async () => {
    command = await buildCommand("stats");
  });
  after(() => command.remove());

  describe("of a bot with slow answers", () => {
    let simulation: Simulation;
    let log: string;
    const reported = (...args: string[]): Promise<string> => report(args, simulation.dataFolder);

    before(async () => {
      simulation = await createSimulation({
        isPlain: true,
        pages: FEW_PAGES,
        latency: ({ question }) => ({ firstMs: 100, totalMs: question === "slow?" ? 6_000 : 200 }),
      });
      const bot = await simulation.startBot({ GEMINI_MAX_CONCURRENT: "1" });
      for (const [userId, text] of [
        [1, "slow?"],
        [2, "quick?"],
      ] as const) {
        await simulation.telegram.sendText({ userId, firstName: "P" }, text);
        await simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
      }
      for (const userId of [1, 2]) {
        await simulation.telegram.waitFor(() => simulation.botTexts(userId).length > 0);
      }
      simulation.telegram.faults.order({
        kind: "too-many-requests",
        // Longer than the start's slow calls on a busy machine, of which only 20 are kept. The pause that is measured
        // begins a little after Telegram's answer, so it is shorter.
        retryAfterSeconds: 6,
        method: "sendMessage",
        chatId: 3,
      });
      await simulation.telegram.sendText({ userId: 3, firstName: "P" }, "/help");
      await simulation.telegram.waitFor(() => simulation.botTexts(3).length > 0);
      await bot.end("SIGTERM");
      log = bot.output();
    });
    after(() => simulation.close());

    it("reports in plain text where it is piped, within 80 columns", async () => {
      const { code, output } = await command.run([], { DATA_DIR: simulation.dataFolder });
      expect(code).to.equal(0);
      expect(output).to.match(/^Helpline \d{4}-/);
      expect(output).to.match(/process_question +2 /);
      expect(output).to.match(/Answer p95 +\d/);
      expect(output).not.to.include("\u001b");
      expect(Math.max(...output.split("\n").map((line) => line.length))).to.be.at.most(80);
    });

    it("shows the slowest traces with their largest part: the model, or the wait for a slot at it", async () => {
      const output = await reported("--slow", "--operation", "process_question");
      const traces = output.split("\n\n");
      expect(traces[0]).to.match(/^process_question \d/);
      const slow = traces.find((trace) => longestCall(trace) === "model");
      expect(slow, output).to.match(/^process_question[^\n]+\n {2}[^\n]*\bmodel \d/);
      const parts = partsOf(slow ?? "");
      expect(parts, output).to.not.be.empty;
      expect(parts).to.deep.equal(parts.toSorted((one, other) => other - one));
      const waited = traces.find((trace) => longestCall(trace) === "model.wait");
      expect(waited, output).to.match(
        /^process_question[^\n]+update \d+, chat \w+\n {2}[^\n]*\bmodel\.wait \d/,
      );
    });

    it("names a 429 of Telegram as the cause of a wait, like the log", async () => {
      expect(log).to.match(/Slow operation detected: outbox\.pause took (?:[5-9]|\d\d)\d{3} ms/);
      expect(await reported("--slow", "--operation", "outbox.pause")).to.match(/^outbox\.pause \d+\.\d+ s/);
    });

    it("prints JSON and CSV with what is measured automatically", async () => {
      const data = JSON.parse(await reported("--json", "--last-run")) as {
        operations: { name: string }[];
        gauges: { name: string; max: number }[];
        counters: { name: string; total: number }[];
      };
      const names = data.operations.map(({ name }) => name);
      expect(names).to.include.members([
        "event_loop.delay",
        "model.first_text",
        "mailbox.wait",
        "mongodb.pool.wait",
        "mongodb.find.people",
        "mongodb.insert.updates",
        "telegram.sendMessage",
      ]);
      expect(data.gauges.map(({ name }) => name)).to.include.members([
        "model.limit",
        "inbox.oldest_ms",
        "people.active",
        "process.heap_used_bytes",
      ]);
      expect(data.counters.find(({ name }) => name === "model.tokens.output")?.total).to.be.above(0);
      expect(await reported("--csv")).to.match(/^operation,count/);
    });

    it("compares spans, and reports a span in the past", async () => {
      expect(await reported("--compare", "yesterday")).to.match(/same span yesterday/);
      expect(await reported("--compare", "yesterday", "--json")).to.equal("null\n");
      expect(await reported("--from", "2020-01-01", "--to", "2020-01-02")).to.match(/^Nothing is recorded/);
    });
  });

  it("says that nothing is recorded where no bot ever ran, and creates no files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helpline-"));
    const outcome = await command.run([], { DATA_DIR: join(folder, "none") });
    expect(outcome).to.include({ code: 0, errors: "" });
    expect(outcome.output).to.match(/^Nothing is recorded yet\./);
    await rm(folder, { recursive: true });
  });

  it("says in one line that no database answers, and does not wait the driver's 30 s", async () => {
    // It accepts connections and never answers.
    let askedAtMs = Number.NaN;
    const mute = createServer().listen(0, "127.0.0.1");
    mute.once("connection", () => {
      askedAtMs = performance.now(); // not before: a busy machine may take any time to start Node
    });
    await once(mute, "listening");
    const { port } = mute.address() as { port: number };
    const { code, output, errors } = await command.run([], { MONGODB_URI: `mongodb://127.0.0.1:${port}` });
    expect(code).to.equal(1);
    expect(output).to.equal("");
    expect(errors).to.match(/^No MongoDB answers at [^\n]+\n$/);
    expect(performance.now() - askedAtMs).to.be.below(30_000);
    mute.close();
  });

  it("exits with code 2 and the usage for a wrong option", async () => {
    const { code, output, errors } = await command.run(["--since", "soon"], {});
    expect(code).to.equal(2);
    expect(output).to.equal("");
    expect(errors).to.match(/^error: [\s\S]+Usage: npm run stats/);
  });
});
