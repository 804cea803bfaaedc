import { expect } from "chai";
import { AppError, CancelledError } from "../../lib/core/index.ts";
import type { AsyncFunction } from "../../lib/performance/index.ts";
import { type Bench, createBench } from "./support.ts";

const MEASURING = ["counts", "full"] as const;
const MODES = ["off", ...MEASURING] as const;

for (const mode of MODES) {
  describe(`a monitored function with PERFORMANCE=${mode}`, () => {
    let bench: Bench;
    const monitored = <F extends AsyncFunction>(fn: F): F => bench.monitor.monitorPerformance("work")(fn);
    beforeEach(() => {
      bench = createBench({ mode });
    });

    it("passes arguments, `this` and the result through, keeping its type, name and arity", async () => {
      async function add(this: { base: number }, first: number, second = 1): Promise<number> {
        return this.base + first + second;
      }
      const monitoredAdd: typeof add = monitored(add);
      expect(await monitoredAdd.call({ base: 100 }, 20, 3)).to.equal(123);
      expect([monitoredAdd.name, monitoredAdd.length]).to.deep.equal(["add", 1]);
    });

    it("rejects with the same error object", async () => {
      const failure = new Error("no");
      const failing = monitored(() => Promise.reject(failure));
      expect(await failing().catch((error: unknown) => error)).to.equal(failure);
    });

    it("throws synchronously what the function throws before it returns a promise", () => {
      const failure = new Error("at once");
      const failing = monitored((): Promise<void> => {
        throw failure;
      });
      expect(() => failing()).to.throw(failure);
    });

    it("decorates methods that use private state", async () => {
      class Counter {
        #count = 1;

        @bench.monitor.monitorPerformance("counter.add")
        async add(amount: number): Promise<number> {
          this.#count += amount;
          return this.#count;
        }
      }
      expect(await new Counter().add(2)).to.equal(3);
      if (mode !== "off") expect(bench.monitor.getStats()["counter.add"]?.count).to.equal(1);
    });

    it("passes an AbortSignal through", async () => {
      const signal = AbortSignal.abort();
      expect(await monitored(async (given: AbortSignal) => given)(signal)).to.equal(signal);
    });
  });
}

it("PERFORMANCE=off returns the function itself and measures nothing", async () => {
  const { monitor } = createBench({ mode: "off" });
  const bare = async (): Promise<number> => 1;
  expect(monitor.monitorPerformance("work")(bare)).to.equal(bare);
  await monitor.measure("other", bare);
  await monitor.trace("update", {}, bare);
  monitor.record("third", 5);
  monitor.gauge("queue", () => 1);
  expect(monitor.getStats()).to.deep.equal({});
  expect(monitor.present()).to.deep.equal({ operations: [], gauges: [] });
});

for (const mode of MEASURING) {
  describe(`measuring with PERFORMANCE=${mode}`, () => {
    let bench: Bench;
    const spend = (ms: number) => () => bench.clock.sleep(ms);
    beforeEach(() => {
      bench = createBench({ mode });
    });

    it("counts calls and their durations", async () => {
      const { monitor, finish } = bench;
      for (const ms of [10, 20, 30, 100]) await finish(monitor.measure("work", spend(ms)));
      const stats = monitor.getStats().work;
      expect(stats).to.include({ count: 4, maxMs: 100, meanMs: 40, inFlight: 0, slow: 0 });
      expect(stats?.p50Ms).to.be.closeTo(20, 0.2);
      for (const ms of [stats?.p90Ms, stats?.p95Ms, stats?.p99Ms, stats?.p999Ms]) {
        expect(ms).to.be.closeTo(100, 1);
      }
    });

    it("counts no failure where nobody wants the result any more", async () => {
      const { monitor } = bench;
      const cancel = (error: Error) => async (): Promise<never> => {
        throw error;
      };
      for (const error of [
        new CancelledError("Nobody waits", { code: "NOBODY_WAITS" }),
        new DOMException("The question was withdrawn", "AbortError"),
      ]) {
        await monitor.measure("work", cancel(error)).catch(() => {});
      }
      expect(monitor.getStats().work).to.deep.include({ count: 2, errors: {} });
    });

    it("counts failures by code and times them like other calls", async () => {
      const { monitor, finish, clock } = bench;
      const fail = (error: Error) => async (): Promise<never> => {
        await clock.sleep(50);
        throw error;
      };
      const busy = new AppError("busy", { code: "BUSY" });
      for (const error of [busy, busy, new TypeError("odd")]) {
        await finish(monitor.measure("work", fail(error))).catch(() => {});
      }
      const stats = monitor.getStats().work;
      expect(stats?.errors).to.deep.equal({ BUSY: 2, TypeError: 1 });
      expect(stats).to.include({ count: 3, maxMs: 50, inFlight: 0 });
    });

    it("counts at most 30 error codes separately", async () => {
      const { monitor } = bench;
      for (let code = 0; code < 100; code += 1) monitor.record("work", 1, { errorCode: `E${code}` });
      const errors = monitor.getStats().work?.errors;
      expect(Object.keys(errors ?? {})).to.have.length(31);
      expect(errors?.other).to.equal(70);
    });

    it("counts calls in flight, their peak, and how long the peak lasted", async () => {
      const { monitor, clock } = bench;
      const failing = monitor.measure("work", () =>
        clock.sleep(20).then(() => Promise.reject(new Error("no"))),
      );
      failing.catch(() => {});
      void monitor.measure("work", spend(50));
      await clock.advance(5);
      expect(monitor.getStats().work).to.include({ inFlight: 2, peakInFlight: 2, peakLastedMs: 5 });
      await clock.advance(25);
      expect(monitor.getStats().work).to.include({ inFlight: 1, peakInFlight: 2, peakLastedMs: 20 });
      void monitor.measure("work", spend(5));
      await clock.advance(50);
      expect(monitor.getConcurrencyStats().operations.work).to.deep.equal({
        inFlight: 0,
        peakInFlight: 2,
        peakLastedMs: 25,
      });
    });

    it("counts an update in flight once, whatever runs within it", async () => {
      const { monitor, clock } = bench;
      const trip = () => monitor.trace("update", {}, () => monitor.measure("work", spend(10)));
      void trip();
      void trip();
      await clock.advance(4);
      expect(monitor.getConcurrencyStats()).to.include({ inFlight: 2, peakInFlight: 2, peakLastedMs: 4 });
      await clock.advance(20);
      expect(monitor.getConcurrencyStats()).to.include({ inFlight: 0, peakInFlight: 2, peakLastedMs: 10 });
    });

    it("splits an operation by label, and counts unknown labels as other", async () => {
      const { monitor, finish, clock } = bench;
      const upload = monitor.monitorPerformance("upload", {
        labels: ["photo", "video"],
        label: (kind: string) => kind,
        slowMs: 2_000,
      })(async (kind: string, ms: number) => {
        await clock.sleep(ms);
        return `${kind} of ${ms}`;
      });
      expect(await finish(upload("photo", 20))).to.equal("photo of 20");
      await finish(upload("video", 1_500));
      await finish(upload("video", 2_500));
      for (const id of ["chat-1", "chat-2", "constructor"]) await finish(upload(id, 1));
      const stats = monitor.getStats();
      expect(stats).to.have.all.keys("upload{photo}", "upload{video}", "upload{other}");
      expect(stats["upload{photo}"]).to.include({ count: 1, maxMs: 20 });
      expect(stats["upload{video}"]).to.include({ count: 2, slow: 1 });
      expect(stats["upload{other}"]).to.include({ count: 3 });
    });

    it("labels the calls of a decorated method, and keeps its `this`", async () => {
      class Uploader {
        readonly host = "a";

        @bench.monitor.monitorPerformance("upload", { labels: ["photo"], label: (kind: string) => kind })
        async upload(kind: string): Promise<string> {
          return `${kind} to ${this.host}`;
        }
      }
      expect(await new Uploader().upload("photo")).to.equal("photo to a");
      expect(bench.monitor.getStats()).to.have.all.keys("upload{photo}");
    });

    it("records operations that were timed elsewhere, and ignores NaN", () => {
      const { monitor } = bench;
      monitor.record("mongo.insert", 12);
      monitor.record("mongo.insert", 1200, { errorCode: "11000" });
      monitor.record("mongo.insert", Number.NaN);
      expect(monitor.getStats()["mongo.insert"]).to.deep.include({ count: 2, slow: 1, errors: { 11000: 1 } });
    });

    it("adds up all windows since the start", () => {
      const { monitor } = bench;
      monitor.record("mongo.insert", 12);
      monitor.nextWindow();
      monitor.record("mongo.insert", 14, { errorCode: "11000" });
      const [operation] = monitor.sinceStart().operations;
      expect(operation).to.include({ name: "mongo.insert", slowMs: 1000, inFlight: 0 });
      expect(operation?.totals.stats()).to.deep.include({ count: 2, errors: { 11000: 1 }, meanMs: 13 });
    });

    it("bounds its memory when names are built from ids by mistake", () => {
      const { monitor } = bench;
      for (let id = 0; id < 1000; id += 1) monitor.record(`work.${id}`, 1);
      const stats = monitor.getStats();
      expect(Object.keys(stats)).to.have.length(301);
      expect(stats.other?.count).to.equal(700);
    });
  });
}
