import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { type App, createApp } from "../../lib/app/app.ts";
import { readConfig } from "../../lib/config/index.ts";
import {
  createPseudonyms,
  type Logger,
  type Pseudonym,
  silentLogger,
  systemClock,
} from "../../lib/core/index.ts";
import { type EmbeddedMongo, startEmbeddedMongo } from "../../lib/embedded-mongo/index.ts";
import { installationSecret } from "../../lib/store/collections/instances/installation.ts";
import { LEARNT_FOLDER } from "../../scripts/build/bundle.js";
import { createSimulation, type Simulation } from "../../scripts/simulate/simulation.ts";
import { FEW_PAGES } from "../support/few-pages.ts";
import { startTcpProxy, type TcpProxy, throughProxy } from "../support/servers/tcp-proxy.ts";

interface ShownTrace {
  operation: string;
  fields: Record<string, string | number>;
  parts: { part: string; ms: number }[];
}

interface Warning {
  message: string;
  chat: unknown;
}

/** The id of a person is that of their private chat as well. */
const person = (userId: number) => ({ userId, firstName: "P" });
/** A press of a button of an older message. */
function pressOf(userId: number, data: string): Record<string, unknown> {
  const from = { id: userId, is_bot: false, first_name: "P" };
  const message = { message_id: 1, date: 1, chat: { id: userId, type: "private", first_name: "P" } };
  return { callback_query: { id: `${userId}`, from, chat_instance: "1", data, message } };
}
/** A small picture; bytes after its end are ignored. */
const PNG = Buffer.from(
  "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082",
  "hex",
);

/** Padding that makes a picture a large file. */
const BIG = Buffer.alloc(3_000_000);
/** Bytes a second: such a file takes 5 s, far longer than all else does even on a busy machine. */
const SLOW_LINK = 600_000;

describe("a slow cause, provoked in the sandbox, is named by the log, the dashboard and npm run stats", () => {
  let simulation: Simulation;
  let database: EmbeddedMongo;
  let wire: TcpProxy;
  let telegramWire: TcpProxy;
  let settings: Record<string, string>;
  let app: App;
  let pseudonym: Pseudonym;
  let url: string;
  let warnings: Warning[] = [];
  let noteWarning = (): void => {};
  const latencies = new Map<string, number>();
  let isReading = true;
  /** The largest parts that the log named, by chat or, where there is none, by operation. */
  const named = new Map<string, string>();

  before(async () => {
    simulation = await createSimulation({
      isPlain: true,
      pages: FEW_PAGES,
      latency: ({ question }) => ({ firstMs: 10, totalMs: latencies.get(question) ?? 20 }),
    });
    database = await startEmbeddedMongo({ clock: systemClock, logger: silentLogger });
    wire = await startTcpProxy(database.port);
    const { port, pathname } = new URL(simulation.apiRoot);
    telegramWire = await startTcpProxy(Number(port));
    const mediaFolder = join(simulation.dataFolder, "media");
    await cp("media", mediaFolder, { recursive: true, dereference: true });
    await appendFile(join(mediaFolder, "clinic/tests.jpg"), BIG);
    settings = {
      ...simulation.environment(),
      TELEGRAM_API_ROOT: `http://127.0.0.1:${telegramWire.port}${pathname === "/" ? "" : pathname}`,
      MONGODB_URI: throughProxy(database.uri, wire.port),
      MEDIA_DIR: mediaFolder,
      GEMINI_MAX_CONCURRENT: "1",
      MAX_CONCURRENT_CHATS: "500",
      SLOW_OPERATION_MS: "300",
      SLOW_ANSWER_MS: "500",
    };
    await startBot();
    const client = await MongoClient.connect(database.uri);
    pseudonym = createPseudonyms(await installationSecret(client.db("helpline")));
    await client.close();
  });

  after(async () => {
    wire.delayAnswers(0);
    await app.stop();
    await simulation.close();
    await telegramWire.cut();
    await wire.cut();
    await database.close();
  });

  beforeEach(() => {
    warnings = [];
  });

  async function startBot(overrides: Record<string, string> = {}): Promise<void> {
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
    const config = readConfig({ ...settings, ...overrides });
    app = createApp(config, {
      clock: systemClock,
      logger,
      random: Math.random,
      learntFolder: LEARNT_FOLDER,
      onFatal,
    });
    ({ url } = await app.start());
  }

  /** Resolves with the slow-operation log line of an operation; of one chat if it is given. */
  function warned(operation: string, chat?: string): Promise<Warning> {
    const find = () =>
      warnings.find(
        (warning) =>
          warning.message.startsWith(`Slow operation detected: ${operation} took`) &&
          (chat === undefined || warning.chat === chat),
      );
    return new Promise((resolve) => {
      noteWarning = () => {
        const found = find();
        if (found) resolve(found);
      };
      noteWarning();
    });
  }

  async function onDashboard(operation: string, chat?: unknown): Promise<ShownTrace | undefined> {
    const { traces } = (await (await fetch(`${url}/dashboard/traces?span=5m`)).json()) as {
      traces: ShownTrace[];
    };
    return traces.find((trace) => trace.operation === operation && trace.fields.chat === chat);
  }

  /** Keeps the database busy, like an open dashboard, until it is stopped. */
  async function keepReading(): Promise<void> {
    while (isReading) await (await fetch(`${url}/dashboard/traces?span=5m`)).text();
  }

  /** Waits until the log names this part as the largest; then the dashboard must too, and later npm run stats. */
  async function expectLargest(part: string, operation: string, userId?: number): Promise<void> {
    const { message, chat } = await warned(
      operation,
      userId === undefined ? undefined : pseudonym(`chat:${userId}`),
    );
    expect(message).to.match(new RegExp(`took \\d+ ms \\(${part.replace(".", "\\.")} \\d`));
    const shown = await onDashboard(operation, chat);
    expect(shown?.parts[0]?.part).to.equal(part);
    named.set(typeof chat === "string" ? chat : operation, part);
  }

  // The log reports an operation at most once a second, so each of these takes longer.
  it("Gemini slow", async () => {
    latencies.set("slow?", 6_000); // longer than the start takes on a busy machine
    await simulation.telegram.sendText(person(1), "slow?");
    await expectLargest("model", "process_question", 1);
  });

  it("no slot at Gemini", async () => {
    // The second answer takes less than its wait, and comes well over a second after the log's line on the first.
    latencies.set("first?", 9_000).set("second?", 4_000);
    await simulation.telegram.sendText(person(2), "first?");
    await simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
    await simulation.telegram.sendText(person(3), "second?");
    await expectLargest("model.wait", "process_question", 3);
  });

  it("the event loop blocked", async () => {
    latencies.set("blocked?", 300);
    await simulation.telegram.sendText(person(4), "blocked?");
    await simulation.model.waitUntil(({ inFlight }) => inFlight === 1);
    const endMs = performance.now() + 1_000;
    while (performance.now() < endMs); // nothing else runs meanwhile
    await expectLargest("event_loop.blocked", "process_question", 4);
  });

  it("the database slow", async () => {
    wire.delayAnswers(200);
    await simulation.telegram.sendText(person(5), "/help");
    await expectLargest("mongo", "process_command", 5);
    wire.delayAnswers(0);
  });

  it("a big file of a person", async () => {
    telegramWire.limitSpeed(SLOW_LINK);
    const content = Buffer.concat([PNG, BIG]);
    await simulation.telegram.sendFiles(person(6), [{ kind: "photo", content, caption: "What is it?" }]);
    await expectLargest("file.write", "process_media", 6);
    telegramWire.limitSpeed(Number.POSITIVE_INFINITY);
  });

  it("a big file of the operator", async () => {
    telegramWire.limitSpeed(SLOW_LINK);
    await simulation.telegram.sendText(person(7), "/topics");
    await simulation.telegram.sendUpdate(pressOf(7, "faq:test-how"));
    await expectLargest("file.upload", "telegram.sendPhoto");
    telegramWire.limitSpeed(Number.POSITIVE_INFINITY);
  });

  it("Telegram asking to wait", async () => {
    simulation.telegram.faults.order({
      kind: "too-many-requests",
      retryAfterSeconds: 6, // longer than a start's slow calls on a busy machine: only the ten slowest are shown
      method: "sendMessage",
      chatId: 8,
    });
    await simulation.telegram.sendText(person(8), "/help");
    await warned("outbox.pause");
    expect(await onDashboard("outbox.pause")).not.to.equal(undefined);
  });

  it("the pool of connections exhausted", async () => {
    await app.stop();
    await startBot({ MONGODB_MAX_POOL: "1", MONGODB_MIN_POOL: "1" });
    wire.delayAnswers(50);
    const reading = Array.from({ length: 6 }, keepReading);
    await simulation.telegram.sendText(person(9), "/help");
    await expectLargest("mongodb.pool.wait", "process_command", 9);
    wire.delayAnswers(0);
    isReading = false;
    await Promise.all(reading);
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
    expect(Object.fromEntries(firstParts), output).to.include(Object.fromEntries(named));
    expect([...firstParts.keys()], output).to.include("outbox.pause");
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
