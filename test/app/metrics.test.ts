import { expect } from "chai";
import type { Answer, Question } from "../../lib/answers/index.ts";
import {
  countRefused,
  gaugeEmbeddings,
  gaugeModels,
  measureAnswers,
  measurePeople,
  observeDriver,
} from "../../lib/app/metrics.ts";
import { AppError, silentLogger, systemClock } from "../../lib/core/index.ts";
import {
  bindPerformanceMonitor,
  breakDownTrace,
  createPerformanceMonitor,
  type PerformanceMonitor,
} from "../../lib/performance/index.ts";
import { openStore, type Store } from "../../lib/store/index.ts";
import type { Update } from "../../lib/telegram/index.ts";
import { type Bench, createBench } from "../performance/support.ts";
import { openTestDatabase, testDatabaseUri } from "../support/database.ts";
import { startTcpProxy, throughProxy } from "../support/servers/tcp-proxy.ts";

const QUESTION: Question = {
  text: "?",
  language: "en",
  history: [],
  signal: new AbortController().signal,
};

const fileKey = (id: number) => ({ botId: 1, hash: String(id), kind: "photo" });

function messageFrom(id: number): Update {
  const from = { id, is_bot: false, first_name: "P" };
  return { update_id: id, message: { message_id: 1, date: 0, chat: { id, type: "private" }, from } };
}

/** Unbinds the monitor that `openWithOneConnection` bound. */
let unbind = (): void => {};

/** With one connection, concurrent commands wait for each other. */
function openWithOneConnection(uri: string, database: string, monitor: PerformanceMonitor): Promise<Store> {
  unbind = bindPerformanceMonitor(monitor);
  return openStore({
    uri,
    database,
    maxPoolSize: 1,
    minPoolSize: 0,
    clock: systemClock,
    observer: observeDriver(monitor),
  });
}

describe("the measurements of the app", () => {
  let bench: Bench;
  beforeEach(() => {
    bench = createBench();
  });
  afterEach(() => unbind());
  const gauge = (name: string): number | undefined =>
    bench.monitor.present().gauges.find((other) => other.name === name)?.last;

  it("separates an answer's first words from its wait, and counts its tokens", async () => {
    const answered: Answer = {
      kind: "answer",
      origin: "model",
      text: "yes",
      sources: [],
      ending: "complete",
      model: "gemini-test",
      usage: { promptTokens: 900, outputTokens: 100 },
      timing: { waitMs: 3_000, firstTextMs: 3_400, totalMs: 5_000 },
    };
    const answer = measureAnswers(bench.monitor, { answer: async () => answered }, systemClock);
    expect(await answer(QUESTION)).to.equal(answered);
    await answer(QUESTION);
    expect(bench.monitor.getStats()["model.first_text"]).to.include({ count: 2, maxMs: 400 });
    expect(bench.monitor.getCounters()).to.deep.equal({
      "model.tokens.prompt": 1800,
      "model.tokens.output": 200,
    });
  });

  it("counts questions, those that fail as failures and those that are withdrawn not", async () => {
    const failing = measureAnswers(
      bench.monitor,
      { answer: () => Promise.reject(new AppError("No", { code: "MODEL_GONE" })) },
      systemClock,
    );
    await failing(QUESTION).catch(() => {});
    await failing({ ...QUESTION, signal: AbortSignal.abort() }).catch(() => {});
    const { count, errors } = bench.monitor.getStats().question ?? {};
    expect({ count, errors }).to.deep.equal({ count: 2, errors: { MODEL_GONE: 1 } });
  });

  it("has gauges of the model's calls, breaker and remaining quotas", () => {
    const first = {
      provider: "First",
      model: "first",
      inFlight: 1,
      queued: 20,
      limit: 2,
      breaker: "half-open" as const,
      isBudgetReached: false,
      costThisMonth: 1.5,
      quota: { requestsThisMinute: 0, requestsToday: 180 },
    };
    const second = { ...first, queued: 0, breaker: "open" as const, quota: { requestsToday: 7 } };
    gaugeModels(bench.monitor, () => ({
      inFlight: 3,
      queued: 20,
      limit: 4,
      breaker: "half-open",
      isBudgetReached: false,
      models: [first, second],
    }));
    for (const [name, value] of [
      ["model.in_flight", 3],
      ["model.queued", 20],
      ["model.limit", 4],
      ["model.breaker", 1],
      ["model.quota.rpm", 0],
      ["model.quota.tpm", undefined],
      ["model.quota.rpd", 180],
      ["model.cost_this_month", 1.5],
      ["model.in_flight.2", 1],
      ["model.queued.2", 0],
      ["model.limit.2", 2],
      ["model.breaker.2", 2],
      ["model.quota.rpd.2", 7],
    ] as const) {
      expect(gauge(name), name).to.equal(value);
    }
  });

  it("has gauges of embeddings where there are any, and says that they are paused", () => {
    const models = { inFlight: 0, queued: 0, limit: 1, isBudgetReached: false, models: [] };
    gaugeEmbeddings(bench.monitor, () => ({ ...models, breaker: "closed" }));
    expect(gauge("embeddings.breaker")).to.equal(undefined);
    const embeddings = { model: "e", breaker: "closed" as const, isPaused: true, costThisMonth: 0.5 };
    gaugeEmbeddings(bench.monitor, () => ({ ...models, breaker: "closed", embeddings }));
    expect(gauge("embeddings.breaker")).to.equal(2);
    expect(gauge("embeddings.cost_this_month")).to.equal(0.5);
  });

  it("counts refused updates, starting with 0", () => {
    const refuses = countRefused(bench.monitor, (text: string) => text === "flood");
    expect(bench.monitor.getCounters()).to.deep.equal({ "updates.refused": 0 });
    expect(["flood", "question", "flood"].map(refuses)).to.deep.equal([true, false, true]);
    expect(bench.monitor.getCounters()).to.deep.equal({ "updates.refused": 2 });
  });

  it("counts the people who were active in the last minute", async () => {
    const note = measurePeople(bench.monitor, bench.clock);
    for (const person of [1, 2, 1]) note(messageFrom(person));
    expect(gauge("people.active")).to.equal(2);
    await bench.clock.advance(40_000);
    note(messageFrom(1));
    bench.clock.setWallClock(-3_600_000);
    await bench.clock.advance(30_000);
    expect(gauge("people.active")).to.equal(1);
    for (let person = 1; person <= 10_010; person += 1) note(messageFrom(person));
    expect(gauge("people.active")).to.equal(10_000);
  });

  it("names MongoDB commands with their collection, and charges a wait for the pool to the call that waited", async () => {
    const database = await openTestDatabase();
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 1, logger });
    const store = await openWithOneConnection(await testDatabaseUri(), database.db.databaseName, monitor);
    // Different operations, because each one warns at most once a second.
    const one = (id: number) =>
      monitor.trace(`update_${id}`, { id }, async () => {
        await store.mediaFiles.fileId(fileKey(id));
        await store.mediaFiles.fileId(fileKey(id));
      });
    await Promise.all(Array.from({ length: 200 }, (_, id) => one(id)));
    const [slowest] = monitor.slowestTraces();
    const find = { name: "mongo.media_files.fileId", part: "mongo", parent: null };
    const wait = { name: "mongodb.pool.wait" };
    expect(slowest?.spans).to.containSubset([find, { ...wait, parent: 0 }, find, { ...wait, parent: 2 }]);
    expect(slowest && breakDownTrace(slowest)[0]?.part).to.equal("mongodb.pool.wait");
    expect(warnings.at(-1)).to.match(
      /^Slow operation detected: update_\d+ took \d+ ms \(mongodb\.pool\.wait \d+/,
    );
    expect(monitor.getStats()).to.include.keys("mongodb.find.media_files", "mongodb.pool.wait");
    await store.close();
    await database.close();
  });

  it("charges the wait of a batch of writes to each of them, and to those queued behind", async () => {
    const database = await openTestDatabase();
    const monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 10, logger: silentLogger });
    const store = await openWithOneConnection(await testDatabaseUri(), database.db.databaseName, monitor);
    const ids = Array.from({ length: 400 }, (_, id) => id);
    const reads = monitor.trace("reads", {}, () =>
      Promise.all(ids.map((id) => store.mediaFiles.fileId(fileKey(id)))),
    );
    const settle = (id: number) =>
      monitor.trace("update", { id }, () => store.updates.settle(String(id), "done", new Date(0)));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    const first = [settle(1), settle(2)];
    await turn();
    await Promise.all([...first, settle(3), reads]);
    const traces = monitor.slowestTraces().filter(({ operation }) => operation === "update");
    expect(traces).to.have.length(3);
    for (const trace of traces) {
      expect(trace.spans[1], JSON.stringify(traces)).to.include({ name: "mongodb.pool.wait", parent: 0 });
      expect(breakDownTrace(trace)[0]?.part).to.equal("mongodb.pool.wait");
    }
    await store.close();
    await database.close();
  });

  it("names a slow database, not the pool, when a connection was free", async () => {
    const database = await openTestDatabase();
    const uri = await testDatabaseUri();
    const wire = await startTcpProxy(Number(new URL(uri).port));
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const monitor = createPerformanceMonitor({ mode: "full", slowOperationMs: 50, logger });
    const store = await openWithOneConnection(
      throughProxy(uri, wire.port),
      database.db.databaseName,
      monitor,
    );
    wire.delayAnswers(60);
    await monitor.trace("process_command", {}, async () => {
      await store.people.find(1);
      await store.people.find(2);
    });
    expect(warnings.at(-1)).to.match(/^Slow operation detected: process_command took \d+ ms \(mongo \d+/);
    const [kept] = monitor.slowestTraces();
    const [largest] = kept ? breakDownTrace(kept) : [];
    expect(largest?.part).to.equal("mongo");
    // Neither person is stored, so each call reads twice. A timer may fire up to a millisecond early.
    expect(largest?.ms, "all four answers were held back").to.be.at.least(4 * 59);
    await store.close();
    await wire.cut();
    await database.close();
  });
});
