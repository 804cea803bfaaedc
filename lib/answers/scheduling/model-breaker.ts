import {
  BrokenCircuitError,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from "cockatiel";
import type { Clock, Logger } from "../../core/index.ts";
import { ModelError, modelDown } from "../models/gemini/gemini-error.ts";

export type BreakerState = "closed" | "open" | "half-open";

/** Keeps everyone from a model that is down, and lets one call through from time to time to see whether it is back. */
export interface ModelBreaker {
  state(): BreakerState;
  /** Whether a call would be made now: it is closed, or it is time for a probe and none is under way. */
  admits(): boolean;
  /** Makes a call. @throws what the call throws, or ModelError GEMINI_DOWN when it is not made. */
  execute<T>(call: () => Promise<T>): Promise<T>;
}

/** What a model that is down does. Being too many (429), a refusal or a cancelled question is none of it. */
const OUTAGES: ReadonlySet<string> = new Set([
  "GEMINI_OVERLOADED",
  "GEMINI_SERVER_ERROR",
  "GEMINI_TIMEOUT",
  "GEMINI_UNREACHABLE",
  "GEMINI_CUT_SHORT",
]);

/** It opens when more than half of the last 20 calls ended so, and no fewer than 10 are known. */
const OPENS_AT = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 };

/** How long it stays open before a probe, in milliseconds; twice as long after each probe that failed, up to a limit. */
const FIRST_PROBE_MS = 10_000;
const LAST_PROBE_MS = 120_000;

export function createModelBreaker({ clock, logger }: { clock: Clock; logger: Logger }): ModelBreaker {
  let probeAt = 0;
  // The library reads the system's clock itself; whether its pause is over is told by ours.
  const pause = (ms: number): IBackoff<unknown> => ({
    get duration() {
      return clock.now() < probeAt ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    next: () => begin(Math.min(LAST_PROBE_MS, 2 * ms)),
  });
  function begin(ms: number): IBackoff<unknown> {
    probeAt = clock.now() + ms;
    return pause(ms);
  }
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof ModelError && OUTAGES.has(error.code)),
    { breaker: new CountBreaker(OPENS_AT), halfOpenAfter: { next: () => begin(FIRST_PROBE_MS) } },
  );
  breaker.onBreak(() => {
    logger.warn("Gemini fails; the library answers until it is back", { nextTryInMs: probeAt - clock.now() });
  });
  breaker.onReset(() => logger.info("Gemini is back"));
  const admits = (): boolean =>
    breaker.state === CircuitState.Closed || (breaker.state === CircuitState.Open && clock.now() >= probeAt);
  return {
    state() {
      if (breaker.state === CircuitState.HalfOpen) return "half-open";
      return breaker.state === CircuitState.Closed ? "closed" : "open";
    },
    admits,
    async execute(call) {
      if (!admits()) throw modelDown(); // the library would let it wait for the probe's end
      try {
        return await breaker.execute(call);
      } catch (error) {
        throw error instanceof BrokenCircuitError ? modelDown() : error;
      }
    },
  };
}
