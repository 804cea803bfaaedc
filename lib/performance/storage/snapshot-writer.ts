import { type Clock, endsWithin, errorMessage, type Logger } from "../../core/index.ts";
import type { PerformanceMonitor } from "../monitor.ts";
import type { KeptTrace } from "../recording/slowest-traces.ts";
import { type Measurements, mergeSnapshots, type Snapshot } from "./snapshot.ts";

const MINUTE_MS = 60_000;
/** How often the present minute is written again. */
const REWRITE_MS = 10_000;
/** While the database is away, so many minutes wait each on its own; older ones are merged, so none is lost. */
const MAX_WAITING = 120;
/** While the database is away, so many slow traces wait: those of ten hours. */
const MAX_WAITING_TRACES = 200;
/** How long stopping waits for the last write. */
const STOP_MS = 5_000;

/** Where snapshots and slow traces are kept. Saving one again under its id replaces it. */
export interface SnapshotStore {
  save(snapshot: Snapshot): Promise<void>;
  saveTraces(traces: readonly KeptTrace[]): Promise<void>;
}

export interface SnapshotOptions {
  monitor: PerformanceMonitor;
  store: SnapshotStore;
  clock: Clock;
  /** Names this process among those of the same database. */
  instance: string;
  logger: Logger;
}

/**
 * Saves what each minute added, and the present minute and hour's slowest traces every 10 s, until stopped.
 * Stopping saves once more, for at most 5 s. With `PERFORMANCE=off` there is nothing to save.
 */
export function startSnapshots(options: SnapshotOptions): { stop(): Promise<void> } {
  if (options.monitor.mode === "off") return { stop: () => Promise.resolve() };
  const { clock } = options;
  const writer = new SnapshotWriter(options);
  const stopping = new AbortController();

  const writing = (async () => {
    while (!stopping.signal.aborted) {
      const untilNextMs = REWRITE_MS - (clock.now() % REWRITE_MS);
      await clock.sleep(untilNextMs, stopping.signal).catch(() => {}); // woken to stop
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

/** Holds the snapshots that are not saved yet: closed ones in order, and the present minute last. */
class SnapshotWriter {
  private readonly startedAtMs: number;
  private fromMs: number;
  private closed: Snapshot[] = [];
  private present: Snapshot | null = null;
  /** Slow traces by id, the longest waiting first. */
  private readonly traces = new Map<string, KeptTrace>();
  private flushing: Promise<void> | null = null;
  private isFailing = false;

  constructor(private readonly options: SnapshotOptions) {
    this.startedAtMs = options.clock.now();
    this.fromMs = this.startedAtMs;
  }

  /** Takes the present minute's snapshot, closing the minute when the next has begun. */
  take(): void {
    const { clock, monitor } = this.options;
    const nowMs = clock.now();
    this.takeTraces();
    if (minuteOf(nowMs) === minuteOf(this.fromMs)) {
      this.present = this.snapshot(nowMs, monitor.present());
      return;
    }
    this.closed.push(this.snapshot(nowMs, monitor.nextWindow()));
    this.present = null;
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

  /** Saves, oldest first, all that waits, also what is taken meanwhile; gives up at the first failure, until next time. */
  flush(): Promise<void> {
    this.flushing ??= this.drain();
    return this.flushing;
  }

  private async drain(): Promise<void> {
    try {
      for (let next = this.next(); next; next = this.next()) {
        await this.options.store.save(next);
        // What was merged or taken anew meanwhile is another object of the same id, still to be saved.
        if (this.closed[0] === next) this.closed.shift();
        if (this.present === next) this.present = null;
        this.noteSaving();
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
   * Strictly in order, so that only the first may be in the database already, of a save whose answer was lost:
   * merging keeps the first one's id, and so counts nothing twice.
   */
  private next(): Snapshot | null {
    return this.closed[0] ?? this.present;
  }

  private snapshot(toMs: number, measurements: Measurements): Snapshot {
    const { instance } = this.options;
    const { fromMs, startedAtMs } = this;
    const id = [instance, new Date(startedAtMs).toISOString(), new Date(fromMs).toISOString()].join(" ");
    return { id, instances: [instance], runStartedAtMs: startedAtMs, fromMs, toMs, ...measurements };
  }

  private noteSaving(): void {
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
