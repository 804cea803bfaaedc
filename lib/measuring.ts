import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Clock, hashed, type Logger, type Measure } from "./core/index.ts";
import { type PerformanceMonitor, startSnapshots, watchProcess } from "./performance/index.ts";
import type { Store } from "./store/index.ts";

/** Records what no part measures itself, and saves each minute; answers what ends both. */
export function startMeasuring(
  monitor: PerformanceMonitor,
  store: Store,
  deps: { clock: Clock; logger: Logger },
): () => Promise<void> {
  const watch = watchProcess(monitor);
  monitor.gauge("mongodb.pool.connections", () => store.pool().connections);
  monitor.gauge("mongodb.pool.in_use", () => store.pool().inUse);
  monitor.gauge("mongodb.pool.waiting", () => store.pool().waiting);
  const snapshots = startSnapshots({
    ...deps,
    monitor,
    store: {
      save: (snapshot) =>
        store.performance.save({
          _id: snapshot.id,
          minute: new Date(snapshot.fromMs),
          snapshot: JSON.stringify(snapshot),
        }),
      saveTraces: (traces) =>
        store.performance.saveTraces(
          traces.map((trace) => ({
            _id: trace.id,
            at: new Date(trace.startedAtMs),
            operation: trace.operation,
            durationMs: trace.durationMs,
            trace: JSON.stringify(trace),
          })),
        ),
    },
    instance: `${hashed(hostname())}-${randomUUID().slice(0, 8)}`,
  });
  return async () => {
    watch.stop();
    await snapshots.stop();
  };
}

/** Measures the store's calls, which count together as `mongo` in breakdowns. */
export function measureStore(monitor: PerformanceMonitor): Measure {
  return (name, work) => monitor.measure(name, work, { part: "mongo" });
}

/** Measures Telegram's methods, sends counting together as `telegram.send`; a long poll is never slow. */
export function measureTelegram(monitor: PerformanceMonitor): Measure {
  return (name, work) => {
    if (name === "telegram.getUpdates") return monitor.measure(name, work, { slowMs: null });
    return monitor.measure(name, work, { part: name.startsWith("telegram.send") ? "telegram.send" : name });
  };
}
