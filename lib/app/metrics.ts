import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Answer, Answers, ModelStats } from "../answers/index.ts";
import { type Clock, errorCode, fingerprint, type Logger } from "../core/index.ts";
import {
  type KeptTrace,
  type PerformanceMonitor,
  type RollupStore,
  startRollups,
  startSnapshots,
  watchProcess,
} from "../performance/index.ts";
import type { DriverObserver, Store } from "../store/index.ts";
import type { OutboxStats, Update } from "../telegram/index.ts";

/** People whose last update is younger than this are active. */
const ACTIVE_MS = 60_000;
/** Bounds the memory; more active people are not counted. */
const MAX_ACTIVE = 10_000;

export interface MeasuringDeps {
  clock: Clock;
  logger: Logger;
  /** Tells processes apart; see `newInstanceName`. */
  instance: string;
  /** Called each minute with the slowest traces that are new. */
  onTraces?: ((traces: readonly KeptTrace[]) => void) | undefined;
}

/** A name for this run of the process, which does not tell the machine's. */
export function newInstanceName(): string {
  return `${fingerprint(hostname())}-${randomUUID().slice(0, 8)}`;
}

/**
 * Measures the process and the connection pool, and saves all measurements each minute.
 * @returns a function that stops this
 */
export function startMeasuring(
  monitor: PerformanceMonitor,
  store: Store,
  { clock, logger, instance, onTraces }: MeasuringDeps,
): () => Promise<void> {
  const watch = watchProcess(monitor);
  monitor.gauge("mongodb.pool.connections", () => store.pool().connections);
  monitor.gauge("mongodb.pool.in_use", () => store.pool().inUse);
  monitor.gauge("mongodb.pool.waiting", () => store.pool().waiting);
  const snapshots = startSnapshots({
    clock,
    logger,
    monitor,
    store: {
      save: (snapshot) =>
        store.performance.save({
          _id: snapshot.id,
          minute: new Date(snapshot.fromMs),
          snapshot: JSON.stringify(snapshot),
        }),
      async saveTraces(traces) {
        onTraces?.(traces);
        await store.performance.saveTraces(
          traces.map((trace) => ({
            _id: trace.id,
            at: new Date(trace.startedAtMs),
            operation: trace.operation,
            durationMs: trace.durationMs,
            ...(trace.fields.chat === undefined ? {} : { chat: String(trace.fields.chat) }),
            trace: JSON.stringify(trace),
          })),
        );
      },
    },
    instance,
  });
  const rollups = monitor.mode === "off" ? null : startRollups({ clock, logger, store: rollupStore(store) });
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

/** Records MongoDB commands by name and collection, and waits for a pooled connection. */
export function observeDriver(monitor: PerformanceMonitor): DriverObserver {
  return {
    // The pool hands out a connection in the async context of the call that returned it, so the trace that waited is
    // only known here.
    commandStarted: (waitedMs) => monitor.waited("mongodb.pool.wait", waitedMs),
    commandEnded: (command, durationMs, code) =>
      monitor.record(`mongodb.${command}`, durationMs, failedWith(code)),
    checkedOut: (durationMs, code) => monitor.record("mongodb.pool.wait", durationMs, failedWith(code)),
  };
}

/**
 * Registers gauges of the models: calls of all together, and of each beside the first; of each, by its place in the order,
 * the breaker's state (0 closed, 1 half-open, 2 open), the cost and the remaining quotas.
 */
export function gaugeModels(monitor: PerformanceMonitor, stats: Answers["stats"]): void {
  monitor.gauge("model.in_flight", () => stats().inFlight);
  monitor.gauge("model.queued", () => stats().queued);
  monitor.gauge("model.limit", () => stats().limit);
  for (const [index, { quota }] of stats().models.entries()) {
    const now = (): ModelStats | undefined => stats().models[index];
    const place = index === 0 ? "" : `.${index + 1}`; // a single model's gauges need no number
    if (index > 0) {
      monitor.gauge(`model.in_flight${place}`, () => now()?.inFlight ?? 0);
      monitor.gauge(`model.queued${place}`, () => now()?.queued ?? 0);
      monitor.gauge(`model.limit${place}`, () => now()?.limit ?? 0);
    }
    monitor.gauge(`model.breaker${place}`, () => STATES.indexOf(now()?.breaker ?? "closed"));
    monitor.gauge(`model.cost_this_month${place}`, () => now()?.costThisMonth ?? 0);
    for (const [name, left] of QUOTAS) {
      if (quota[left] !== undefined)
        monitor.gauge(`model.quota.${name}${place}`, () => now()?.quota[left] ?? 0);
    }
  }
}

/** Registers gauges of embeddings, where there are any: the breaker's state (2 while paused, too) and the month's cost. */
export function gaugeEmbeddings(monitor: PerformanceMonitor, stats: Answers["stats"]): void {
  if (!stats().embeddings) return;
  monitor.gauge("embeddings.breaker", () => {
    const { breaker = "closed", isPaused = false } = stats().embeddings ?? {};
    return STATES.indexOf(isPaused ? "open" : breaker);
  });
  monitor.gauge("embeddings.cost_this_month", () => stats().embeddings?.costThisMonth ?? 0);
}

const STATES: readonly ModelStats["breaker"][] = ["closed", "half-open", "open"];
const QUOTAS = [
  ["rpm", "requestsThisMinute"],
  ["tpm", "tokensThisMinute"],
  ["rpd", "requestsToday"],
] as const;

/** Registers gauges of the outbox: what is not sent, what Telegram paused, and what was recently given up. */
export function gaugeOutbox(monitor: PerformanceMonitor, stats: () => OutboxStats): void {
  monitor.gauge("outbox.unsettled", () => stats().unsettled);
  monitor.gauge("outbox.oldest_ms", () => stats().oldestMs);
  monitor.gauge("outbox.paused_chats", () => stats().pausedChats);
  monitor.gauge("outbox.longest_pause_ms", () => stats().longestPauseMs);
  monitor.gauge("outbox.given_up", () => stats().givenUp);
}

/** How a question is counted: not the messages of hand-overs, guides and comments, which are handled as texts, too. */
const QUESTION = "question";

/**
 * Records each question with the time to its answer, and for each answer of the model the time to its first words, without
 * the wait for a slot, and its tokens. A question that its person withdraws is no failure.
 */
export function measureAnswers(
  monitor: PerformanceMonitor,
  { answer }: Pick<Answers, "answer">,
  clock: Pick<Clock, "monotonic">,
): Answers["answer"] {
  return async (question) => {
    const askedAt = clock.monotonic();
    const record = (code?: string): void =>
      monitor.record(QUESTION, clock.monotonic() - askedAt, { slowMs: null, ...failedWith(code) });
    try {
      const answered = await answer(question);
      record();
      if (answered.kind === "answer" && answered.origin === "model") recordModelAnswer(monitor, answered);
      return answered;
    } catch (error) {
      record(question.signal.aborted ? undefined : errorCode(error));
      throw error;
    }
  };
}

function failedWith(code: string | undefined): { errorCode?: string } {
  return code === undefined ? {} : { errorCode: code };
}

function recordModelAnswer(
  monitor: PerformanceMonitor,
  { timing, usage, isCached }: Extract<Answer, { origin: "model" }>,
): void {
  if (isCached) monitor.count("answers.shared", 1);
  if (timing.firstTextMs !== undefined) {
    monitor.record("model.first_text", timing.firstTextMs - timing.waitMs, { slowMs: null });
  }
  monitor.count("model.tokens.prompt", usage?.promptTokens ?? 0);
  monitor.count("model.tokens.output", usage?.outputTokens ?? 0);
}

/** Counts updates that are dropped without a reply, such as those of a flood; no operation counts them. */
export function countRefused<Current>(
  monitor: PerformanceMonitor,
  refuses: (current: Current) => boolean,
): (current: Current) => boolean {
  monitor.count("updates.refused", 0); // so that Prometheus sees the first ones as an increase
  return (current) => {
    const isRefused = refuses(current);
    if (isRefused) monitor.count("updates.refused", 1);
    return isRefused;
  };
}

/** Registers a gauge of the people who were active within the last minute. */
export function measurePeople(monitor: PerformanceMonitor, clock: Clock): (update: Update) => void {
  /** Time of each person's last update, oldest first. Ids never leave this map; only their number is shown. */
  const lastSeen = new Map<number, number>();
  function forgetInactive(): void {
    for (const [person, at] of lastSeen) {
      if (at > clock.monotonic() - ACTIVE_MS && lastSeen.size <= MAX_ACTIVE) return;
      lastSeen.delete(person);
    }
  }
  monitor.gauge("people.active", () => {
    forgetInactive();
    return lastSeen.size;
  });
  return ({ message, callback_query }) => {
    const person = message?.from?.id ?? callback_query?.from.id;
    if (person === undefined) return;
    lastSeen.delete(person);
    lastSeen.set(person, clock.monotonic());
    forgetInactive();
  };
}
