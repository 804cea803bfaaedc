/** A summary of response times, in their unit. */
export interface Summary {
  mean: number;
  p50: number;
  p95: number;
  /** The longest. */
  last: number;
}

/** The summary of a list; null for an empty one. */
export function summarize(values: readonly number[]): Summary | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return {
    mean: sum(values) / values.length,
    p50: atRank(sorted, 0.5),
    p95: atRank(sorted, 0.95),
    last: atRank(sorted, 1),
  };
}

/** The number of `count` values at or below the quantile (nearest rank). */
export function rank(count: number, quantile: number): number {
  return Math.max(1, Math.ceil(count * quantile - 1e-9));
}

/** The quantile of a sorted, non-empty list by nearest rank, which is always a measured value. */
export function atRank(sorted: readonly number[], quantile: number): number {
  return sorted[rank(sorted.length, quantile) - 1] ?? Number.NaN;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
