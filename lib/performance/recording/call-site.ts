import type { Operation } from "./operation.ts";

/** What a caller may say about an operation. */
export interface MeasureOptions {
  /**
   * From this duration on (milliseconds) a call is slow; `null`: never. A call with a threshold of its own warns
   * wherever it runs; one without has the default and warns only as the outermost call of its trace.
   */
  slowMs?: number | null;
  /** What the call is added up under in breakdowns, such as `mongo`; the operation's name unless given. */
  part?: string;
}

/** What a caller says of an operation whose calls are of several kinds: each kind is an operation `name{label}`. */
export interface LabelOptions<Args extends unknown[]> extends MeasureOptions {
  /** All there are, never ids or anything a person wrote. A call that is none of them counts as `name{other}`. */
  labels: readonly string[];
  /** Tells a call's label from its first arguments; it must not throw. */
  label(...args: Args): string;
}

/** One way an operation is called, its options resolved once. */
export interface CallSite {
  readonly operation: Operation;
  readonly part: string;
  /** Infinite for never. */
  readonly slowMs: number;
  /** Whether it warns inside another operation too. */
  readonly warnsWithin: boolean;
}

/** The number for a threshold option. */
export function slowThresholdMs(slowMs: number | null | undefined, defaultMs: number): number {
  return slowMs === null ? Number.POSITIVE_INFINITY : (slowMs ?? defaultMs);
}
