import type { ModelRequest } from "./model-request.ts";

/** A call to the model. */
export interface ModelCall extends ModelRequest {
  /** 1 for the first call. */
  number: number;
  streamed: boolean;
  /** Milliseconds since the epoch, by the fake's clock. */
  arrivedAt: number;
  endedAt?: number;
  /** `aborted` when the caller disconnected, `failed` when a fault ended it; missing while it runs. */
  outcome?: "answered" | "failed" | "aborted";
  /** The kind of the fault it met. */
  fault?: string;
}

/** Records calls, and counts those in flight. */
export interface CallLog {
  /** The latest calls, oldest first; at most `keep`. */
  readonly recent: readonly ModelCall[];
  /** All calls since the start. */
  readonly count: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  start(request: ModelRequest, details: { streamed: boolean; fault: string | undefined }): ModelCall;
  /** Marks the end of a call; a second end is ignored. */
  end(call: ModelCall, outcome: NonNullable<ModelCall["outcome"]>): void;
  /** Resolves once `reached` returns true; it is called whenever a call starts or ends. */
  waitUntil(reached: (log: CallLog) => boolean): Promise<void>;
}

export function createCallLog(now: () => number, keep: number): CallLog {
  const recent: ModelCall[] = [];
  let waiters: { reached: (log: CallLog) => boolean; resolve: () => void }[] = [];
  let count = 0;
  let inFlight = 0;
  let peakInFlight = 0;

  const changed = (): void => {
    const met = waiters.filter(({ reached }) => reached(log));
    waiters = waiters.filter((waiter) => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  };

  const log: CallLog = {
    recent,
    get count() {
      return count;
    },
    get inFlight() {
      return inFlight;
    },
    get peakInFlight() {
      return peakInFlight;
    },
    start(request, { streamed, fault }) {
      count += 1;
      inFlight += 1;
      peakInFlight = Math.max(peakInFlight, inFlight);
      const call = { ...request, number: count, streamed, arrivedAt: now(), ...(fault ? { fault } : {}) };
      recent.push(call);
      if (recent.length > keep) recent.shift();
      changed();
      return call;
    },
    end(call, outcome) {
      if (call.outcome) return;
      call.outcome = outcome;
      call.endedAt = now();
      inFlight -= 1;
      changed();
    },
    waitUntil: (reached) =>
      new Promise((resolve) => {
        waiters.push({ reached, resolve });
        changed();
      }),
  };
  return log;
}
