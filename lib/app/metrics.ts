import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Answers } from "../answers/index.ts";
import { type Clock, hashed, type Logger } from "../core/index.ts";
import {
  type PerformanceMonitor,
  type RollupStore,
  startRollups,
  startSnapshots,
  watchProcess,
} from "../performance/index.ts";
import type { DriverObserver, Store } from "../store/index.ts";
import type { Update } from "../telegram/index.ts";

/** Whoever wrote or pressed within this time is active. */
const ACTIVE_MS = 60_000;
/** So many are told apart, which bounds the memory it takes. */
const MAX_ACTIVE = 10_000;

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
  const rollups = monitor.mode === "off" ? null : startRollups({ ...deps, store: rollupStore(store) });
  return async () => {
    watch.stop();
    await rollups?.stop();
    await snapshots.stop();
  };
}

function rollupStore({ performance }: Store): RollupStore {
  return {
    async read(resolution, fromMs, toMs) {
      const records = await performance.list(resolution, new Date(fromMs), new Date(toMs));
      return records.map(({ snapshot }) => snapshot);
    },
    save: (resolution, startMs, snapshot) =>
      performance.save(
        { _id: snapshot.id, minute: new Date(startMs), snapshot: JSON.stringify(snapshot) },
        resolution,
      ),
    async newestMs(resolution) {
      return (await performance.newest(resolution))?.minute.getTime() ?? null;
    },
  };
}

/** Records MongoDB's commands by name and collection, and how long connections were waited for. */
export function observeDriver(monitor: PerformanceMonitor): DriverObserver {
  return {
    // The pool tells of a connection in whoever's context gave it back, so a trace sees its wait end here.
    commandStarted: (waitedMs) => monitor.waited("mongodb.pool.wait", waitedMs),
    commandEnded: (command, durationMs, errorCode) =>
      monitor.record(`mongodb.${command}`, durationMs, errorCode === undefined ? {} : { errorCode }),
    checkedOut: (durationMs, errorCode) =>
      monitor.record("mongodb.pool.wait", durationMs, errorCode === undefined ? {} : { errorCode }),
  };
}

/** How busy the model is, how it does (0: well, 1: being tried again, 2: left alone), and what is left of its quotas. */
export function gaugeModel(monitor: PerformanceMonitor, stats: Answers["stats"]): void {
  monitor.gauge("gemini.in_flight", () => stats().inFlight);
  monitor.gauge("gemini.queued", () => stats().queued);
  monitor.gauge("gemini.limit", () => stats().limit);
  const { breaker, quota = {} } = stats();
  if (breaker !== undefined) {
    monitor.gauge("gemini.breaker", () =>
      ["closed", "half-open", "open"].indexOf(stats().breaker ?? "closed"),
    );
    monitor.gauge("gemini.cost_this_month", () => stats().costThisMonth ?? 0);
  }
  for (const [name, left] of [
    ["gemini.quota.rpm", "requestsThisMinute"],
    ["gemini.quota.tpm", "tokensThisMinute"],
    ["gemini.quota.rpd", "requestsToday"],
  ] as const) {
    if (quota[left] !== undefined) monitor.gauge(name, () => stats().quota?.[left] ?? 0);
  }
}

/** Records of each answer of the model when its first words came, once it had a place, and the tokens it took, if any. */
export function measureAnswers(
  monitor: PerformanceMonitor,
  { answer }: Pick<Answers, "answer">,
): Answers["answer"] {
  return async (question) => {
    const answered = await answer(question);
    if (answered.kind === "answer" && answered.origin === "model") {
      const { timing, usage, isCached } = answered;
      if (isCached) monitor.count("answers.shared", 1);
      if (timing.firstTextMs !== undefined) {
        monitor.record("gemini.first_text", timing.firstTextMs - timing.waitMs, { slowMs: null });
      }
      monitor.count("gemini.tokens.prompt", usage?.promptTokens ?? 0);
      monitor.count("gemini.tokens.output", usage?.outputTokens ?? 0);
    }
    return answered;
  };
}

/** Counts the updates that go by without a word, such as those of a flood: no operation tells of them. */
export function countRefused<Current>(
  monitor: PerformanceMonitor,
  refuses: (current: Current) => boolean,
): (current: Current) => boolean {
  monitor.count("updates.refused", 0); // so that Prometheus sees the first ones as a rise
  return (current) => {
    const isRefused = refuses(current);
    if (isRefused) monitor.count("updates.refused", 1);
    return isRefused;
  };
}

/** How many different people were heard of within the last minute: a gauge. */
export function measurePeople(monitor: PerformanceMonitor, clock: Clock): (update: Update) => void {
  /** When each was last heard of, the longest silent first. Ids stay in here: only their number is told. */
  const lastHeard = new Map<number, number>();
  function forgetSilent(): void {
    for (const [person, at] of lastHeard) {
      if (at > clock.now() - ACTIVE_MS && lastHeard.size <= MAX_ACTIVE) return;
      lastHeard.delete(person);
    }
  }
  monitor.gauge("people.active", () => {
    forgetSilent();
    return lastHeard.size;
  });
  return ({ message, callback_query }) => {
    const person = message?.from?.id ?? callback_query?.from.id;
    if (person === undefined) return;
    lastHeard.delete(person);
    lastHeard.set(person, clock.now());
    forgetSilent();
  };
}
