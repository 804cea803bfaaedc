import type { OperationSinceStart } from "../recording/operation.ts";
import { OperationTotals } from "../recording/totals.ts";
import type { ReportedOperation } from "./health.ts";

/** How often the totals are kept for later comparison. */
const MARK_EVERY_MS = 60_000;

/** Operation statistics of the last minutes, derived from totals that only grow. */
export class RecentOperations {
  private marks: { at: number; operations: readonly OperationSinceStart[] }[] = [];
  private latest: readonly OperationSinceStart[] = [];

  /** @param spanMs how far back it goes, to the minute */
  constructor(private readonly spanMs: number) {}

  /** Adds the totals at `nowMs`, monotonic milliseconds. */
  take(nowMs: number, operations: readonly OperationSinceStart[]): void {
    this.latest = operations;
    this.marks = this.marks.filter(({ at }) => at >= nowMs - this.spanMs);
    const newest = this.marks.at(-1);
    if (!newest || nowMs - newest.at >= MARK_EVERY_MS) this.marks.push({ at: nowMs, operations });
  }

  /** The operations with calls within the span, or since the first totals if those are newer. */
  list(): ReportedOperation[] {
    const before = new Map(this.marks[0]?.operations.map((operation) => [operation.name, operation]));
    return this.latest
      .map((operation) => added(operation, before.get(operation.name)))
      .filter(({ count }) => count > 0);
  }
}

/** The difference between two totals of an operation. The peak is the current one, as peaks cannot be subtracted. */
function added(now: OperationSinceStart, before: OperationSinceStart | undefined): ReportedOperation {
  const totals = new OperationTotals();
  for (const [code, count] of now.totals.errors) {
    const more = count - (before?.totals.errors.get(code) ?? 0);
    if (more > 0) totals.countError(code, more);
  }
  totals.histogram.add(before ? now.totals.histogram.since(before.totals.histogram) : now.totals.histogram);
  totals.slow = now.totals.slow - (before?.totals.slow ?? 0);
  totals.addPeak(now.totals.peakInFlight, now.totals.peakLastedMs);
  return { name: now.name, slowMs: now.slowMs, ...totals.stats() };
}
