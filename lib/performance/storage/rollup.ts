import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, errorMessage, type Logger } from "../../core/index.ts";
import { mergeSnapshots, type Snapshot } from "./snapshot.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Delay between the end of an hour and its roll-up, so that every process has written its last minute. */
const SETTLE_MS = 90_000;
/** Snapshots merged between two turns of the event loop, to keep it responsive. */
const MERGED_AT_ONCE = 5;

/** The time span that one stored snapshot covers. */
export type Resolution = "minute" | "hour" | "day";

/** The store of snapshots at each resolution. */
export interface RollupStore {
  /** Snapshots that started in [fromMs, toMs), as JSON. */
  read(resolution: Resolution, fromMs: number, toMs: number): Promise<string[]>;
  /** Writes an hour or a day, replacing an earlier version. */
  save(resolution: Resolution, startMs: number, snapshot: Snapshot): Promise<void>;
  /** The start of the newest snapshot. */
  newestMs(resolution: Resolution): Promise<number | null>;
}

export interface RollupOptions {
  store: RollupStore;
  clock: Clock;
  logger: Logger;
}

interface Level {
  resolution: Resolution;
  source: Resolution;
  lengthMs: number;
  /** Spans are rolled up once they ended this long ago. */
  settleMs: number;
  /** Spans that ended within this time are rolled up again, for minutes that a database outage delayed. */
  againMs: number;
  /** Older spans are not rolled up, because some of their sources may have expired. */
  reachMs: number;
}

const LEVELS: readonly Level[] = [
  {
    resolution: "hour",
    source: "minute",
    lengthMs: HOUR_MS,
    settleMs: 0,
    againMs: 3 * HOUR_MS,
    reachMs: 2 * DAY_MS - HOUR_MS,
  },
  {
    resolution: "day",
    source: "hour",
    lengthMs: DAY_MS,
    settleMs: 4 * HOUR_MS,
    againMs: 0,
    reachMs: 29 * DAY_MS,
  },
];

/**
 * Merges the minutes of all processes into hours, and hours into days (UTC), shortly after the start and then after each
 * hour, until stopped. Idempotent, so several processes may do it.
 */
export function startRollups({ store, clock, logger }: RollupOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  const working = (async () => {
    await clock.sleep(SETTLE_MS, signal);
    while (!signal.aborted) {
      try {
        for (const level of LEVELS) await rollUp(level, store, clock.now(), signal);
      } catch (error) {
        signal.throwIfAborted();
        logger.warn("Measurements could not be rolled up; retrying in an hour", {
          error: errorMessage(error),
        });
      }
      await clock.sleep(HOUR_MS - ((clock.now() - SETTLE_MS) % HOUR_MS), signal);
    }
  })().catch(() => {}); // the sleep was aborted by `stop`

  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

async function rollUp(level: Level, store: RollupStore, nowMs: number, signal: AbortSignal): Promise<void> {
  const { resolution, source, lengthMs, settleMs, againMs, reachMs } = level;
  const endMs = startOf(nowMs - settleMs, lengthMs);
  const newestMs = await store.newestMs(resolution);
  const reachableMs = startOf(nowMs - reachMs, lengthMs) + lengthMs;
  const missingMs = newestMs === null ? reachableMs : newestMs + lengthMs;
  const fromMs = Math.max(reachableMs, Math.min(missingMs, endMs - againMs));
  for (let startMs = fromMs; startMs < endMs; startMs += lengthMs) {
    signal.throwIfAborted();
    const merged = await mergeAll(await store.read(source, startMs, startMs + lengthMs));
    if (merged) await store.save(resolution, startMs, { ...merged, id: new Date(startMs).toISOString() });
  }
}

async function mergeAll(texts: readonly string[]): Promise<Snapshot | null> {
  let merged: Snapshot | null = null;
  for (let next = 0; next < texts.length; next += MERGED_AT_ONCE) {
    const [first, ...others] = texts
      .slice(next, next + MERGED_AT_ONCE)
      .map((text) => JSON.parse(text) as Snapshot);
    if (first) merged = mergeSnapshots(merged ? [merged, first, ...others] : [first, ...others]);
    await nextTurn();
  }
  return merged;
}

function startOf(timeMs: number, lengthMs: number): number {
  return Math.floor(timeMs / lengthMs) * lengthMs;
}
