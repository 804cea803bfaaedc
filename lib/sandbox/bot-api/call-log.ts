import type { ErrorParameters } from "./api-error.ts";
import type { Params } from "./params.ts";

/** How a call ended, as its caller saw it. */
export type CallOutcome =
  | { kind: "ok"; result: unknown }
  | { kind: "error"; status: number; description: string; parameters?: ErrorParameters }
  /** The connection broke, or no answer ever came; `tookEffect` tells whether the call did its work. */
  | { kind: "reset" | "hang"; tookEffect: boolean };

/** One call of the bot. */
export interface RecordedCall {
  method: string;
  params: Params;
  /** The clock's time in milliseconds when the call had been read. */
  arrivedAt: number;
  outcome: CallOutcome;
}

/** The newest calls, oldest first; older ones are forgotten so that a long run cannot fill the memory. */
export class CallLog {
  private kept: RecordedCall[] = [];
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(call: RecordedCall): void {
    this.kept.push(call);
    if (this.kept.length >= this.limit * 2) this.kept = this.kept.slice(-this.limit);
  }

  /** The newest calls, of one method where it is named. */
  list(method?: string): RecordedCall[] {
    const newest = this.kept.slice(-this.limit);
    return method === undefined ? newest : newest.filter((call) => call.method === method);
  }
}
