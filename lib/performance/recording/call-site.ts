import type { Operation } from "./operation.ts";

/** Options of a measured operation. */
export interface MeasureOptions {
  /**
   * Calls of this duration (milliseconds) or longer are slow; `null`: none are. A call with its own threshold warns
   * wherever it runs; one with the default threshold warns only as the outermost call of its trace.
   */
  slowMs?: number | null;
  /** The part it counts as in breakdowns, such as `mongo`; by default the operation's name. */
  part?: string;
}

/** Options of an operation whose calls are split by label, each label being an operation `name{label}`. */
export interface LabelOptions<Args extends unknown[]> extends MeasureOptions {
  /** All labels; never ids or user text. Calls with any other label count as `name{other}`. */
  labels: readonly string[];
  /** Derives a call's label from its arguments; must not throw. */
  label(...args: Args): string;
}

/** An operation with resolved options. */
export interface CallSite {
  readonly operation: Operation;
  readonly part: string;
  /** Infinity when calls are never slow. */
  readonly slowMs: number;
  /** Whether slow calls warn inside another operation too. */
  readonly warnsWithin: boolean;
}

/** Resolves the `slowMs` option. */
export function slowThresholdMs(slowMs: number | null | undefined, defaultMs: number): number {
  return slowMs === null ? Number.POSITIVE_INFINITY : (slowMs ?? defaultMs);
}
