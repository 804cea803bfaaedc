import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { type App, createApp } from "../../lib/app.ts";
import { readConfig } from "../../lib/config/index.ts";
import { hashed, type Logger, silentLogger, systemClock } from "../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

interface ShownTrace {
  operation: string;
  fields: Record<string, string | number>;
  parts: { part: string; ms: number }[];
}

/** A person's private chat has the person's id. */
const person = (userId: number) => ({ userId, firstName: "P" });
const chatOf = (userId: number): string => hashed(`chat:${userId}`);
/** A small picture; what follows it is not looked at. */
const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082",
  "hex",
);

describe("a slow cause, provoked in the sandbox, is named by the log, the dashboard and npm run stats", function () {
  this.timeout(60_000);
  let simulation: Simulation;
  let database: EmbeddedMongo;
  let wire: TcpProxy;
  let telegramWire: TcpProxy;
  let app: App;
  let url: string;
  let settings: Record<string, string>;
  const warnings: { message: string; chat: unknown }[] = [];
  let noteWarning = (): void => {};
  const latencies = new Map<string, number>();

  before(async () => {
    simulation = await createSimulation({
      isPlain: true,
      latency: ({ question }) => ({ firstMs: 10, totalMs: latencies.get(question) ?? 20 }),
    });
    database = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    wire = await startTcpProxy(database.port);
    const { port, pathname } = new URL(simulation.apiRoot);
    telegramWire = await startTcpProxy(Number(port));
    settings = {
      ...simulation.environment(),
      TELEGRAM_API_ROOT: `http://127.0.0.1:${telegramWire.port}${pathname === "/" ? "" : pathname}`,
      MONGODB_URI: `mongodb://127.0.0.1:${wire.port}/?directConnection=true`,
      GEMINI_MAX_CONCURRENT: "1",
      MAX_CONCURRENT_CHATS: "500",
      SLOW_OPERATION_MS: "300",
      SLOW_ANSWER_MS: "500",
    };
    const logger: Logger = {
      ...silentLogger,
      warn(message, fields) {
        warnings.push({ message, chat: fields?.chat });
        noteWarning();
      },
    };
    const onFatal = (error: unknown): never => {
      throw error;
    };
    app = createApp(readConfig(settings), { clock: systemClock, logger, random: Math.random, onFatal });
    ({ url } = await app.start());
  });

  after(async () => {
    wire.delayAnswers(0);
    await app.stop();
    await simulation.close();
    await telegramWire.cut();
    await wire.cut();
    await database.close();
  });

  /** Resolves with the slow-operation line of an operation, of one chat where it is given. */
  function warned(operation: string, userId?: number): Promise<string> {
    const chat = userId === undefined ? undefined : chatOf(userId);
    const find = () =>
      warnings.find(
        (warning) =>
          warning.message.startsWith(`Slow operation detected: ${operation} took`) && warning.chat === chat,
      );
    return new Promise((resolve) => {
      noteWarning = () => {
        const found = find();
        if (found) resolve(found.message);
      };
      noteWarning();
    });
  }

  async function onDashboard(operation: string, userId?: number): Promise<ShownTrace | undefined> {
    const { traces } = (await (await fetch(`${url}/dashboard/traces?span=5m`)).json()) as {
      traces: ShownTrace[];
    };
    return traces.find(
      (trace) =>
        trace.operation === operation && (userId === undefined || trace.fields.chat === chatOf(userId)),
    );
  }

  const largest = (trace: ShownTrace | undefined): string | undefined => trace?.parts[0]?.part;
  const namedFirst = (part: string): RegExp => new RegExp(`took \\d+ ms \\(${part.replace(".", "\\.")} \\d`);

  // The log tells of an operation at most once a second, so that each of these takes longer than that.
  it("Gemini slow", async () => {
    latencies.set("slow?", 1_200);
    await simulation.telegram.sendText(person(1), "slow?");
    expect(await warned("process_question", 1)).to.match(namedFirst("gemini"));
    expect(largest(await onDashboard("process_question", 1))).to.equal("gemini");
  });

  it("no slot at Gemini", async () => {
    latencies.set("first?", 1_500).set("second?", 1_100);
    await simulation.telegram.sendText(person(2), "first?");
    await simulation.gemini.waitUntil(({ inFlight }) => inFlight === 1);
    await simulation.telegram.sendText(person(3), "second?");
    expect(await warned("process_question", 3)).to.match(namedFirst("gemini.wait"));
    expect(largest(await onDashboard("process_question", 3))).to.equal("gemini.wait");
  });

  it("the event loop blocked", async () => {
    latencies.set("blocked?", 300);
    await simulation.telegram.sendText(person(4), "blocked?");
    await simulation.gemini.waitUntil(({ inFlight }) => inFlight === 1);
    const endMs = performance.now() + 1_000;
    while (performance.now() < endMs); // nothing else runs meanwhile
    expect(await warned("process_question", 4)).to.match(namedFirst("event_loop.blocked"));
    expect(largest(await onDashboard("process_question", 4))).to.equal("event_loop.blocked");
  });

  it("the database slow", async () => {
    wire.delayAnswers(200);
    await simulation.telegram.sendText(person(5), "/help");
    expect(await warned("process_command", 5)).to.match(namedFirst("mongo"));
    wire.delayAnswers(0);
    expect(largest(await onDashboard("process_command", 5))).to.equal("mongo");
  });

  it("a big file of a person", async () => {
    telegramWire.limitAnswers(2_000_000);
    const content = Buffer.concat([PNG, Buffer.alloc(3_000_000)]);
    await simulation.telegram.sendFiles(person(7), [{ kind: "photo", content, caption: "What is it?" }]);
    expect(await warned("process_media", 7)).to.match(namedFirst("file.write"));
    telegramWire.limitAnswers(Number.POSITIVE_INFINITY);
    expect(largest(await onDashboard("process_media", 7))).to.equal("file.write");
  });

  it("Telegram asking to wait", async () => {
    simulation.telegram.faults.order({
      kind: "too-many-requests",
      retryAfterSeconds: 1,
      method: "sendMessage",
      chatId: 6,
    });
    await simulation.telegram.sendText(person(6), "/help");
    expect(await warned("outbox.pause")).to.match(/^Slow operation detected: outbox.pause took/);
    expect(await onDashboard("outbox.pause")).not.to.equal(undefined);
  });

  it("and each of them by npm run stats -- --slow, once the bot has stopped", async () => {
    await app.stop();
    const output = await statsOfSlow();
    const firstParts = new Map(
      output.split("\n\n").map((trace): [string, string] => {
        const [head = "", parts = ""] = trace.split("\n");
        return [/chat (\w+)/.exec(head)?.[1] ?? head.split(" ")[0] ?? "", parts.trim().split(" ")[0] ?? ""];
      }),
    );
    expect(firstParts.get(chatOf(1)), output).to.equal("gemini");
    expect(firstParts.get(chatOf(3)), output).to.equal("gemini.wait");
    expect(firstParts.get(chatOf(4)), output).to.equal("event_loop.blocked");
    expect(firstParts.get(chatOf(5)), output).to.equal("mongo");
    expect(firstParts.get(chatOf(7)), output).to.equal("file.write");
    expect(firstParts.has("outbox.pause"), output).to.equal(true);
  });

  async function statsOfSlow(): Promise<string> {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/stats.ts", "--slow", "--all"], {
      env: { PATH: process.env.PATH ?? "", ...settings },
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(0);
    return output;
  }
});
