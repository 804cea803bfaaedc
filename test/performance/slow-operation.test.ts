import { expect } from "chai";
import { AppError, createBatcher } from "../../lib/core/index.ts";
import { recordLoopDelay } from "../../lib/performance/recording/process-watch.ts";
import { type Bench, createBench } from "./support.ts";

describe("the slow-operation warning", () => {
  let bench: Bench;
  const spend = (ms: number) => (): Promise<void> => bench.clock.sleep(ms);
  const measure = (
    name: string,
    ms: number,
    options?: { part?: string; slowMs?: number | null },
  ): Promise<void> => bench.monitor.measure(name, spend(ms), options);
  const messages = (): string[] => bench.warnings.map(({ message }) => message);
  beforeEach(() => {
    bench = createBench();
  });

  it("names the operation, its duration and its parts, the largest first", async () => {
    const { monitor, finish } = bench;
    const question = monitor.trace("process_question", { updateId: 7, chat: "a1b2" }, async () => {
      await measure("model.wait", 3900);
      await measure("model", 2110);
      await measure("mongo.messages.insert", 20, { part: "mongo" });
      await measure("mongo.sessions.update", 40, { part: "mongo" });
      await measure("telegram.sendMessage", 140, { part: "telegram.send" });
    });
    await finish(question);
    expect(bench.warnings).to.deep.equal([
      {
        message:
          "Slow operation detected: process_question took 6210 ms (model.wait 3900, model 2110, telegram.send 140, mongo 60)",
        fields: { updateId: 7, chat: "a1b2" },
      },
    ]);
  });

  it("is not given for an operation under its threshold", async () => {
    await bench.finish(bench.monitor.trace("update", {}, () => measure("model", 999)));
    expect(messages()).to.deep.equal([]);
    expect(bench.monitor.getStats().model?.slow).to.equal(0);
  });

  it("counts concurrent calls once, for the one that started last", async () => {
    const { monitor, finish, clock } = bench;
    const update = monitor.trace("update", {}, async () => {
      const answer = measure("model", 2000);
      await clock.sleep(500);
      await Promise.all([answer, measure("telegram.sendChatAction", 300)]);
    });
    await finish(update);
    expect(messages()).to.deep.equal([
      "Slow operation detected: update took 2000 ms (model 1700, telegram.sendChatAction 300)",
    ]);
  });

  it("charges nested calls to the innermost, and time outside all of them as own", async () => {
    const { monitor, finish, clock } = bench;
    const update = monitor.trace("update", {}, async () => {
      await monitor.measure("store", async () => {
        await measure("mongo.wait", 1000);
        await clock.sleep(100);
      });
      await clock.sleep(400);
    });
    await finish(update);
    expect(messages()).to.deep.equal([
      "Slow operation detected: update took 1500 ms (mongo.wait 1000, own 400, store 100)",
    ]);
  });

  it("gives one line for one cause: a slow inner call warns only with its own threshold", async () => {
    const { monitor, finish } = bench;
    await finish(monitor.trace("update", {}, () => monitor.measure("answer", () => measure("model", 3000))));
    expect(messages()).to.deep.equal(["Slow operation detected: update took 3000 ms (model 3000)"]);
    expect(monitor.getStats().model?.slow, "but is counted").to.equal(1);
  });

  it("names the inner operation with its own threshold, and the outer one only if the rest is slow too", async () => {
    const { monitor, finish } = bench;
    const answer = () =>
      monitor.measure("process_question", () => measure("model", 11_000), { slowMs: 10_000 });
    await finish(monitor.trace("update", { updateId: 1 }, answer));
    expect(bench.warnings).to.deep.equal([
      {
        message: "Slow operation detected: process_question took 11000 ms (model 11000)",
        fields: { updateId: 1 },
      },
    ]);
    bench.warnings.length = 0;
    const slowBefore = () => measure("telegram.sendMessage", 1000).then(answer);
    await finish(monitor.trace("update", { updateId: 2 }, slowBefore));
    expect(messages()).to.deep.equal([
      "Slow operation detected: process_question took 11000 ms (model 11000)",
      "Slow operation detected: update took 12000 ms (model 11000, telegram.sendMessage 1000)",
    ]);
  });

  it("breaks a nested operation down into its own calls", async () => {
    const { monitor, finish } = bench;
    const update = monitor.trace("update", {}, () =>
      Promise.all([
        monitor.measure("process_question", () => measure("model", 1500), { slowMs: 1200 }),
        measure("media.upload", 900),
      ]),
    );
    await finish(update);
    expect(messages()[0]).to.equal("Slow operation detected: process_question took 1500 ms (model 1500)");
  });

  it("names a blocked event loop in every update that it delayed, and in no other", async () => {
    const { monitor, clock, finish } = bench;
    const before = monitor.trace("update", {}, () => measure("model", 1100));
    await clock.advance(1100);
    await before;
    const update = monitor.trace("question", {}, () => measure("model", 4000));
    await clock.advance(3000);
    recordLoopDelay(monitor, 2500);
    await finish(update);
    expect(messages()).to.deep.equal([
      "Slow operation detected: update took 1100 ms (model 1100)",
      "Slow operation detected: question took 4000 ms (event_loop.blocked 2500, model 1500)",
    ]);
    const [kept] = monitor.slowestTraces();
    expect(kept?.spans.map(({ name }) => name)).to.deep.equal(["model", "event_loop.blocked"]);
  });

  it("is never given for an operation without a threshold", async () => {
    await bench.finish(measure("telegram.getUpdates", 50_000, { slowMs: null }));
    expect(messages()).to.deep.equal([]);
  });

  it("is given for a slow call outside any trace too", async () => {
    await bench.finish(measure("content.load", 1200));
    expect(messages()).to.deep.equal(["Slow operation detected: content.load took 1200 ms"]);
  });

  it("names the error of a slow call that failed", async () => {
    const { monitor, finish, clock } = bench;
    const failing = monitor.trace("update", { updateId: 3 }, async () => {
      await clock.sleep(2000);
      throw new AppError("busy", { code: "BUSY" });
    });
    await finish(failing).catch(() => {});
    expect(bench.warnings[0]?.fields).to.deep.equal({ updateId: 3, errorCode: "BUSY" });
  });

  it("includes operations timed elsewhere when they are recorded within the trace", async () => {
    const { monitor, finish, clock } = bench;
    const update = monitor.trace("update", {}, async () => {
      await clock.sleep(1500);
      monitor.record("mongo.find", 1400, { part: "mongo", inTrace: true });
      monitor.record("mongo.other", 700);
    });
    await finish(update);
    expect(messages()).to.deep.equal(["Slow operation detected: update took 1500 ms (mongo 1400, own 100)"]);
  });

  it("charges a reported wait to the enclosing call, as far as it fell into that call", async () => {
    const { monitor, finish, clock } = bench;
    const update = monitor.trace("update", {}, async () => {
      await measure("search", 200);
      await monitor.measure("mongo.find", async () => {
        await clock.sleep(500);
        monitor.waited("pool.wait", 900);
        await clock.sleep(300);
        monitor.waited("pool.wait", 4); // too short to tell
        await clock.sleep(400);
        monitor.waited("pool.wait", 100);
      });
    });
    await finish(update);
    expect(messages()).to.deep.equal([
      "Slow operation detected: update took 1400 ms (pool.wait 600, mongo.find 600, search 200)",
    ]);
  });

  it("charges a group commit to each caller that awaited it, and its inner calls to none", async () => {
    const { monitor, finish } = bench;
    const add = createBatcher<number, void>(
      async (items) => {
        await measure("mongo.insertMany", 1500);
        return items.map(() => undefined);
      },
      { maxSize: 10 },
    );
    const record = (id: number): Promise<void> =>
      monitor.measure("outbox.record", () => add(id), { part: "mongo" });
    const update = (name: string, id: number): Promise<void> => monitor.trace(name, { id }, () => record(id));
    await finish(Promise.all([update("press", 1), update("command", 2)]));
    expect(messages()).to.deep.equal([
      "Slow operation detected: mongo.insertMany took 1500 ms",
      "Slow operation detected: press took 1500 ms (mongo 1500)",
      "Slow operation detected: command took 1500 ms (mongo 1500)",
    ]);
  });

  it("starts a new trace for each update, even from within another", async () => {
    const { monitor, finish } = bench;
    const update = monitor.trace("update", { id: 1 }, async () => {
      void monitor.trace("update", { id: 2 }, () => measure("model", 5000));
      await measure("mongo", 1000);
    });
    await finish(update);
    expect(bench.warnings).to.deep.equal([
      { message: "Slow operation detected: update took 1000 ms (mongo 1000)", fields: { id: 1 } },
      { message: "Slow operation detected: update took 5000 ms (model 5000)", fields: { id: 2 } },
    ]);
  });

  it("leaves out work that outlives the trace", async () => {
    const { monitor, finish, clock } = bench;
    let late: Promise<void> = Promise.resolve();
    const update = monitor.trace("update", { id: 1 }, async () => {
      late = clock.sleep(2000).then(() => measure("cleanup", 1100));
    });
    await finish(update);
    await late;
    expect(bench.warnings).to.deep.equal([
      { message: "Slow operation detected: cleanup took 1100 ms", fields: {} },
    ]);
  });

  it("bounds the calls of a trace, and counts those it did not keep", async () => {
    const { monitor, finish } = bench;
    const update = monitor.trace("update", {}, async () => {
      await Promise.all(Array.from({ length: 300 }, () => measure("mongo", 1200)));
    });
    await finish(update);
    expect(messages()).to.deep.equal([
      "Slow operation detected: update took 1200 ms (mongo 1200, 44 more calls not kept)",
    ]);
  });

  it("stays one readable line when there are many parts", async () => {
    const { monitor, finish } = bench;
    const update = monitor.trace("update", {}, async () => {
      for (let part = 1; part <= 12; part += 1) await measure(`part${part}`, 100 + part);
    });
    await finish(update);
    expect(messages()[0]).to.match(/\(part12 112, (part\d+ \d+, ){7}other 410\)$/);
  });

  for (const mode of ["full", "counts"] as const) {
    it(`is given once a second per operation in an outage, with the number of suppressed ones (${mode})`, async () => {
      bench = createBench({ mode });
      const { monitor, finish, clock } = bench;
      const slow = (name: string): Promise<void> => monitor.trace(name, {}, spend(1000));
      const working: Promise<void>[] = [];
      for (let tenth = 0; tenth < 15; tenth += 1) {
        working.push(slow("update"));
        await clock.advance(100);
      }
      await finish(Promise.all([...working, slow("press")]));
      await finish(slow("update"));
      expect(
        bench.warnings.map(({ message, fields }) => [message, fields?.slowCallsNotLogged]),
      ).to.deep.equal([
        ["Slow operation detected: update took 1000 ms", undefined],
        ["Slow operation detected: update took 1000 ms", 9],
        ["Slow operation detected: press took 1000 ms", undefined],
        ["Slow operation detected: update took 1000 ms", 4],
      ]);
      expect(monitor.getStats().update?.slow, "but all are counted").to.equal(16);
    });
  }

  it("is given without a breakdown for updates and own thresholds when there are no traces", async () => {
    bench = createBench({ mode: "counts" });
    const { monitor, finish } = bench;
    const inner = () => monitor.measure("process_question", () => measure("model", 3000), { slowMs: 2000 });
    await finish(monitor.trace("update", { updateId: 9 }, inner));
    expect(bench.warnings).to.deep.equal([
      { message: "Slow operation detected: process_question took 3000 ms", fields: {} },
      { message: "Slow operation detected: update took 3000 ms", fields: { updateId: 9 } },
    ]);
  });
});
