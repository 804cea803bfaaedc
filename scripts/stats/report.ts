import {
  comparisonData,
  type KeptTrace,
  NOTHING_RECORDED,
  renderComparison,
  renderInstances,
  renderReport,
  renderTraces,
  reportCsv,
  reportData,
  type Snapshot,
} from "../../lib/performance/index.ts";
import type { Store } from "../../lib/store/index.ts";
import { COMPARED, type Span, type StatsOptions } from "./options.ts";

/** Slowest traces shown without `--all`. */
const SHOWN_TRACES = 5;
const READ_TRACES = 500;

export interface Screen {
  width: number;
  color: boolean;
}

interface Window {
  fromMs: number;
  toMs: number;
}

/** Reads the measurements and renders the report. @param store null when there is no database */
export async function writeReport(
  store: Store | null,
  options: StatsOptions,
  screen: Screen,
  now: number,
): Promise<string> {
  const window = store && (await windowOf(store, options.span, now));
  const snapshots = store && window ? await readSnapshots(store, window, options.span) : [];
  const traces = store && window ? await readTraces(store, window, options.operation) : [];
  if (options.format === "json" && options.compare) {
    const earlier = store && window ? await readEarlier(store, window, options.compare, options.span) : [];
    return `${JSON.stringify(comparisonData(snapshots, earlier, options), null, 2)}\n`;
  }
  if (options.format === "json")
    return `${JSON.stringify(reportData(snapshots, traces, options), null, 2)}\n`;
  if (options.format === "csv") return reportCsv(snapshots, options);
  if (!store || !window || snapshots.length === 0) return NOTHING_RECORDED;
  if (options.instances) return renderInstances(snapshots, { ...screen, now });
  if (options.slow) return renderTraces(options.all ? traces : traces.slice(0, SHOWN_TRACES), screen);
  if (options.compare) {
    const earlier = await readEarlier(store, window, options.compare, options.span);
    return renderComparison(snapshots, earlier, { ...screen, before: options.compare, all: options.all });
  }
  return renderReport(snapshots, { ...options, ...screen, traces, now });
}

/** The same span of an earlier day. */
async function readEarlier(
  store: Store,
  { fromMs, toMs }: Window,
  when: keyof typeof COMPARED,
  span: Span,
): Promise<Snapshot[]> {
  const awayMs = COMPARED[when];
  return await readSnapshots(store, { fromMs: fromMs - awayMs, toMs: toMs - awayMs }, span);
}

async function windowOf({ performance }: Store, span: Span, now: number): Promise<Window | null> {
  if (span.kind === "since") return { fromMs: now - span.sinceMs, toMs: now };
  if (span.kind === "between") return { fromMs: span.fromMs, toMs: span.toMs ?? now };
  const newest = (await performance.newest("minute")) ?? (await performance.newest("hour"));
  return newest && { fromMs: (JSON.parse(newest.snapshot) as Snapshot).runStartedAtMs, toMs: now };
}

async function readSnapshots({ performance }: Store, window: Window, span: Span): Promise<Snapshot[]> {
  const records = await performance.between(new Date(window.fromMs), new Date(window.toMs));
  const snapshots = records.map(({ snapshot }) => JSON.parse(snapshot) as Snapshot);
  // The previous run may have ended in the minute in which this one began.
  return span.kind === "last-run" ? snapshots.filter(({ toMs }) => toMs > window.fromMs) : snapshots;
}

async function readTraces(
  { performance }: Store,
  window: Window,
  operation: string | undefined,
): Promise<KeptTrace[]> {
  const [from, to] = [new Date(window.fromMs), new Date(window.toMs)];
  const records = await performance.slowestTraces(from, to, READ_TRACES);
  return records
    .filter((record) => operation === undefined || record.operation === operation)
    .map(({ trace }) => JSON.parse(trace) as KeptTrace);
}
