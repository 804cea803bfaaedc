import type { OperationSinceStart } from "../recording/operation.ts";
import { OperationTotals } from "../recording/totals.ts";
import type { ReportedOperation } from "./health.ts";

/** How often what each operation has counted is put aside, to tell later what was added since. */
const MARK_EVERY_MS = 60_000;

/** What each operation added within the last minutes, from counts that only grow. */
export class RecentOperations {
  private marks: { at: number; operations: readonly OperationSinceStart[] }[] = [];
  private latest: readonly OperationSinceStart[] = [];

  /** @param spanMs how far back it tells, to the minute */
  constructor(private readonly spanMs: number) {}

  /** Takes what the operations have counted by `nowMs`, epoch milliseconds. */
  take(nowMs: number, operations: readonly OperationSinceStart[]): void {
    this.latest = operations;
    this.marks = this.marks.filter(({ at }) => at >= nowMs - this.spanMs);
    const newest = this.marks.at(-1);
    if (!newest || nowMs - newest.at >= MARK_EVERY_MS) this.marks.push({ at: nowMs, operations });
  }

  /** What every operation added within the span, or since it was first looked at if that is less long ago. */
  list(): ReportedOperation[] {
    const before = new Map(this.marks[0]?.operations.map((operation) => [operation.name, operation]));
    return this.latest
      .map((operation) => added(operation, before.get(operation.name)))
      .filter(({ count }) => count > 0);
  }
}

/** What an operation counted since an earlier look at it. Its peak is that of the present, as peaks do not subtract. */
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
