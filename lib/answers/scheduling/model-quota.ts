import type { Clock } from "../../core/index.ts";
import { pacificDayEnd } from "./pacific-day.ts";
import type { ClosedDay, UseAt } from "./shared-line.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** What some calls use together. */
export interface CallLoad {
  calls: number;
  promptTokens: number;
}

/** What the quotas still allow; a field is missing where no quota is set. */
export interface QuotaLeft {
  requestsThisMinute?: number;
  /** Below zero when prompts turned out longer than estimated. */
  tokensThisMinute?: number;
  requestsToday?: number;
}

/** What was used of the per-minute quotas. */
export interface MinuteUse {
  /** Epoch milliseconds. */
  at: number;
  requests: number;
  promptTokens: number;
}

/** What one call used. */
export interface QuotaCharge {
  /** Replaces the estimated tokens by the true number. */
  correct(promptTokens: number): void;
  /** Takes the charge back: the call was not made. */
  refund(): void;
}

export interface QuotaOptions {
  requestsPerMinute?: number | undefined;
  /** Tokens of prompts, as the provider counts this quota. */
  tokensPerMinute?: number | undefined;
  requestsPerDay?: number | undefined;
  /** Where several instances share the quotas of a minute: what this one may use of one, now. */
  share?: ((limit: number) => number) | undefined;
  /** Requests made today, by all processes. */
  requestsToday(): number;
  /** What was used before this start, so that a restart does not reset the quotas. */
  before?: MinuteUse | undefined;
  clock: Clock;
}

/** When a day's quota that the provider said is used up is tried again. */
export interface DayProbeRules {
  /** Pause before the first probe, in milliseconds; it doubles after each refused one, up to the limit. */
  firstProbeMs: number;
  maxProbeMs: number;
}

export const DAY_PROBE_RULES: DayProbeRules = { firstProbeMs: 10 * 60_000, maxProbeMs: 60 * 60_000 };

/**
 * What the provider allows of one model. It answers at once, from this process's memory; where several share the quotas, their
 * line keeps them, and this follows it.
 */
export class ModelQuota {
  readonly #clock: Clock;
  readonly #requests: SlidingWindow | undefined;
  readonly #tokens: SlidingWindow | undefined;
  readonly #requestsPerDay: number | undefined;
  readonly #requestsToday: () => number;
  /** The provider said that no request is left today; monotonic milliseconds. */
  #closed: { dayEndsAt: number; probeAt: number; probeMs: number } | undefined;

  constructor({ clock, before, ...options }: QuotaOptions) {
    const { share = (limit) => limit } = options;
    const windowOf = (capacity: number | undefined) =>
      capacity === undefined ? undefined : new SlidingWindow(() => share(capacity), clock);
    this.#clock = clock;
    this.#requests = windowOf(options.requestsPerMinute);
    this.#tokens = windowOf(options.tokensPerMinute);
    this.#requestsPerDay = options.requestsPerDay;
    this.#requestsToday = options.requestsToday;
    if (before) {
      const at = clock.monotonic() - Math.max(0, clock.now() - before.at);
      this.#requests?.take(before.requests, at);
      this.#tokens?.take(before.promptTokens, at);
    }
  }

  /** Replaces what is known of the last minute. */
  replaceMinute(recent: readonly UseAt[]): void {
    const now = this.#clock.monotonic();
    this.#requests?.replace(recent.map(({ ageMs, requests }) => ({ at: now - ageMs, amount: requests })));
    this.#tokens?.replace(
      recent.map(({ ageMs, promptTokens }) => ({ at: now - ageMs, amount: promptTokens })),
    );
  }

  /** How long a call must wait behind those `ahead` of it, in milliseconds; 0 when it may start. */
  waitMs(promptTokens: number, ahead: CallLoad): number {
    const forRequests = this.#requests?.waitMs(ahead.calls + 1) ?? 0;
    const forTokens = this.#tokens?.waitMs(ahead.promptTokens + this.#fitting(promptTokens)) ?? 0;
    return Math.max(forRequests, forTokens);
  }

  isDaySpent(): boolean {
    return this.#leftToday() === 0;
  }

  /**
   * The provider said that no request is left today, whatever was counted here. It may be wrong, name another day's end
   * than ours, or be paid meanwhile: now and then one call finds out.
   * @param retryAfterMs the wait the provider names; Google names seconds that do not help
   */
  closeDay(retryAfterMs = 0): void {
    const { firstProbeMs, maxProbeMs } = DAY_PROBE_RULES;
    const probeMs = this.#closed ? Math.min(maxProbeMs, 2 * this.#closed.probeMs) : firstProbeMs;
    this.followDay({ probeInMs: Math.max(probeMs, retryAfterMs), probeMs });
  }

  /** Takes on what all instances know of such a refusal. */
  followDay(closed: ClosedDay | null): void {
    const now = this.#clock.monotonic();
    const leftToday = pacificDayEnd(this.#clock.now()) - this.#clock.now();
    this.#closed = closed
      ? { dayEndsAt: now + leftToday, probeAt: now + closed.probeInMs, probeMs: closed.probeMs }
      : undefined;
  }

  /** A call was answered. */
  openDay(): void {
    this.#closed = undefined;
  }

  /** Charges a call to the quotas. */
  take(promptTokens: number): QuotaCharge {
    // Of those that wait for a probe to be due, the first makes it.
    if (this.#closed) this.#closed.probeAt = this.#clock.monotonic() + this.#closed.probeMs;
    const correctRequests = this.#requests?.take(1);
    const correctTokens = this.#tokens?.take(this.#fitting(promptTokens));
    return {
      correct: (corrected) => correctTokens?.(corrected),
      refund() {
        correctRequests?.(0);
        correctTokens?.(0);
      },
    };
  }

  left(): QuotaLeft {
    const requests = this.#requests;
    const tokens = this.#tokens;
    const today = this.#leftToday();
    return {
      ...(requests ? { requestsThisMinute: Math.max(0, requests.capacity - requests.used()) } : {}),
      ...(tokens ? { tokensThisMinute: tokens.capacity - tokens.used() } : {}),
      ...(today === undefined ? {} : { requestsToday: today }),
    };
  }

  /** What is used now of the per-minute quotas; undefined when none is set. */
  minute(): MinuteUse | undefined {
    if (!this.#requests && !this.#tokens) return undefined;
    return {
      at: this.#clock.now(),
      requests: this.#requests?.used() ?? 0,
      promptTokens: this.#tokens?.used() ?? 0,
    };
  }

  /** A prompt above a minute's tokens counts as a full minute; otherwise it would wait for ever. */
  #fitting(promptTokens: number): number {
    return this.#tokens ? Math.min(promptTokens, this.#tokens.capacity) : promptTokens;
  }

  #leftToday(): number | undefined {
    const now = this.#clock.monotonic();
    if (this.#closed && now < this.#closed.dayEndsAt && now < this.#closed.probeAt) return 0;
    if (this.#requestsPerDay === undefined) return undefined;
    return Math.max(0, this.#requestsPerDay - this.#requestsToday());
  }
}
