import type { Clock, Logger } from "../../core/index.ts";
import type { ModelStats, TokenUsage } from "../answer.ts";
import { budgetSpent, dailyQuotaSpent, ModelError, modelDown } from "../models/model-error.ts";
import { CallDurations } from "./call-durations.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import { BREAKER_RULES, isCancelled, isOutageError, ModelBreaker } from "./model-breaker.ts";
import { ModelQueue, PRIORITY, type QueueOptions, type Ticket } from "./model-queue.ts";
import { DAY_PROBE_RULES, type MinuteUse, ModelQuota, type QuotaCharge } from "./model-quota.ts";
import type { ModelUsage, UsageEntry } from "./model-usage.ts";
import type { CallEnd, SharedLine, UseAt } from "./shared-line.ts";
import { WINDOW_MS } from "./sliding-window.ts";

/** What the operator allows; what is missing has no limit. */
export interface ModelLimits {
  maxConcurrent: number;
  requestsPerMinute?: number | undefined;
  /** Of prompts. */
  tokensPerMinute?: number | undefined;
  /** A day begins at midnight in California. */
  requestsPerDay?: number | undefined;
}

export interface SchedulerDeps {
  /** The model's name in the log. */
  provider: string;
  limits: ModelLimits;
  /** Where several instances share the limits. */
  line?: SharedLine | undefined;
  usage: ModelUsage;
  clock: Clock;
  logger: Logger;
}

export interface CallOptions extends QueueOptions {
  /** Called, and awaited before the call, when it has a slot. */
  onStarted(): Promise<void>;
}

/** One call to the model. It reports the tokens used so far, as often as it likes. */
export type ModelCall<Result> = (onUsage: (usage: TokenUsage) => void) => Promise<Result>;

/** What a call is charged from the moment it is admitted. */
interface CallTicket extends Ticket {
  /** In the line of all instances. */
  id: string;
  /** Whether all instances' line let it pass, which then judges the model by it. */
  isShared: boolean;
  quota: QuotaCharge;
  usage: UsageEntry;
}

/** Without a place for any call it is looked for one after this time, in milliseconds. */
const PLACES_MS = 1_000;

const NO_TOKENS: TokenUsage = { promptTokens: 0, outputTokens: 0 };

/** Decides whether and when the model is called: slots, quotas, budget, breaker. */
export class ModelScheduler {
  readonly #limits: ModelLimits;
  readonly #line: SharedLine | undefined;
  #isFollowing = false;
  readonly #usage: ModelUsage;
  readonly #clock: Clock;
  readonly #quota: ModelQuota;
  readonly #limit: ConcurrencyLimit;
  readonly #breaker: ModelBreaker;
  readonly #durations = new CallDurations();
  readonly #queue: ModelQueue<CallTicket>;
  /** The refusal, such as of a key, that the latest call ended in. */
  #refused: ModelError | undefined;
  /** The provider asked everyone to pause until then (monotonic milliseconds). */
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor({ limits, line, usage, provider, clock, logger }: SchedulerDeps) {
    this.#limits = limits;
    this.#line = line;
    this.#usage = usage;
    this.#clock = clock;
    this.#quota = new ModelQuota({
      ...limits,
      share: (limit) => (this.#isFollowing ? limit : (line?.share(limit) ?? limit)),
      requestsToday: () => Math.max(usage.requestsToday(), line?.use()?.requestsToday ?? 0),
      before: usage.before,
      clock,
    });
    this.#limit = new ConcurrencyLimit(limits.maxConcurrent, clock.monotonic);
    this.#breaker = new ModelBreaker({ provider, clock, logger });
    this.#queue = new ModelQueue<CallTicket>(
      {
        limit: () => this.#concurrency(),
        refusal: () => this.refusal(),
        waitMs: (promptTokens, ahead) =>
          Math.max(
            this.#hasPlaces() ? 0 : PLACES_MS,
            this.#pausedUntil - clock.monotonic(),
            this.#quota.waitMs(promptTokens, ahead),
          ),
        meanCallMs: () => this.#durations.meanMs(),
        admit: (promptTokens, id) => this.#admit(promptTokens, id),
      },
      { clock, line },
    );
    line?.follow({
      limits,
      rules: {
        windowMs: WINDOW_MS,
        peoplePriority: PRIORITY.person,
        breaker: BREAKER_RULES,
        dayProbe: DAY_PROBE_RULES,
      },
      today: () => ({ day: usage.today(), requests: usage.requestsToday() }),
      before: usage.before && useAt(usage.before, clock),
      granted: (id) => this.#queue.grant(id),
      changed: () => this.#lineChanged(line),
    });
  }

  /**
   * Waits for a slot and makes the call.
   * @throws ModelError when it is not made or fails, the signal's reason, or what `onQueued` or `onStarted` throws
   */
  async run<Result>(call: ModelCall<Result>, options: CallOptions): Promise<Result> {
    return await this.#queue.run(async (ticket) => {
      try {
        options.signal.throwIfAborted();
        await options.onStarted();
        options.signal.throwIfAborted();
        // Several may be admitted while a probe is due: the first makes it.
        if (!ticket.isShared && !this.#breaker.admits()) throw modelDown();
      } catch (error) {
        ticket.refund();
        this.#queue.gateChanged();
        throw error;
      }
      return await this.#make(call, ticket, options.signal);
    }, options);
  }

  /** Why no call is made now, nor soon: a new error each time; null when there is no reason. */
  refusal(): ModelError | null {
    if (this.#usage.isBudgetReached()) return budgetSpent();
    if (this.#quota.isDaySpent()) return dailyQuotaSpent();
    return this.#breaker.admits() ? null : modelDown();
  }

  /** Whether nobody waits and at least half of every limit is free: the time for background work. */
  isIdle(): boolean {
    const { inFlight, queued } = this.#queue.stats();
    const { requestsThisMinute, tokensThisMinute, requestsToday } = this.#quota.left();
    return (
      this.refusal() === null &&
      this.#clock.monotonic() >= this.#pausedUntil &&
      queued === 0 &&
      inFlight < this.#concurrency() / 2 &&
      isHalfFree(requestsThisMinute, this.#limits.requestsPerMinute) &&
      isHalfFree(tokensThisMinute, this.#limits.tokensPerMinute) &&
      isHalfFree(requestsToday, this.#limits.requestsPerDay)
    );
  }

  stats(): Omit<ModelStats, "provider" | "model"> {
    return {
      ...this.#queue.stats(),
      limit: this.#concurrency(),
      breaker: this.#breaker.state(),
      quota: this.#quota.left(),
      costThisMonth: this.#usage.costThisMonth(),
      isBudgetReached: this.#usage.isBudgetReached(),
      ...(this.#refused ? { refusal: this.#refused.quotable ?? this.#refused.message } : {}),
    };
  }

  /** How many calls may be in flight here, now. */
  #concurrency(): number {
    const use = this.#line?.use();
    if (use) return Math.max(1, use.limit);
    const { maxConcurrent } = this.#limits;
    // With no place for now, waits are still estimated by the share to come.
    const places = this.#line
      ? this.#line.places(maxConcurrent) || this.#line.share(maxConcurrent)
      : maxConcurrent;
    return Math.min(this.#limit.current(), places);
  }

  /** Whether this instance may make calls at all: none while others cannot know of it. */
  #hasPlaces(): boolean {
    return !this.#line || this.#line.use() !== null || this.#line.places(this.#limits.maxConcurrent) > 0;
  }

  /** Takes on what all instances know of the model, or goes on with this one's part of it. */
  #lineChanged(line: SharedLine): void {
    const use = line.use();
    if (use) {
      this.#quota.replaceMinute(use.recent);
      this.#quota.followDay(use.closedDay);
      this.#pausedUntil = this.#clock.monotonic() + use.pauseMs;
      this.#breaker.follow(use.breaker);
    } else if (this.#isFollowing) {
      this.#quota.replaceMinute(line.ownPart());
      this.#breaker.leave();
    }
    this.#isFollowing = use !== null;
    this.#queue.gateChanged();
  }

  #admit(promptTokens: number, id: string): CallTicket {
    const line = this.#line;
    line?.began(id, promptTokens);
    const quota = this.#quota.take(promptTokens);
    const usage = this.#usage.begin();
    return {
      id,
      isShared: this.#isFollowing,
      quota,
      usage,
      refund() {
        line?.ended(id, { outcome: "unmade" });
        quota.refund();
        usage.refund();
      },
    };
  }

  async #make<Result>(call: ModelCall<Result>, ticket: CallTicket, signal: AbortSignal): Promise<Result> {
    const startedAt = this.#clock.monotonic();
    let used: TokenUsage | undefined;
    let end: CallEnd = { outcome: "other" };
    try {
      const onUsage = (soFar: TokenUsage): void => {
        used = soFar;
      };
      const make = (): Promise<Result> => call(onUsage);
      const result = await (ticket.isShared ? make() : this.#breaker.execute(make, signal));
      end = { outcome: "answered" };
      this.#quota.openDay();
      this.#refused = undefined;
      this.#limit.succeeded();
      this.#durations.add(this.#clock.monotonic() - startedAt);
      return result;
    } catch (error) {
      end = endOf(error, signal);
      if (error instanceof ModelError) {
        this.#learnFromFailure(error, startedAt);
        // An error response: the prompt was not processed.
        if (error.httpStatus !== undefined) used ??= NO_TOKENS;
      }
      throw error;
    } finally {
      if (used) ticket.quota.correct(used.promptTokens);
      this.#line?.ended(ticket.id, { ...end, promptTokens: used?.promptTokens });
      ticket.usage.end(used ?? NO_TOKENS, this.#quota.minute());
      this.#queue.gateChanged();
    }
  }

  #learnFromFailure(error: ModelError, startedAt: number): void {
    if (error.code === "MODEL_REFUSED") this.#refused = error;
    if (error.code === "MODEL_DAILY_QUOTA") this.#quota.closeDay(error.retryAfterMs);
    if (error.code !== "MODEL_RATE_LIMIT") return;
    this.#limit.overloaded(startedAt);
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + (error.retryAfterMs ?? 0));
  }
}

function isHalfFree(left: number | undefined, capacity = 0): boolean {
  return left === undefined || left >= capacity / 2;
}

function useAt({ at, requests, promptTokens }: MinuteUse, clock: Clock): UseAt {
  return { ageMs: Math.max(0, clock.now() - at), requests, promptTokens };
}

/** What a failed call shows. */
function endOf(error: unknown, signal: AbortSignal): CallEnd {
  if (isCancelled(signal) || !(error instanceof ModelError)) return { outcome: "other" };
  const { retryAfterMs } = error;
  if (error.code === "MODEL_RATE_LIMIT") return { outcome: "rate-limit", retryAfterMs };
  if (error.code === "MODEL_DAILY_QUOTA") return { outcome: "day-spent", retryAfterMs };
  return { outcome: isOutageError(error) ? "outage" : "other" };
}
