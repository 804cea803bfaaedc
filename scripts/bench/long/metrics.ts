import { readFile } from "node:fs/promises";
import type { BotProcess } from "../../simulate/bot/bot-process.ts";

/** The state of the bot's process at a time. */
export interface ProcessState {
  /** The process's private memory. */
  memoryBytes: number;
  /** Memory of mapped files, mainly of the embedded database; the system reclaims it when needed. */
  fileBytes: number;
  heapBytes: number;
  handles: number;
  timers: number;
  loop: readonly Bucket[];
}

/** Event-loop delays up to a bound since the bot's start. */
export interface Bucket {
  upToMs: number;
  count: number;
}

/** Reads a bot's `/metrics`. @returns the value of a metric by name; 0 when there is none. */
export async function readMetrics(url: string): Promise<(name: string) => number> {
  return metricsIn(await (await fetch(`${url}/metrics`)).text());
}

function metricsIn(metrics: string): (name: string) => number {
  return (name) => {
    const [, value] = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics) ?? [];
    return Number(value ?? 0);
  };
}

/** Reads the state of a bot's process. */
export async function readState({ pid, url }: BotProcess): Promise<ProcessState> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const metric = metricsIn(metrics);
  // Linux reports any process's private memory; elsewhere only the total is known, from the process's own metrics.
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const bytes = (name: string): number | undefined => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  };
  return {
    memoryBytes: bytes("RssAnon") ?? metric("process_resident_memory_bytes"),
    fileBytes: bytes("RssFile") ?? 0,
    heapBytes: metric("nodejs_heap_size_used_bytes"),
    handles: metric("nodejs_active_handles_total"),
    timers: metric('nodejs_active_resources\\{type="Timeout"\\}'),
    loop: loopBuckets(metrics),
  };
}

function loopBuckets(metrics: string): Bucket[] {
  const line =
    /^helpline_operation_duration_seconds_bucket\{operation="event_loop\.delay",le="([^"]+)"\} (\d+)$/gm;
  return [...metrics.matchAll(line)].map(([, bound, count]) => ({
    upToMs: bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound) * 1000,
    count: Number(count),
  }));
}

/**
 * A quantile of the delays between two states, in milliseconds, interpolated within a bucket like Prometheus'
 * `histogram_quantile`; in the last bucket it is that bucket's lower bound. NaN when there are none.
 */
export function quantileSince(before: readonly Bucket[], after: readonly Bucket[], share: number): number {
  const since = after.map(({ upToMs, count }, index) => ({
    upToMs,
    count: count - (before[index]?.count ?? 0),
  }));
  const all = since.at(-1)?.count ?? 0;
  if (all === 0) return Number.NaN;
  const rank = share * all;
  let from: Bucket = { upToMs: 0, count: 0 };
  for (const bucket of since) {
    if (bucket.count >= rank) {
      if (!Number.isFinite(bucket.upToMs)) return from.upToMs;
      const part = (rank - from.count) / (bucket.count - from.count);
      return from.upToMs + part * (bucket.upToMs - from.upToMs);
    }
    from = bucket;
  }
  return from.upToMs;
}
