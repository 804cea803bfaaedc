import { type Clock, type Logger, withDeadline } from "../../core/index.ts";
import { monitorPerformance } from "../../performance/index.ts";
import type { EmbedderStats } from "../answer.ts";
import { estimateTokens } from "../generation/tokens.ts";
import type { Model } from "../models/model.ts";
import { budgetSpent, ModelError, modelDown, modelTimeout } from "../models/model-error.ts";
import { ModelBreaker } from "../scheduling/model-breaker.ts";
import type { ModelUsage } from "../scheduling/model-usage.ts";

/** Gives the meaning of texts as vectors. */
export interface Embedder {
  /** The model's name: vectors of different ones do not compare. */
  readonly model: string;
  /** Of the texts of a question, in one call within a second; null when it fails, takes longer or is paused. */
  ofQuestion(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[] | null>;
  /** Of some texts of the library. @throws ModelError, or the signal's reason */
  ofLibrary(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  stats(): EmbedderStats;
}

export interface EmbedderDeps {
  model: Pick<Model, "provider" | "embeddingModel" | "embed">;
  usage: ModelUsage;
  clock: Clock;
  logger: Logger;
}

/** A question is searched by its words alone after this time, in milliseconds. */
const QUESTION_MS = 1_000;
const LIBRARY_MS = 60_000;

/** Questions that are embedded at the same time; more are searched by their words alone. */
const MAX_CONCURRENT = 8;

/** Calls that must have failed before the endpoint is left alone: each has cost a person a second. */
const MIN_FAILURES = 3;

/** Pauses where the provider names none that is longer, in milliseconds. */
const RATE_LIMIT_PAUSE_MS = 10_000;
const REFUSAL_PAUSE_MS = 600_000;

/**
 * Embeds with a provider's model, with a breaker, a pause and a budget of its own: when the endpoint of embeddings fails,
 * answers go on, and the other way round. Tokens are estimated, as not every provider counts them.
 */
export class ModelEmbedder implements Embedder {
  readonly model: string;
  readonly #deps: EmbedderDeps;
  readonly #breaker: ModelBreaker;
  #inFlight = 0;
  /** Monotonic milliseconds. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Whether the last call was refused, such as for a wrong key. */
  #isRefused = false;

  constructor(deps: EmbedderDeps) {
    const { model, clock, logger } = deps;
    this.#deps = deps;
    this.model = model.embeddingModel ?? model.provider;
    this.#breaker = new ModelBreaker({
      provider: this.model,
      meanwhile: "the library is searched by words alone",
      minSamples: MIN_FAILURES,
      clock,
      logger,
    });
  }

  async ofQuestion(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[] | null> {
    if (this.#inFlight >= MAX_CONCURRENT || this.#refusal() !== null) return null;
    this.#inFlight += 1;
    try {
      return await this.#embedQuestion(texts, signal);
    } catch (error) {
      if (error instanceof ModelError) return null;
      throw error;
    } finally {
      this.#inFlight -= 1;
    }
  }

  @monitorPerformance("embeddings.library", { slowMs: null })
  async ofLibrary(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return await this.#embed(texts, LIBRARY_MS, signal);
  }

  stats(): EmbedderStats {
    return {
      model: this.model,
      breaker: this.#breaker.state(),
      isPaused: this.#isPaused(),
      costThisMonth: this.#deps.usage.costThisMonth(),
    };
  }

  @monitorPerformance("embeddings.question")
  async #embedQuestion(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return await this.#embed(texts, QUESTION_MS, signal);
  }

  async #embed(
    texts: readonly string[],
    limitMs: number,
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const { model, usage, clock } = this.#deps;
    const refusal = this.#refusal();
    if (refusal) throw refusal;
    const entry = usage.begin();
    let promptTokens = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
    const call = (): Promise<Float32Array[]> =>
      withDeadline(clock, limitMs, signal, async (limited) => {
        try {
          return await model.embed(texts, limited);
        } catch (error) {
          throw limited.aborted && !signal.aborted ? modelTimeout(error) : error;
        }
      });
    try {
      const vectors = await this.#breaker.execute(call, signal);
      this.#isRefused = false;
      return vectors;
    } catch (error) {
      if (error instanceof ModelError) {
        if (error.httpStatus !== undefined) promptTokens = 0;
        this.#learnFromFailure(error);
      }
      throw error;
    } finally {
      entry.end({ promptTokens, outputTokens: 0 });
    }
  }

  /** Why no call is made now: a new error each time; null when there is no reason. */
  #refusal(): ModelError | null {
    if (this.#deps.usage.isBudgetReached()) return budgetSpent();
    return this.#isPaused() || !this.#breaker.admits() ? modelDown() : null;
  }

  #isPaused(): boolean {
    return this.#deps.clock.monotonic() < this.#pausedUntil;
  }

  #learnFromFailure(error: ModelError): void {
    const { clock, logger } = this.#deps;
    const pauseMs = pauseAfter(error);
    if (pauseMs === undefined) return;
    this.#pausedUntil = clock.monotonic() + pauseMs;
    if (error.code !== "MODEL_REFUSED" || this.#isRefused) return;
    this.#isRefused = true;
    logger.warn(`${this.model} refuses to embed; the library is searched by words alone`, {
      reason: error.message,
      nextTryInMs: pauseMs,
    });
  }
}

/** How long no call is made after an error, in milliseconds; undefined when the breaker decides. */
function pauseAfter({ code, retryAfterMs = 0 }: ModelError): number | undefined {
  switch (code) {
    case "MODEL_RATE_LIMIT":
      return Math.max(RATE_LIMIT_PAUSE_MS, retryAfterMs);
    case "MODEL_DAILY_QUOTA":
    case "MODEL_REFUSED":
    case "MODEL_CANNOT_EMBED":
      return Math.max(REFUSAL_PAUSE_MS, retryAfterMs);
    default:
      return undefined;
  }
}
