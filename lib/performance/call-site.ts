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
