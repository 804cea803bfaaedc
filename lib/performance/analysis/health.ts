import { PROCESS_NAMES } from "../recording/process-watch.ts";
import type { OperationStats } from "../recording/totals.ts";
import { formatCount, formatDuration, formatShare } from "../report/format.ts";

/** An operation is failing from this many failures on, if they are also at least this share of its calls. */
const NOTABLE_FAILURES = 5;
const NOTABLE_FAILURE_SHARE = 0.05;
/** An operation is slow from this many slow calls on: a single one, such as the first of its kind, says little. */
const NOTABLE_SLOW = 3;
/** From this p99 on, the event loop itself delays everything. */
const BUSY_LOOP_MS = 50;
/** Samples (40 s) needed to judge the event loop, because the start of the program blocks it briefly. */
const LOOP_SAMPLES = 2_000;

/** An operation as a report shows it. */
export interface ReportedOperation extends OperationStats {
  name: string;
  slowMs: number | null;
}

/** The worst problem, in words. */
export interface Health {
  state: "healthy" | "slow" | "failing";
  text: string;
  /** The affected operation; missing when healthy. */
  operation?: string;
}

/** Finds the worst problem: failures before slowness. */
export function assessHealth(operations: readonly ReportedOperation[]): Health {
  const failing = operations.filter(isFailing).toSorted((a, b) => failureShare(b) - failureShare(a))[0];
  if (failing) return { state: "failing", text: describeFailures(failing), operation: failing.name };
  const loop = operations.find(({ name }) => name === PROCESS_NAMES.loopDelay);
  if (loop && isBusyLoop(loop)) {
    return {
      state: "slow",
      text: `the event loop is blocked for up to ${formatDuration(loop.maxMs)}`,
      operation: loop.name,
    };
  }
  const slow = operations.filter(isSlow).toSorted((a, b) => b.p95Ms - a.p95Ms)[0];
  if (slow) {
    const threshold = formatDuration(slow.slowMs ?? 0);
    return {
      state: "slow",
      text: `${slow.name} takes ${formatDuration(slow.p95Ms)} (p95; ${threshold} is slow)`,
      operation: slow.name,
    };
  }
  return { state: "healthy", text: "nothing slow, nothing failing" };
}

/** Whether this is the event loop and it is too busy. */
export function isBusyLoop({ name, count, p99Ms }: ReportedOperation): boolean {
  return name === PROCESS_NAMES.loopDelay && count >= LOOP_SAMPLES && p99Ms >= BUSY_LOOP_MS;
}

/** Whether at least 5 % of the calls are slow, and more than one or two. */
export function isSlow({ slow, slowMs, p95Ms }: ReportedOperation): boolean {
  return slowMs !== null && slow >= NOTABLE_SLOW && p95Ms >= slowMs;
}

/** Whether it fails often enough to report. */
export function isFailing(operation: ReportedOperation): boolean {
  return failures(operation) >= NOTABLE_FAILURES && failureShare(operation) >= NOTABLE_FAILURE_SHARE;
}

/** The number of failed calls. */
export function failures({ errors }: ReportedOperation): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

function failureShare(operation: ReportedOperation): number {
  return failures(operation) / Math.max(1, operation.count);
}

function describeFailures(operation: ReportedOperation): string {
  const [code] = Object.entries(operation.errors).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  const share = formatShare(failureShare(operation));
  return `${operation.name} failed ${formatCount(failures(operation))} times (${share}), mostly ${code ?? ""}`;
}
