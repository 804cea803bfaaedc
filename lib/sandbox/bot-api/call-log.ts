import type { ErrorParameters } from "./api-error.ts";
import type { Params } from "./params.ts";

/** How a call ended for its caller. */
export type CallOutcome =
  | { kind: "ok"; result: unknown }
  | { kind: "error"; status: number; description: string; parameters?: ErrorParameters }
  /** The connection broke, or no answer came; `tookEffect` says whether the call was carried out. */
  | { kind: "reset" | "hang"; tookEffect: boolean };

/** One call of the bot. */
export interface RecordedCall {
  method: string;
  params: Params;
  /** When the call had been read, in milliseconds of the clock. */
  arrivedAt: number;
  outcome: CallOutcome;
}

/** The newest calls, oldest first; bounded, so that a long run cannot fill the memory. */
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

  /** The newest calls, of one method if it is given. */
  list(method?: string): RecordedCall[] {
    const newest = this.kept.slice(-this.limit);
    return method === undefined ? newest : newest.filter((call) => call.method === method);
  }
}
