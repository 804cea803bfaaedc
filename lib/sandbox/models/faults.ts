/** A fault of one call, whichever provider is played. Reasons are given as Gemini names them. `afterPieces` is the number of pieces sent before it; the last piece is never sent. */
export type ModelFault =
  /** 429 for the quota of the minute, naming the wait when `retryAfterSeconds` is given. */
  | { kind: "rate-limit"; retryAfterSeconds?: number }
  /** 429 for the quota of the day. */
  | { kind: "daily-quota" }
  /** Any error status with the provider's JSON body; `reason` becomes its code. */
  | { kind: "status"; status: number; message?: string; reason?: string }
  /** Any error status with this body. */
  | { kind: "error-body"; status: number; body: object; headers?: Record<string, string> }
  /** A redirect, such as a 307, which asks to repeat the request elsewhere. */
  | { kind: "redirect"; status: number; to: string }
  /** A proxy's HTML page instead of JSON. */
  | { kind: "html"; status: number }
  /** The connection breaks before the response. */
  | { kind: "reset" }
  /** No response until the caller disconnects. */
  | { kind: "hang" }
  /** The stream stops until the caller disconnects. */
  | { kind: "stall"; afterPieces: number }
  /** The connection breaks inside the stream. */
  | { kind: "cut"; afterPieces: number }
  /** The stream ends regularly, but without a finish reason. */
  | { kind: "end-early"; afterPieces: number }
  /** A line that is not JSON inside the stream. */
  | { kind: "garbage"; afterPieces: number }
  /** JSON of an unknown shape inside the stream. */
  | { kind: "odd-json"; afterPieces: number }
  /** A server-sent comment inside the stream, which is allowed there. */
  | { kind: "comment"; afterPieces: number }
  /** An error inside the stream, as a data line or as an event named `error`. */
  | { kind: "stream-error"; status: number; afterPieces: number; as: "data" | "event" }
  /** The prompt is blocked; there is no candidate. */
  | { kind: "prompt-blocked"; reason: string }
  /** The answer ends early for a reason such as SAFETY or MAX_TOKENS. */
  | { kind: "finish"; reason: string; afterPieces: number }
  /** A candidate without content, finished normally. */
  | { kind: "empty" }
  /** The token counts are sent like this; undefined: they are left out. */
  | { kind: "odd-usage"; usage: unknown }
  /** Thought parts before the answer. */
  | { kind: "thoughts"; text: string }
  /** The answer is streamed character by character, one every `everyMs`. */
  | { kind: "drip"; everyMs: number };

/** Ordered faults, first in, first out. */
export interface FaultQueue {
  /** Orders a fault for the next call, or for the next `times` calls. */
  order(fault: ModelFault, times?: number): void;
  /** Cancels the ordered faults that have not happened. */
  clear(): void;
  take(): ModelFault | undefined;
}

export function createFaultQueue(): FaultQueue {
  let waiting: { fault: ModelFault; left: number }[] = [];
  return {
    order(fault, times = 1) {
      waiting.push({ fault, left: times });
    },
    clear() {
      waiting = [];
    },
    take() {
      const first = waiting[0];
      if (!first) return undefined;
      first.left -= 1;
      if (first.left <= 0) waiting.shift();
      return first.fault;
    },
  };
}
