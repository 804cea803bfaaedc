import { type Clock, endsWithin, errorMessage, type Logger } from "../../core/index.ts";
import type { PerformanceMonitor } from "../monitor.ts";
import type { KeptTrace } from "../recording/slowest-traces.ts";
import { type Measurements, mergeSnapshots, type Snapshot } from "./snapshot.ts";

const MINUTE_MS = 60_000;
/** How often the current minute is saved again. */
const REWRITE_MS = 10_000;
/** Unsaved minutes kept separately while the database is away; older ones are merged, so none is lost. */
const MAX_WAITING = 120;
/** Unsaved slow traces kept while the database is away: those of ten hours. */
const MAX_WAITING_TRACES = 200;
/** How long `stop` waits for the last write. */
const STOP_MS = 5_000;

/** The store of snapshots and slow traces. Saving one under a known id replaces it. */
export interface SnapshotStore {
  save(snapshot: Snapshot): Promise<void>;
  saveTraces(traces: readonly KeptTrace[]): Promise<void>;
}

export interface SnapshotOptions {
  monitor: PerformanceMonitor;
  store: SnapshotStore;
  clock: Clock;
  /** Identifies this process among those that share the database. */
  instance: string;
  logger: Logger;
}

/**
 * Saves a snapshot of each minute, and every 10 s the current minute and the slowest traces, until stopped.
 * `stop` saves once more, for at most 5 s. With `PERFORMANCE=off` there is nothing to save.
 */
export function startSnapshots(options: SnapshotOptions): { stop(): Promise<void> } {
  if (options.monitor.mode === "off") return { stop: () => Promise.resolve() };
  const { clock } = options;
  const writer = new SnapshotWriter(options);
  const stopping = new AbortController();

  const writing = (async () => {
    while (!stopping.signal.aborted) {
      const untilNextMs = REWRITE_MS - (clock.now() % REWRITE_MS);
      await clock.sleep(untilNextMs, stopping.signal).catch(() => {}); // aborted by `stop`
      writer.take();
      void writer.flush(); // not awaited: a slow database must not stretch the minute
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await writing;
      await endsWithin(writer.flush(), STOP_MS, clock);
    },
  };
}

/** Holds the snapshots that are not saved yet: closed minutes in order, and the current minute. */
class SnapshotWriter {
  private readonly startedAtMs: number;
  private fromMs: number;
  private closed: Snapshot[] = [];
  private current: Snapshot | null = null;
  /** Slow traces by id, the longest waiting first. */
  private readonly traces = new Map<string, KeptTrace>();
  private flushing: Promise<void> | null = null;
  private isFailing = false;

  constructor(private readonly options: SnapshotOptions) {
    this.startedAtMs = options.clock.now();
    this.fromMs = this.startedAtMs;
  }

  /** Takes a snapshot of the current minute, and closes it when the next one has begun. */
  take(): void {
    const { clock, monitor } = this.options;
    const nowMs = clock.now();
    this.takeTraces();
    if (minuteOf(nowMs) === minuteOf(this.fromMs)) {
      this.current = this.snapshot(nowMs, monitor.present());
      return;
    }
    this.closed.push(this.snapshot(nowMs, monitor.nextWindow()));
    this.current = null;
    this.fromMs = nowMs;
    const [oldest, second, ...others] = this.closed;
    if (oldest && second && this.closed.length > MAX_WAITING) {
      this.closed = [mergeSnapshots([oldest, second]), ...others];
    }
  }

  private takeTraces(): void {
    const { instance, monitor } = this.options;
    for (const trace of monitor.takeTraces()) {
      const id = `${instance} ${trace.id}`;
      this.traces.set(id, { ...trace, id });
    }
    for (const id of this.traces.keys()) {
      if (this.traces.size <= MAX_WAITING_TRACES) break;
      this.traces.delete(id);
    }
  }

  /** Saves all waiting snapshots, oldest first, including those taken meanwhile. Stops at the first failure. */
  flush(): Promise<void> {
    this.flushing ??= this.drain();
    return this.flushing;
  }

  private async drain(): Promise<void> {
    try {
      for (let next = this.next(); next; next = this.next()) {
        await this.options.store.save(next);
        // A snapshot that was merged or retaken meanwhile is another object of the same id, still to be saved.
        if (this.closed[0] === next) this.closed.shift();
        if (this.current === next) this.current = null;
        this.noteSuccess();
      }
      await this.saveTraces();
    } catch (error) {
      this.noteFailure(error);
    } finally {
      this.flushing = null;
    }
  }

  private async saveTraces(): Promise<void> {
    const traces = [...this.traces.values()];
    if (traces.length === 0) return;
    await this.options.store.saveTraces(traces);
    for (const trace of traces) if (this.traces.get(trace.id) === trace) this.traces.delete(trace.id);
  }

  /**
   * Strictly in order: only the first may already be in the database (when the reply to its save was lost), and merging
   * keeps the first one's id, so nothing is counted twice.
   */
  private next(): Snapshot | null {
    return this.closed[0] ?? this.current;
  }

  private snapshot(toMs: number, measurements: Measurements): Snapshot {
    const { instance } = this.options;
    const { fromMs, startedAtMs } = this;
    const id = [instance, new Date(startedAtMs).toISOString(), new Date(fromMs).toISOString()].join(" ");
    // The clock may have been set back since `fromMs`.
    const endMs = Math.max(fromMs, toMs);
    return { id, instances: [instance], runStartedAtMs: startedAtMs, fromMs, toMs: endMs, ...measurements };
  }

  private noteSuccess(): void {
    if (this.isFailing) this.options.logger.info("Performance snapshots are saved again");
    this.isFailing = false;
  }

  private noteFailure(error: unknown): void {
    if (!this.isFailing) {
      this.options.logger.warn("Performance snapshots cannot be saved; they wait in memory", {
        error: errorMessage(error),
      });
    }
    this.isFailing = true;
  }
}

function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS);
}
