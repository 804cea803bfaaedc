import { expect } from "chai";
import {
  mergeSnapshots,
  type RollupStore,
  type Snapshot,
  startRollups,
} from "../../lib/performance/index.ts";
import { type Bench, createBench } from "./support.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Keeps everything by resolution and id. */
class MemoryStore implements RollupStore {
  readonly kept = { minute: new Map(), hour: new Map(), day: new Map() } as Record<
    "minute" | "hour" | "day",
    Map<string, { startMs: number; snapshot: Snapshot }>
  >;
  isAway = false;

  read: RollupStore["read"] = async (resolution, fromMs, toMs) => {
    if (this.isAway) throw new Error("database away");
    return [...this.kept[resolution].values()]
      .filter(({ startMs }) => startMs >= fromMs && startMs < toMs)
      .map(({ snapshot }) => JSON.stringify(snapshot));
  };

  save: RollupStore["save"] = async (resolution, startMs, snapshot) => {
    this.kept[resolution].set(snapshot.id, { startMs, snapshot });
  };

  newestMs: RollupStore["newestMs"] = async (resolution) => {
    const starts = [...this.kept[resolution].values()].map(({ startMs }) => startMs);
    return starts.length === 0 ? null : Math.max(...starts);
  };

  /** The number of calls in each snapshot, by its start. */
  calls(resolution: "hour" | "day", originMs: number): [start: number, calls: number][] {
    return [...this.kept[resolution].values()].map(({ startMs, snapshot }) => {
      const text = snapshot.operations[0]?.histogram.buckets ?? "";
      return [(startMs - originMs) / HOUR_MS, Number.parseInt(text.split(":")[1] ?? "0", 36)];
    });
  }
}

describe("rolling up", () => {
  let bench: Bench;
  let store: MemoryStore;
  let midnight: number;
  let stop: () => Promise<void>;

  function minute(startMs: number, instance = "one"): Promise<void> {
    const { monitor } = createBench();
    monitor.record("work", 5);
    const times = { runStartedAtMs: midnight, fromMs: startMs, toMs: startMs + MINUTE_MS };
    const id = `${instance} ${startMs}`;
    return store.save("minute", startMs, { id, instances: [instance], ...times, ...monitor.present() });
  }

  beforeEach(() => {
    bench = createBench();
    store = new MemoryStore();
    midnight = bench.clock.now();
    ({ stop } = startRollups({ store, clock: bench.clock, logger: bench.logger }));
  });
  afterEach(async () => {
    await stop();
    expect(bench.clock.sleeping, "timers left").to.equal(0);
  });

  it("merges each hour's minutes, of all processes, once the hour is over", async () => {
    for (const at of [0, 10, 59]) await minute(midnight + at * MINUTE_MS);
    await minute(midnight + 10 * MINUTE_MS, "two");
    await bench.clock.advance(HOUR_MS);
    expect(store.calls("hour", midnight), "the last minute may still be on its way").to.deep.equal([]);
    await minute(midnight + 61 * MINUTE_MS);
    await bench.clock.advance(2 * MINUTE_MS);
    expect(store.calls("hour", midnight)).to.deep.equal([[0, 4]]);
    const [hour] = store.kept.hour.values();
    expect(hour?.snapshot).to.deep.include({ instances: ["one", "two"], fromMs: midnight });
    await bench.clock.advance(HOUR_MS);
    expect(store.calls("hour", midnight), "the same again, and the next").to.deep.equal([
      [0, 4],
      [1, 1],
    ]);
  });

  it("includes minutes that an outage delayed", async () => {
    await minute(midnight);
    await bench.clock.advance(HOUR_MS + 2 * MINUTE_MS);
    expect(store.calls("hour", midnight)).to.deep.equal([[0, 1]]);
    await minute(midnight + MINUTE_MS);
    await bench.clock.advance(HOUR_MS);
    expect(store.calls("hour", midnight)).to.deep.equal([[0, 2]]);
  });

  it("merges the hours of a day early on the next day", async () => {
    for (const hours of [0, 5, 23.5]) await minute(midnight + hours * HOUR_MS);
    await bench.clock.advance(DAY_MS + 4 * HOUR_MS);
    expect(store.calls("day", midnight)).to.deep.equal([]);
    await bench.clock.advance(2 * MINUTE_MS);
    expect(store.calls("day", midnight)).to.deep.equal([[0, 3]]);
    const [day] = store.kept.day.values();
    const hours = [...store.kept.hour.values()].map(({ snapshot }) => snapshot) as [Snapshot, ...Snapshot[]];
    expect(day?.snapshot.operations).to.deep.equal(mergeSnapshots(hours).operations);
  });

  it("logs a failure and tries again after an outage", async () => {
    await minute(midnight);
    store.isAway = true;
    await bench.clock.advance(HOUR_MS + 2 * MINUTE_MS);
    expect(bench.warnings[0]?.message).to.match(/could not be rolled up/);
    store.isAway = false;
    await bench.clock.advance(HOUR_MS);
    expect(store.calls("hour", midnight)).to.deep.equal([[0, 1]]);
  });

  it("does not roll up spans whose minutes may have expired in part", async () => {
    await minute(midnight - 2 * DAY_MS);
    await minute(midnight - 40 * HOUR_MS);
    await bench.clock.advance(2 * MINUTE_MS);
    expect(store.calls("hour", midnight)).to.deep.equal([[-40, 1]]);
  });
});
