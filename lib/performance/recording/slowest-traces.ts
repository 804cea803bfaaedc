import type { Span } from "./trace.ts";

const HOUR_MS = 3_600_000;
/** So many traces of each hour are kept by each process. */
const KEPT_TRACES = 20;

/** One call of a kept trace. */
export interface KeptSpan {
  name: string;
  /** What it is added up under in a breakdown, such as `mongo`. */
  part: string;
  /** After the trace's start, in milliseconds. */
  startMs: number;
  durationMs: number;
  /** The place in `spans` of the call that made it; `null` when the traced operation itself did. */
  parent: number | null;
  errorCode?: string;
}

/** One of the slowest pieces of work of its hour, with the calls its time went to: plain JSON of bounded size. */
export interface KeptTrace {
  /** One of the hour's places; a slower trace takes the place, and with it the id, of the fastest one kept. */
  id: string;
  operation: string;
  /** Epoch milliseconds. */
  startedAtMs: number;
  durationMs: number;
  /** What was said of it: the update's id, the hashed chat. */
  fields: Record<string, string | number>;
  errorCode?: string;
  /** In the order they began; the operation itself is not among them. */
  spans: KeptSpan[];
  /** How many calls found no room. */
  leftOut: number;
}

/** Keeps the slowest traces of the present hour, and those of earlier ones until they are taken. */
export class SlowestTraces {
  private hour = 0;
  private kept: KeptTrace[] = [];
  private readonly untaken = new Map<string, KeptTrace>();
  private fastestKeptMs = 0;

  /** @param epochMs the time of day, in epoch milliseconds */
  constructor(private readonly epochMs: () => number) {}

  /**
   * Looks at the root of a trace that ends now. Most traces pass with one comparison.
   */
  offer(root: Span): void {
    const durationMs = root.endMs - root.startMs;
    if (durationMs <= this.fastestKeptMs && this.isPresentHour()) return;
    this.turnHour();
    const fastest = this.kept.at(-1);
    const isFull = this.kept.length >= KEPT_TRACES;
    if (isFull && fastest && durationMs <= fastest.durationMs) return;
    const place = isFull && fastest ? fastest.id : `${new Date(this.hour).toISOString()} ${this.kept.length}`;
    if (isFull) this.kept.pop();
    const trace = keepTrace(root, place, this.epochMs() - durationMs);
    this.kept = [...this.kept, trace].toSorted((a, b) => b.durationMs - a.durationMs);
    this.untaken.set(place, trace);
    this.fastestKeptMs = this.kept.length < KEPT_TRACES ? 0 : (this.kept.at(-1)?.durationMs ?? 0);
  }

  /** Those of the present hour, the slowest first. */
  present(): KeptTrace[] {
    this.turnHour();
    return this.kept;
  }

  /** Those kept since this was called before. */
  take(): KeptTrace[] {
    const traces = [...this.untaken.values()];
    this.untaken.clear();
    return traces;
  }

  private isPresentHour(): boolean {
    return this.epochMs() - this.hour < HOUR_MS;
  }

  private turnHour(): void {
    if (this.isPresentHour()) return;
    this.hour = Math.floor(this.epochMs() / HOUR_MS) * HOUR_MS;
    this.kept = [];
    this.fastestKeptMs = 0;
  }
}

function keepTrace(root: Span, id: string, startedAtMs: number): KeptTrace {
  const { trace, site, startMs, endMs } = root;
  const inOrder = trace.spans.toSorted((a, b) => a.startMs - b.startMs);
  const places = new Map(inOrder.map((span, place) => [span, place]));
  return {
    id,
    operation: site.operation.name,
    startedAtMs,
    durationMs: endMs - startMs,
    fields: plainFields(trace.fields),
    ...errorOf(root),
    spans: inOrder.map((span) => ({
      name: span.site.operation.name,
      part: span.site.part,
      startMs: span.startMs - startMs,
      // What still runs when its trace ends is kept as far as it came.
      durationMs: Math.min(span.endMs, endMs) - span.startMs,
      parent: span.parent === null ? null : (places.get(span.parent) ?? null),
      ...errorOf(span),
    })),
    leftOut: trace.leftOut,
  };
}

function errorOf({ errorCode }: Span): { errorCode?: string } {
  return errorCode === undefined ? {} : { errorCode };
}

function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, string | number> {
  const entries = Object.entries(fields).flatMap(([name, value]): [string, string | number][] =>
    typeof value === "string" || typeof value === "number" ? [[name, value]] : [],
  );
  return Object.fromEntries(entries);
}
