import type { Clock, Logger } from "../../core/index.ts";
import type { BreakerState } from "../answer.ts";
import { ModelError, type ModelErrorCode, modelDown } from "../models/model-error.ts";

/** Errors that mean the model is down. Rate limits (429), refusals and cancelled questions do not. */
const OUTAGES: ReadonlySet<ModelErrorCode> = new Set([
  "MODEL_OVERLOADED",
  "MODEL_SERVER_ERROR",
  "MODEL_TIMEOUT",
  "MODEL_UNREACHABLE",
  "MODEL_CUT_SHORT",
]);

/** When a breaker opens, and when it tries again. */
export interface BreakerRules {
  /** How many of the last calls count. */
  samples: number;
  /** Fewer prove nothing. */
  minSamples: number;
  /** It opens when a greater share of them were outages. */
  maxShare: number;
  /** Pause before the first probe, in milliseconds; it doubles after each failed probe, up to the limit. */
  firstProbeMs: number;
  maxProbeMs: number;
}

export const BREAKER_RULES: BreakerRules = {
  samples: 20,
  minSamples: 10,
  maxShare: 0.5,
  firstProbeMs: 10_000,
  maxProbeMs: 120_000,
};

interface BreakerDeps {
  /** The model's name in the log. */
  provider: string;
  /** What happens while it is open, for the log: "the library answers" when missing. */
  meanwhile?: string;
  /** The calls that must be known before it opens. */
  minSamples?: number;
  clock: Clock;
  logger: Logger;
}

/**
 * Circuit breaker: makes no calls to a model that is down, except one at a time to find out whether it is back. Written
 * here because cockatiel and opossum read the system's clock and let callers wait for a probe; ours must refuse at once.
 */
export class ModelBreaker {
  readonly #deps: BreakerDeps;
  #state: BreakerState = "closed";
  /** Whether each of the last calls was an outage; emptied when it closes. */
  #outages: boolean[] = [];
  #probeMs = BREAKER_RULES.firstProbeMs;
  /** Monotonic milliseconds. */
  #probeAt = 0;

  constructor(deps: BreakerDeps) {
    this.#deps = deps;
  }

  state(): BreakerState {
    return this.#state;
  }

  /** Whether a call would be made now: it is closed, or a probe is due and none is in flight. */
  admits(): boolean {
    return (
      this.#state === "closed" || (this.#state === "open" && this.#deps.clock.monotonic() >= this.#probeAt)
    );
  }

  /**
   * Makes a call. A call whose signal aborts proves nothing, however it ends, unless the model's silence aborted it.
   * @throws what the call throws, or ModelError MODEL_DOWN when it is not made
   */
  async execute<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (!this.admits()) throw modelDown();
    const isProbe = this.#state === "open";
    if (isProbe) this.#state = "half-open";
    let isOutage: boolean | undefined;
    try {
      const result = await call();
      isOutage = false;
      return result;
    } catch (error) {
      if (isOutageError(error)) isOutage = true;
      throw error;
    } finally {
      if (isOutage !== undefined && !isCancelled(signal)) this.#settle(isProbe, isOutage);
      else if (isProbe) this.#state = "open"; // nothing learnt: the next call is the probe
    }
  }

  /** Takes on the state that all instances share. */
  follow({ state, probeInMs }: { state: BreakerState; probeInMs: number }): void {
    const wasClosed = this.#state === "closed";
    if (state === "closed") {
      if (!wasClosed) this.#close();
      return;
    }
    if (wasClosed) this.#warn(probeInMs);
    this.#state = state;
    this.#probeAt = this.#deps.clock.monotonic() + probeInMs;
  }

  /** The shared state is not known any more: a probe of another instance proves nothing here. */
  leave(): void {
    if (this.#state === "half-open") this.#state = "open";
  }

  #settle(isProbe: boolean, isOutage: boolean): void {
    if (isProbe) {
      if (isOutage) this.#open(Math.min(BREAKER_RULES.maxProbeMs, 2 * this.#probeMs));
      else this.#close();
      return;
    }
    if (this.#state !== "closed") return; // the call began before the breaker opened
    this.#outages = [...this.#outages, isOutage].slice(-BREAKER_RULES.samples);
    const count = this.#outages.filter(Boolean).length;
    const { maxShare, firstProbeMs } = BREAKER_RULES;
    const { minSamples = BREAKER_RULES.minSamples } = this.#deps;
    if (this.#outages.length >= minSamples && count > maxShare * this.#outages.length) {
      this.#open(firstProbeMs);
    }
  }

  #open(probeMs: number): void {
    this.#state = "open";
    this.#probeMs = probeMs;
    this.#probeAt = this.#deps.clock.monotonic() + probeMs;
    this.#warn(probeMs);
  }

  #warn(nextTryInMs: number): void {
    const { provider, meanwhile = "the library answers", logger } = this.#deps;
    logger.warn(`${provider} fails; ${meanwhile} until it is back`, { nextTryInMs });
  }

  #close(): void {
    const { provider, logger } = this.#deps;
    this.#state = "closed";
    this.#outages = [];
    logger.info(`${provider} is back`);
  }
}

/** Whether a call ended in a way that means the model is down. */
export function isOutageError(error: unknown): boolean {
  return error instanceof ModelError && OUTAGES.has(error.code);
}

/** Whether the one who asked ended the call, which then proves nothing; the model's silence is no such reason. */
export function isCancelled(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof ModelError);
}
