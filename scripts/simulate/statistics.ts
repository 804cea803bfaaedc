/** What a list of response times comes to, in the unit of the list. */
export interface Summary {
  mean: number;
  p50: number;
  p95: number;
  /** The largest: the person who waited longest. */
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

/** How many of `count` values lie at or below the quantile (nearest rank). */
export function rank(count: number, quantile: number): number {
  return Math.max(1, Math.ceil(count * quantile - 1e-9));
}

/** The quantile of a sorted list that is not empty, by nearest rank: a value that was really measured. */
export function atRank(sorted: readonly number[], quantile: number): number {
  return sorted[rank(sorted.length, quantile) - 1] ?? Number.NaN;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
