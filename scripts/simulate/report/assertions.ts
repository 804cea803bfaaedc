import type { PhaseFigures } from "./figures.ts";

const METRICS = ["mean", "p50", "p95", "last", "firstword", "ratio", "memory"] as const;
type Metric = (typeof METRICS)[number];

/** A condition that a run has to meet, as given on the command line. */
export interface Assertion {
  text: string;
  metric: Metric;
  operator: "<" | "<=" | ">" | ">=";
  /** In milliseconds; for `memory` in bytes per person; for `ratio` a plain number. */
  value: number;
}

/** The units, in milliseconds or bytes. */
const UNITS: Record<string, number> = { ms: 1, s: 1_000, "": 1, MB: 1024 * 1024 };
/** The units of metrics that are not times. */
const UNITS_OF: Partial<Record<Metric, readonly string[]>> = { ratio: [""], memory: ["MB"] };
const TIME_UNITS = ["ms", "s"];

/** Parses a condition such as `p95<15s`; null when it is malformed. */
export function parseAssertion(text: string): Assertion | null {
  const [, name, operator, amount, unit = ""] =
    /^(\w+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(\w*)$/.exec(text.trim()) ?? [];
  const metric = METRICS.find((known) => known === name);
  if (!metric || !(UNITS_OF[metric] ?? TIME_UNITS).includes(unit)) return null;
  const value = Number(amount) * (UNITS[unit] ?? 1);
  return { text: text.trim(), metric, operator: operator as Assertion["operator"], value };
}

/** Describes the crowds for which a condition does not hold; a figure that was not measured does not meet it. */
export function failuresOf(assertions: readonly Assertion[], phases: readonly PhaseFigures[]): string[] {
  return assertions.flatMap((assertion) =>
    phases.flatMap((phase) => {
      const value = measuredIn(assertion.metric, phase);
      if (value !== null && holds(value, assertion)) return [];
      return [`${assertion.text} does not hold for ${phase.label}: ${inWords(assertion.metric, value)}`];
    }),
  );
}

function inWords(metric: Metric, value: number | null): string {
  if (value === null) return "not measured";
  if (metric === "ratio") return value.toFixed(3);
  return metric === "memory" ? `${(value / 1024 ** 2).toFixed(2)} MB` : `${(value / 1_000).toFixed(2)} s`;
}

function measuredIn(metric: Metric, { ours, firstWordMeanMs, overFirstCome, bytesPerPerson }: PhaseFigures) {
  if (metric === "firstword") return firstWordMeanMs;
  if (metric === "memory") return bytesPerPerson;
  if (metric === "ratio")
    return overFirstCome && Math.max(overFirstCome.mean, overFirstCome.p95, overFirstCome.last);
  return ours?.[metric] ?? null;
}

function holds(value: number, { operator, value: limit }: Assertion): boolean {
  if (operator === "<") return value < limit;
  if (operator === "<=") return value <= limit;
  return operator === ">" ? value > limit : value >= limit;
}
