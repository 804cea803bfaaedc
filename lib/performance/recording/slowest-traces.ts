import type { Span } from "./trace.ts";

const HOUR_MS = 3_600_000;
/** Traces kept per hour and process. */
const KEPT_TRACES = 20;

/** One call of a kept trace. */
export interface KeptSpan {
  name: string;
  /** The part it counts as in a breakdown, such as `mongo`. */
  part: string;
  /** After the trace's start, in milliseconds. */
  startMs: number;
  durationMs: number;
  /** Index in `spans` of the call that made it; `null` when the traced operation itself did. */
  parent: number | null;
  errorCode?: string;
}

/** One of the slowest traces of its hour, with its calls: plain JSON of bounded size. */
export interface KeptTrace {
  /** One of the hour's slots; a slower trace takes the slot, and with it the id, of the fastest one kept. */
  id: string;
  operation: string;
  /** Epoch milliseconds. */
  startedAtMs: number;
  durationMs: number;
  /** The trace's fields: the update's id, the chat's pseudonym. */
  fields: Record<string, string | number>;
  errorCode?: string;
  /** In order of their start; the operation itself is not among them. */
  spans: KeptSpan[];
  /** Calls that were not kept. */
  leftOut: number;
}

/** Keeps the slowest traces of the current hour, and those of earlier hours until they are taken. */
export class SlowestTraces {
  private hour = 0;
  private kept: KeptTrace[] = [];
  private readonly untaken = new Map<string, KeptTrace>();
  private fastestKeptMs = 0;

  /** @param epochMs the time of day, in epoch milliseconds */
  constructor(private readonly epochMs: () => number) {}

  /** Keeps a trace that ends now if it is slow enough. Most traces take one comparison. */
  offer(root: Span): void {
    const durationMs = root.endMs - root.startMs;
    if (durationMs <= this.fastestKeptMs && this.isCurrentHour()) return;
    this.startHour();
    const fastest = this.kept.at(-1);
    const isFull = this.kept.length >= KEPT_TRACES;
    if (isFull && fastest && durationMs <= fastest.durationMs) return;
    const slot = isFull && fastest ? fastest.id : this.freeSlot();
    if (isFull) this.kept.pop();
    const trace = keepTrace(root, slot, this.epochMs() - durationMs);
    this.kept = [...this.kept, trace].toSorted((a, b) => b.durationMs - a.durationMs);
    this.untaken.set(slot, trace);
    this.fastestKeptMs = this.kept.length < KEPT_TRACES ? 0 : (this.kept.at(-1)?.durationMs ?? 0);
  }

  /** Those of the current hour, the slowest first. */
  current(): KeptTrace[] {
    this.startHour();
    return this.kept;
  }

  /** Drops those whose field `name` has this value; the places of those of the current hour are free again. */
  forget(name: string, value: string): void {
    const isForgotten = ({ fields }: KeptTrace): boolean => fields[name] === value;
    for (const [id, trace] of this.untaken) if (isForgotten(trace)) this.untaken.delete(id);
    const kept = this.kept.filter((trace) => !isForgotten(trace));
    if (kept.length < this.kept.length) this.fastestKeptMs = 0;
    this.kept = kept;
  }

  /** Those kept since the last call. */
  take(): KeptTrace[] {
    const traces = [...this.untaken.values()];
    this.untaken.clear();
    return traces;
  }

  /** The first slot of the hour that no kept trace has; a forgotten one has left its own. */
  private freeSlot(): string {
    const taken = new Set(this.kept.map(({ id }) => id));
    for (let number = 0; ; number += 1) {
      const slot = `${new Date(this.hour).toISOString()} ${number}`;
      if (!taken.has(slot)) return slot;
    }
  }

  private isCurrentHour(): boolean {
    // Also false before the hour, where the clock was set back.
    const sinceMs = this.epochMs() - this.hour;
    return sinceMs >= 0 && sinceMs < HOUR_MS;
  }

  private startHour(): void {
    if (this.isCurrentHour()) return;
    this.hour = Math.floor(this.epochMs() / HOUR_MS) * HOUR_MS;
    this.kept = [];
    this.fastestKeptMs = 0;
  }
}

function keepTrace(root: Span, id: string, startedAtMs: number): KeptTrace {
  const { trace, site, startMs, endMs } = root;
  const inOrder = trace.spans.toSorted((a, b) => a.startMs - b.startMs);
  const indexes = new Map(inOrder.map((span, index) => [span, index]));
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
      // A call that still runs when its trace ends is cut off there.
      durationMs: Math.min(span.endMs, endMs) - span.startMs,
      parent: span.parent === null ? null : (indexes.get(span.parent) ?? null),
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
