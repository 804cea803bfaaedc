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

/** It opens when more than half of the last 20 calls were outages, and at least 10 are known. */
const SAMPLE_SIZE = 20;
const MIN_SAMPLES = 10;
const MAX_OUTAGE_SHARE = 0.5;

/** Pause before the first probe, in milliseconds; it doubles after each failed probe, up to the limit. */
const FIRST_PROBE_MS = 10_000;
const MAX_PROBE_MS = 120_000;

interface BreakerDeps {
  /** The model's name in the log. */
  provider: string;
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
  #probeMs = FIRST_PROBE_MS;
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
      if (error instanceof ModelError && OUTAGES.has(error.code)) isOutage = true;
      throw error;
    } finally {
      const isCancelled = signal.aborted && !(signal.reason instanceof ModelError);
      if (isOutage !== undefined && !isCancelled) this.#settle(isProbe, isOutage);
      else if (isProbe) this.#state = "open"; // nothing learnt: the next call is the probe
    }
  }

  #settle(isProbe: boolean, isOutage: boolean): void {
    if (isProbe) {
      if (isOutage) this.#open(Math.min(MAX_PROBE_MS, 2 * this.#probeMs));
      else this.#close();
      return;
    }
    if (this.#state !== "closed") return; // the call began before the breaker opened
    this.#outages = [...this.#outages, isOutage].slice(-SAMPLE_SIZE);
    const count = this.#outages.filter(Boolean).length;
    if (this.#outages.length >= MIN_SAMPLES && count > MAX_OUTAGE_SHARE * this.#outages.length) {
      this.#open(FIRST_PROBE_MS);
    }
  }

  #open(probeMs: number): void {
    const { provider, clock, logger } = this.#deps;
    this.#state = "open";
    this.#probeMs = probeMs;
    this.#probeAt = clock.monotonic() + probeMs;
    logger.warn(`${provider} fails; the library answers until it is back`, { nextTryInMs: probeMs });
  }

  #close(): void {
    const { provider, logger } = this.#deps;
    this.#state = "closed";
    this.#outages = [];
    logger.info(`${provider} is back`);
  }
}
