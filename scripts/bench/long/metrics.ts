import { readFile } from "node:fs/promises";
import type { BotProcess } from "../../simulate/bot-process.ts";

/** The state of the bot's process at a moment. */
export interface ProcessState {
  /** What the process holds for itself. */
  memoryBytes: number;
  /** What of files is in its memory, the embedded database's above all; the system takes it back when it needs it. */
  fileBytes: number;
  heapBytes: number;
  handles: number;
  timers: number;
  loop: readonly Bucket[];
}

/** How often the event loop was late by so much or less since the bot's start. */
export interface Bucket {
  upToMs: number;
  count: number;
}

/** Reads a bot's `/metrics`: the value of each; 0 where there is none of that name. */
export async function readMetrics(url: string): Promise<(name: string) => number> {
  return metricsIn(await (await fetch(`${url}/metrics`)).text());
}

function metricsIn(metrics: string): (name: string) => number {
  return (name) => {
    const [, value] = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics) ?? [];
    return Number(value ?? 0);
  };
}

/** Reads how a bot's process is. */
export async function readState({ pid, url }: BotProcess): Promise<ProcessState> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const metric = metricsIn(metrics);
  // Linux tells of any process what is its own; elsewhere there is the sum alone, which the process tells itself.
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
 * A quantile of what came between two states, in milliseconds, evenly spread within a bucket as Prometheus'
 * `histogram_quantile` has it; beyond the last bound that bound is all that is known. NaN when nothing came.
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
