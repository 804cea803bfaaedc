import { AsyncLocalStorage } from "node:async_hooks";
import { writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { silentLogger } from "../../lib/core/index.ts";
import {
  bindPerformanceMonitor,
  createPerformanceMonitor,
  monitorPerformance,
  type PerformanceMode,
  type PerformanceMonitor,
} from "../../lib/performance/index.ts";
import { describeMachine, machineLine } from "./measuring/machine.ts";
import { median, medianRatio } from "./measuring/median.ts";
import { measureAccuracy, renderAccuracy } from "./monitor/accuracy.ts";
import { createOwn, createPeers, type Peer } from "./monitor/peers.ts";
import { measureQuestion, measureUpdate, renderShares } from "./monitor/share.ts";

type Call = () => Promise<number>;
/** Makes `calls` calls, one after another. */
type Variant = (calls: number) => Promise<void>;

const ROUNDS = 41;
const CALLS_PER_ROUND = 20_000;
const CALLS_PER_TRACE = 20;

/** Compares a measured call with a bare one, with the minimum any measurement must do, and with other libraries. */
export async function benchMonitor({ json }: { json?: string }): Promise<void> {
  const machine = describeMachine();
  console.log(machineLine(machine));
  console.log(`An awaited call: medians of ${ROUNDS} interleaved rounds of ${CALLS_PER_ROUND} calls each.`);
  const peers = [createOwn(), ...createPeers()];
  const counts = createMonitor("counts"); // one for both variants, as a process has one: V8 optimizes for that
  const untraced = await compare("Without traces", "count and clock", {
    bare: repeat(work),
    "PERFORMANCE=off": repeat(createMonitor("off").monitorPerformance("bench")(work)),
    "@monitorPerformance, nothing bound": decorated(null),
    count: repeat(counted(work)),
    "count and clock": repeat(countedAndTimed(work)),
    "PERFORMANCE=counts": repeat(counts.monitorPerformance("bench")(work)),
    "PERFORMANCE=counts, @monitorPerformance": decorated(counts),
    ...Object.fromEntries(peers.map((peer) => [peer.name, reported(peer)])),
  });
  // Last and separate, because once AsyncLocalStorage is in use every promise of the process costs more.
  const storage = new AsyncLocalStorage<object>();
  const full = createMonitor("full");
  const traced = repeat(full.monitorPerformance("bench")(work));
  const withTraces = await compare("With AsyncLocalStorage in use", "count, clock and AsyncLocalStorage", {
    bare: repeat(work),
    "count and clock": repeat(countedAndTimed(work)),
    "count, clock and AsyncLocalStorage": repeat(countedAndTimed(() => storage.run({}, work))),
    "PERFORMANCE=full, each its own trace": traced,
    "PERFORMANCE=full, @monitorPerformance": decorated(full),
    [`PERFORMANCE=full, ${CALLS_PER_TRACE} in a trace`]: (calls) => inTraces(full, traced, calls),
  });
  const accuracy = measureAccuracy();
  console.log(renderAccuracy(accuracy));
  const nsPerCall = (withTraces["PERFORMANCE=full, each its own trace"] ?? 0) - (withTraces.bare ?? 0);
  const shares = {
    "an update without what its handler does": await measureUpdate(),
    "a question, with all it takes": await measureQuestion(),
  };
  console.log(renderShares(shares, nsPerCall));
  if (json === undefined) return;
  await writeFile(
    json,
    `${JSON.stringify({ machine, untraced, withTraces, accuracy, nsPerCall, shares }, null, 2)}\n`,
  );
}

/** Records each call with the peer and computes its report at the end. */
function reported(peer: Peer): Variant {
  const run = repeat(timed(work, peer.record));
  return async (calls) => {
    await run(calls);
    peer.quantile?.(0.95);
    peer.startOver?.();
  };
}

function timed(call: Call, record: (durationMs: number) => void): Call {
  return async function time(this: unknown, ...args: []) {
    const startMs = performance.now();
    try {
      return await call.apply(this, args);
    } finally {
      record(performance.now() - startMs);
    }
  };
}

/** @returns nanoseconds a call, by variant */
async function compare(
  title: string,
  reference: string,
  variants: Record<string, Variant>,
): Promise<Record<string, number>> {
  const roundsNs = new Map<string, number[]>(Object.keys(variants).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries(variants)) {
      const startMs = performance.now();
      await run(CALLS_PER_ROUND);
      roundsNs.get(name)?.push(((performance.now() - startMs) * 1e6) / CALLS_PER_ROUND);
    }
  }
  const of = (name: string): number[] => roundsNs.get(name) ?? [];
  console.log(`\n${title.padEnd(40)} ns/call   × bare   × ${reference}`);
  for (const name of Object.keys(variants)) {
    const ratios = [of("bare"), of(reference)].map((base) =>
      medianRatio(of(name), base).toFixed(2).padStart(9),
    );
    console.log(name.padEnd(40), median(of(name)).toFixed(0).padStart(7), ...ratios);
  }
  return Object.fromEntries(Object.keys(variants).map((name) => [name, median(of(name))]));
}

function createMonitor(mode: PerformanceMode): PerformanceMonitor {
  return createPerformanceMonitor({ mode, slowOperationMs: 1000, logger: silentLogger });
}

/** A function decorated before any monitor exists, called while `monitor` is bound. */
function decorated(monitor: PerformanceMonitor | null): Variant {
  const run = repeat(monitorPerformance("bench")(work));
  return async (calls) => {
    const unbind = monitor === null ? () => {} : bindPerformanceMonitor(monitor);
    await run(calls);
    unbind();
  };
}

async function work(): Promise<number> {
  return 1;
}

function counted(call: Call): Call {
  const seen = { calls: 0 };
  return async function count(this: unknown, ...args: []) {
    seen.calls += 1;
    return call.apply(this, args);
  };
}

function countedAndTimed(call: Call): Call {
  const seen = { calls: 0, errors: 0, totalMs: 0 };
  return async function countAndTime(this: unknown, ...args: []) {
    seen.calls += 1;
    const startMs = performance.now();
    try {
      return await call.apply(this, args);
    } catch (error) {
      seen.errors += 1;
      throw error;
    } finally {
      seen.totalMs += performance.now() - startMs;
    }
  };
}

function repeat(call: Call): Variant {
  return async (calls) => {
    for (let made = 0; made < calls; made += 1) await call();
  };
}

/** The trace itself is one of the measured calls. */
async function inTraces(monitor: PerformanceMonitor, variant: Variant, calls: number): Promise<void> {
  for (let made = 0; made < calls; made += CALLS_PER_TRACE) {
    await monitor.trace("update", {}, () => variant(CALLS_PER_TRACE - 1));
  }
}
