import { Histogram } from "../../../lib/performance/index.ts";
import { seededRandom } from "../../simulate/random.ts";
import { atRank } from "../../simulate/report/statistics.ts";
import { createOwn, createPeers } from "./peers.ts";

/** The error of quantiles, and whether merging is exact. */
export interface Accuracy {
  /** The largest relative error of p50 to p99.9, by peer. */
  errors: Record<string, number>;
  /** Whether the merged histograms of several processes equal that of one. */
  isMergeExact: boolean;
  /** The size of a stored histogram. */
  encodedBytes: number;
}

const DURATIONS = 200_000;
const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999];
const PROCESSES = 4;
/** From 1 µs to 1 h. */
const SHORTEST_MS = 0.001;
const LONGEST_MS = 3_600_000;

export function measureAccuracy(): Accuracy {
  const random = seededRandom(1);
  const durations = Array.from(
    { length: DURATIONS },
    () => SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** random(),
  );
  const exact = durations.toSorted((a, b) => a - b);
  const errors = [createOwn(), ...createPeers()].flatMap(({ name, record, quantile }): [string, number][] => {
    if (quantile === undefined) return [];
    for (const duration of durations) record(duration);
    const worst = QUANTILES.map((at) => Math.abs(quantile(at) / atRank(exact, at) - 1));
    return [[name, Math.max(...worst)]];
  });
  return { errors: Object.fromEntries(errors), ...mergeProcesses(durations) };
}

function mergeProcesses(durations: readonly number[]): Pick<Accuracy, "isMergeExact" | "encodedBytes"> {
  const one = new Histogram();
  const several = Array.from({ length: PROCESSES }, () => new Histogram());
  for (const [index, duration] of durations.entries()) {
    one.record(duration);
    several[index % PROCESSES]?.record(duration);
  }
  const merged = new Histogram();
  for (const histogram of several) merged.addEncoded(histogram.encode());
  const [expected, found] = [one.encode(), merged.encode()];
  // Floating-point sums depend on the order of addition, by less than this.
  const isSameSum = Math.abs(found.sumMs / expected.sumMs - 1) < 1e-9;
  const isMergeExact =
    isSameSum &&
    found.buckets === expected.buckets &&
    found.minMs === expected.minMs &&
    found.maxMs === expected.maxMs;
  return { isMergeExact, encodedBytes: Buffer.byteLength(JSON.stringify(expected)) };
}

export function renderAccuracy({ errors, isMergeExact, encodedBytes }: Accuracy): string {
  const lines = Object.entries(errors).map(
    ([name, error]) => `${name.padEnd(38)} ${(error * 100).toFixed(2).padStart(7)} %`,
  );
  return [
    "\nLargest error of p50 to p99.9, from 1 µs to 1 h",
    ...lines,
    `Merged from ${PROCESSES} processes: ${isMergeExact ? "identical to" : "DIFFERENT from"} one; ${encodedBytes.toLocaleString("en-US")} bytes stored`,
  ].join("\n");
}
