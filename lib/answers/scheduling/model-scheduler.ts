import type { Clock, Logger, Measure } from "../../core/index.ts";
import type { AnswerStats, QueueCallbacks, TokenUsage } from "../answer.ts";
import { budgetSpent, dailyQuotaSpent, ModelError, modelDown } from "../models/gemini/gemini-error.ts";
import { createConcurrencyLimit } from "./concurrency-limit.ts";
import { createModelBreaker } from "./model-breaker.ts";
import { createModelQueue, type QueueOptions, type Ticket } from "./model-queue.ts";
import { createModelQuota, type QuotaCharge } from "./model-quota.ts";
import type { ModelUsage, UsageEntry } from "./model-usage.ts";
import { createCallDurations } from "./wait-estimate.ts";

/** What the operator lets the model do; what is missing has no limit. */
export interface ModelLimits {
  maxConcurrent: number;
  requestsPerMinute?: number | undefined;
  /** Of prompts, as Google counts them. */
  tokensPerMinute?: number | undefined;
  /** A day is Google's, in California. */
  requestsPerDay?: number | undefined;
}

export interface SchedulerDeps {
  limits: ModelLimits;
  usage: ModelUsage;
  clock: Clock;
  logger: Logger;
  measure: Measure;
}

export type CallOptions = QueueOptions & QueueCallbacks;

/** One call to the model; it says what it used, as soon as it knows, and as often as it likes. */
export type ModelCall<Result> = (used: (usage: TokenUsage) => void) => Promise<Result>;

/** Decides when the model is called, and whether at all: places, quotas, budget, and what to make of its failures. */
export interface ModelScheduler {
  /**
   * Waits for the call's turn and makes it.
   * @throws ModelError when it is not made or fails, the signal's reason, or what `onQueued` or `onStarted` throws.
   */
  run<Result>(call: ModelCall<Result>, options: CallOptions): Promise<Result>;
  /** Why no call is made now, nor soon: a new error; null when there is no reason. */
  refusal(): ModelError | null;
  /** Whether nobody waits and at least half of everything is free: the time for work that nobody waits for. */
  isIdle(): boolean;
  stats(): AnswerStats;
}

/** What a call holds from the moment it is let through. */
interface CallTicket extends Ticket {
  quota: QuotaCharge;
  usage: UsageEntry;
}

export function createModelScheduler(deps: SchedulerDeps): ModelScheduler {
  const { limits, usage, clock, measure } = deps;
  const quota = createModelQuota({
    ...limits,
    requestsToday: usage.requestsToday,
    before: usage.before,
    clock,
  });
  const limit = createConcurrencyLimit(limits.maxConcurrent, clock.now);
  const breaker = createModelBreaker(deps);
  const durations = createCallDurations();
  /** Google asked for a pause of everyone until then (epoch milliseconds). */
  let pausedUntil = 0;

  function refusal(): ModelError | null {
    if (usage.isBudgetReached()) return budgetSpent();
    if (quota.isDaySpent()) return dailyQuotaSpent();
    return breaker.admits() ? null : modelDown();
  }

  const queue = createModelQueue<CallTicket>(
    {
      limit: limit.current,
      refusal,
      waitMs: (promptTokens, ahead) =>
        Math.max(0, pausedUntil - clock.now(), quota.waitMs(promptTokens, ahead)),
      meanCallMs: durations.meanMs,
      admit(promptTokens) {
        const charge = quota.take(promptTokens);
        const entry = usage.begin();
        return {
          quota: charge,
          usage: entry,
          refund() {
            charge.refund();
            entry.refund();
          },
        };
      },
    },
    { clock, measure },
  );

  /** Learns from a failure what it says about the calls to come. */
  function heed(error: ModelError, startedAt: number): void {
    if (error.code === "GEMINI_DAILY_QUOTA") quota.closeDay();
    if (error.code !== "GEMINI_RATE_LIMIT") return;
    limit.overloaded(startedAt);
    pausedUntil = Math.max(pausedUntil, clock.now() + (error.retryAfterMs ?? 0));
  }

  async function make<Result>(call: ModelCall<Result>, ticket: CallTicket): Promise<Result> {
    const startedAt = clock.now();
    let used: TokenUsage | undefined;
    try {
      const result = await breaker.execute(() =>
        call((soFar) => {
          used = soFar;
        }),
      );
      limit.succeeded();
      durations.add(clock.now() - startedAt);
      return result;
    } catch (error) {
      if (error instanceof ModelError) {
        heed(error, startedAt);
        // An error in place of an answer: the prompt was not read.
        if (error.httpStatus !== undefined) used ??= NO_TOKENS;
      }
      throw error;
    } finally {
      if (used) ticket.quota.correct(used.promptTokens);
      ticket.usage.end(used ?? NO_TOKENS, quota.minute());
      queue.gateChanged();
    }
  }

  return {
    refusal,
    async run(call, options) {
      return await queue.run(async (ticket) => {
        try {
          options.signal.throwIfAborted();
          await options.onStarted?.();
          options.signal.throwIfAborted();
          // Of several that were let through when it was time for a probe, the first makes it.
          if (!breaker.admits()) throw modelDown();
        } catch (error) {
          ticket.refund();
          queue.gateChanged();
          throw error;
        }
        return await make(call, ticket);
      }, options);
    },
    isIdle() {
      const { inFlight, queued } = queue.stats();
      const { requestsThisMinute, tokensThisMinute, requestsToday } = quota.left();
      return (
        refusal() === null &&
        clock.now() >= pausedUntil &&
        queued === 0 &&
        inFlight < limit.current() / 2 &&
        isHalfFree(requestsThisMinute, limits.requestsPerMinute) &&
        isHalfFree(tokensThisMinute, limits.tokensPerMinute) &&
        isHalfFree(requestsToday, limits.requestsPerDay)
      );
    },
    stats: () => ({
      ...queue.stats(),
      limit: limit.current(),
      breaker: breaker.state(),
      quota: quota.left(),
      costThisMonth: usage.costThisMonth(),
      isBudgetReached: usage.isBudgetReached(),
    }),
  };
}

const NO_TOKENS: TokenUsage = { promptTokens: 0, outputTokens: 0 };

function isHalfFree(left: number | undefined, capacity = 0): boolean {
  return left === undefined || left >= capacity / 2;
}
