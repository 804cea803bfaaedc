import { expect } from "chai";
import {
  createPerformanceMonitor,
  type KeptTrace,
  mergeSnapshots,
  type Snapshot,
  startSnapshots,
} from "../../lib/performance/index.ts";
import { type Bench, createBench } from "./support.ts";

const MINUTE_MS = 60_000;

/** A store like the database: saving an id again replaces it; a failed save may have taken effect. */
class MemoryStore {
  readonly saved = new Map<string, Snapshot>();
  saves = 0;
  failure: "before" | "after" | null = null;

  save = async (snapshot: Snapshot): Promise<void> => {
    this.saves += 1;
    if (this.failure === "before") throw new Error("database away");
    this.saved.set(snapshot.id, structuredClone(snapshot));
    if (this.failure === "after") throw new Error("answer lost");
  };

  readonly traces = new Map<string, KeptTrace>();

  saveTraces = async (traces: readonly KeptTrace[]): Promise<void> => {
    if (this.failure === "before") throw new Error("database away");
    for (const trace of traces) this.traces.set(trace.id, trace);
    if (this.failure === "after") throw new Error("answer lost");
  };

  get snapshots(): Snapshot[] {
    return [...this.saved.values()].toSorted((a, b) => a.fromMs - b.fromMs);
  }

  /** The number of calls of `work` in all saved snapshots. */
  get calls(): number {
    const [first, ...others] = this.snapshots;
    if (!first) return 0;
    const text = mergeSnapshots([first, ...others]).operations.find(({ name }) => name === "work")?.histogram
      .buckets;
    return (text ?? "")
      .split(/[;,]/)
      .reduce((sum, run) => sum + Number.parseInt(run.split(":").at(-1) || "0", 36), 0);
  }
}

describe("the snapshots of a running bot", () => {
  let bench: Bench;
  let store: MemoryStore;
  const start = (): { stop(): Promise<void> } => {
    const { monitor, clock, logger } = bench;
    return startSnapshots({ monitor, store, clock, logger, instance: "one" });
  };
  /** Advances the clock by minutes, with a call at the start of each. */
  const passMinutes = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      bench.monitor.record("work", 5);
      await bench.clock.advance(MINUTE_MS);
    }
  };
  beforeEach(() => {
    bench = createBench();
    store = new MemoryStore();
  });

  it("lose nothing and never end before they begin when the clock is set back", async () => {
    const snapshots = start();
    await passMinutes(1);
    bench.clock.setWallClock(-3_600_000);
    await passMinutes(2);
    await snapshots.stop();
    expect(store.calls).to.equal(3);
    for (const { fromMs, toMs } of store.snapshots) expect(toMs).to.be.at.least(fromMs);
  });

  it("are one per minute, the current one rewritten every 10 s", async () => {
    const snapshots = start();
    const startMs = bench.clock.now();
    bench.monitor.record("work", 5);
    await bench.clock.advance(25_000);
    expect(store.snapshots.map(({ fromMs, toMs }) => [fromMs, toMs])).to.deep.equal([
      [startMs, startMs + 20_000],
    ]);
    await bench.clock.advance(35_000);
    bench.monitor.record("work", 5);
    await bench.clock.advance(10_000);
    expect(store.snapshots.map(({ fromMs, toMs }) => [fromMs - startMs, toMs - startMs])).to.deep.equal([
      [0, 60_000],
      [60_000, 70_000],
    ]);
    expect(store.calls).to.equal(2);
    expect(store.saves).to.equal(7);
    await snapshots.stop();
  });

  it("begin and end with the minutes of the clock", async () => {
    await bench.clock.advance(47_300);
    const snapshots = start();
    await bench.clock.advance(2 * MINUTE_MS);
    expect(store.snapshots.map(({ toMs }) => toMs % MINUTE_MS)).to.deep.equal([0, 0, 40_000]);
    await snapshots.stop();
  });

  it("are written once more when the bot stops", async () => {
    const snapshots = start();
    await bench.clock.advance(3000);
    bench.monitor.record("work", 5);
    await snapshots.stop();
    expect(store.calls).to.equal(1);
    expect(bench.clock.sleeping, "timers left").to.equal(0);
  });

  it("never overwrite those of another run, even within a minute", async () => {
    for (const ms of [1000, 2000]) {
      const snapshots = start();
      bench.monitor.record("work", ms);
      await bench.clock.advance(ms);
      await snapshots.stop();
      bench.monitor.nextWindow();
    }
    expect(store.saved.size).to.equal(2);
    expect(store.calls).to.equal(2);
  });

  for (const failure of ["before", "after"] as const) {
    it(`lose nothing and count nothing twice while the database fails ${failure} saving`, async () => {
      const snapshots = start();
      await passMinutes(2);
      store.failure = failure;
      await passMinutes(200);
      store.failure = null;
      await passMinutes(1);
      await snapshots.stop();
      expect(store.calls).to.equal(203);
      expect(store.saved.size, "the oldest minutes are merged").to.be.within(121, 130);
      const messages = [...bench.warnings.map(({ message }) => message), ...bench.infos];
      expect(messages).to.deep.equal([
        "Performance snapshots cannot be saved; they wait in memory",
        "Performance snapshots are saved again",
      ]);
    });
  }

  it("stay separate by minute while a save is slow", async () => {
    const save = store.save;
    let free: () => void = () => {};
    store.save = () => new Promise<void>((resolve) => (free = resolve));
    const snapshots = start();
    await passMinutes(3);
    store.save = save;
    free();
    await bench.clock.advance(10_000);
    await snapshots.stop();
    expect(store.calls, "also those the slow save had not seen").to.equal(3);
    expect(store.snapshots.map(({ fromMs }) => fromMs % MINUTE_MS)).to.deep.equal([0, 0, 0, 0]);
  });

  it("include the slowest traces of the hour, which wait in bounded memory while the database is away", async () => {
    const { monitor, clock } = bench;
    const snapshots = start();
    store.failure = "before";
    for (let hour = 0; hour < 12; hour += 1) {
      for (let trace = 1; trace <= 30; trace += 1) {
        const work = monitor.trace("update", { update: trace }, () => clock.sleep(trace));
        await clock.advance(trace);
        await work;
      }
      await clock.advance(3_600_000 - (clock.now() % 3_600_000));
    }
    store.failure = null;
    await clock.advance(10_000);
    const durations = [...store.traces.values()].map(({ durationMs }) => durationMs);
    expect(durations, "of the last ten hours, 20 each").to.have.length(200);
    expect(Math.min(...durations)).to.equal(11);
    expect([...store.traces.keys()].every((id) => id.startsWith("one "))).to.equal(true);
    await snapshots.stop();
  });

  it("do not keep the bot from stopping when the database hangs", async () => {
    store.save = () => new Promise(() => {});
    const snapshots = start();
    const stopped = snapshots.stop();
    await bench.clock.advance(5000);
    await stopped;
    expect(bench.clock.sleeping).to.equal(0);
  });

  it("are not taken with PERFORMANCE=off", async () => {
    const { clock, logger } = bench;
    const monitor = createPerformanceMonitor({ mode: "off", slowOperationMs: 1000, logger });
    const snapshots = startSnapshots({ monitor, store, clock, logger, instance: "one" });
    await clock.advance(MINUTE_MS);
    await snapshots.stop();
    expect(store.saves).to.equal(0);
  });
});
