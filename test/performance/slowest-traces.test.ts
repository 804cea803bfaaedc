import { expect } from "chai";
import { AppError } from "../../lib/core/index.ts";
import type { KeptTrace } from "../../lib/performance/index.ts";
import { type Bench, createBench } from "./support.ts";

const HOUR_MS = 3_600_000;

describe("the slowest traces", () => {
  let bench: Bench;
  const trace = async (operation: string, ms: number, update = 1): Promise<void> => {
    const work = bench.monitor.trace(operation, { update }, () => bench.clock.sleep(ms));
    await bench.clock.advance(ms);
    await work;
  };
  beforeEach(() => {
    bench = createBench();
  });

  it("contain each call with its caller, time and error", async () => {
    const { monitor, clock, finish } = bench;
    const startedAtMs = clock.now();
    const answer = async (): Promise<void> => {
      await monitor.measure("model.wait", () => clock.sleep(30));
      await monitor
        .measure("model", async () => {
          await clock.sleep(50);
          throw new AppError("no", { code: "GEMINI_TIMEOUT" });
        })
        .catch(() => {});
    };
    const work = monitor.trace("process_question", { update: 7, chat: "a1b2", secret: {} }, async () => {
      await monitor.measure("mongo.people.get", () => clock.sleep(5), { part: "mongo" });
      await monitor.measure("answer", answer);
    });
    await finish(work);
    const [kept] = monitor.slowestTraces();
    expect(kept).to.deep.include({
      operation: "process_question",
      startedAtMs,
      durationMs: 85,
      fields: { update: 7, chat: "a1b2" },
      leftOut: 0,
    });
    expect(kept?.spans).to.deep.equal([
      { name: "mongo.people.get", part: "mongo", startMs: 0, durationMs: 5, parent: null },
      { name: "answer", part: "answer", startMs: 5, durationMs: 80, parent: null },
      { name: "model.wait", part: "model.wait", startMs: 5, durationMs: 30, parent: 1 },
      { name: "model", part: "model", startMs: 35, durationMs: 50, parent: 1, errorCode: "GEMINI_TIMEOUT" },
    ]);
  });

  it("are the 20 slowest of the hour, the slowest first", async () => {
    for (let update = 1; update <= 25; update += 1) await trace("update", update, update);
    const kept = bench.monitor.slowestTraces();
    expect(kept.map(({ fields }) => fields.update)).to.deep.equal(
      Array.from({ length: 20 }, (_, place) => 25 - place),
    );
    expect(new Set(kept.map(({ id }) => id)).size).to.equal(20);
  });

  it("can be forgotten by a field, and leave their places to others", async () => {
    const { monitor } = bench;
    for (const [chat, ms] of [
      ["ann", 30],
      ["ben", 20],
      ["ann", 10],
      ["cid", 5],
    ] as const) {
      await bench.finish(monitor.trace("update", { chat }, () => bench.clock.sleep(ms)));
    }
    monitor.forgetTraces("chat", "ann");
    await bench.finish(monitor.trace("update", { chat: "dan" }, () => bench.clock.sleep(1)));
    const chats = (traces: readonly KeptTrace[]) => traces.map(({ fields }) => fields.chat);
    expect(chats(monitor.slowestTraces())).to.deep.equal(["ben", "cid", "dan"]);
    expect(new Set(monitor.slowestTraces().map(({ id }) => id)).size).to.equal(3);
    expect(chats(monitor.takeTraces())).to.have.members(["ben", "cid", "dan"]);
  });

  it("start over with each hour, and are taken once", async () => {
    await trace("first", 900);
    await bench.clock.advance(HOUR_MS);
    await trace("second", 5);
    expect(bench.monitor.slowestTraces().map(({ operation }) => operation)).to.deep.equal(["second"]);
    expect(bench.monitor.takeTraces().map(({ operation }) => operation)).to.deep.equal(["first", "second"]);
    expect(bench.monitor.takeTraces()).to.deep.equal([]);
  });

  it("start over when the clock is set back to an earlier hour", async () => {
    await trace("first", 900);
    bench.clock.setWallClock(-HOUR_MS);
    await trace("second", 5);
    expect(bench.monitor.slowestTraces().map(({ operation }) => operation)).to.deep.equal(["second"]);
  });

  it("include slow calls outside any trace, but neither quick ones nor long polls", async () => {
    const { monitor, clock, finish } = bench;
    await finish(monitor.measure("telegram.sendMessage", () => clock.sleep(5_000)));
    await finish(monitor.measure("telegram.setMyCommands", () => clock.sleep(5)));
    await finish(monitor.measure("telegram.getUpdates", () => clock.sleep(50_000), { slowMs: null }));
    expect(monitor.slowestTraces().map(({ operation }) => operation)).to.deep.equal(["telegram.sendMessage"]);
  });

  it("are not kept with PERFORMANCE=counts", async () => {
    bench = createBench({ mode: "counts" });
    await trace("update", 900);
    expect(bench.monitor.slowestTraces()).to.deep.equal([]);
  });
});
