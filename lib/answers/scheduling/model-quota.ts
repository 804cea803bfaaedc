import type { Clock } from "../../core/index.ts";
import { pacificDayEnd } from "./pacific-day.ts";
import { createSlidingWindow, type SlidingWindow } from "./sliding-window.ts";

/** What some calls take: their number, and the tokens of their prompts. */
export interface CallLoad {
  calls: number;
  promptTokens: number;
}

/** What the quotas allow still; without a quota, missing. */
export interface QuotaLeft {
  requestsThisMinute?: number;
  /** Below zero when prompts turned out longer than estimated. */
  tokensThisMinute?: number;
  requestsToday?: number;
}

/**
 * What Google allows of one model. Its questions are answered at once, from this process's memory: one that several
 * processes share would take portions of each minute for each of them ahead, and count the day's requests together.
 */
export interface ModelQuota {
  /** How long a call must wait that comes after others which wait too, in milliseconds; 0 when it may begin. */
  waitMs(promptTokens: number, ahead: CallLoad): number;
  /** Whether no request is left for today. */
  isDaySpent(): boolean;
  /** Google said that none is left for today, whatever was counted here. */
  closeDay(): void;
  /** Takes a call out of the quotas. */
  take(promptTokens: number): QuotaCharge;
  left(): QuotaLeft;
  /** What is taken now of the quotas of a minute that are set; undefined when none is. */
  minute(): MinuteUse | undefined;
}

/** What was taken of a minute's quotas. */
export interface MinuteUse {
  /** As of then (epoch milliseconds). */
  at: number;
  requests: number;
  promptTokens: number;
}

/** What one call took. */
export interface QuotaCharge {
  /** Puts the tokens right that were estimated. */
  correct(promptTokens: number): void;
  /** The call was not made after all. */
  refund(): void;
}

export interface QuotaOptions {
  requestsPerMinute?: number | undefined;
  /** Tokens of prompts, as Google counts this quota. */
  tokensPerMinute?: number | undefined;
  requestsPerDay?: number | undefined;
  /** How many requests were made today, by whichever process. */
  requestsToday(): number;
  /** What was taken before this start: the quotas do not begin anew with the program. */
  before?: MinuteUse | undefined;
  clock: Clock;
}

export function createModelQuota(options: QuotaOptions): ModelQuota {
  const { requestsPerDay, requestsToday, before, clock } = options;
  const windowOf = (capacity: number | undefined): SlidingWindow | undefined =>
    capacity === undefined ? undefined : createSlidingWindow(capacity, clock);
  const requests = windowOf(options.requestsPerMinute);
  const tokens = windowOf(options.tokensPerMinute);
  if (before) {
    const at = Math.min(before.at, clock.now());
    requests?.take(before.requests, at);
    tokens?.take(before.promptTokens, at);
  }
  let closedUntil = 0;
  const leftToday = (): number | undefined => {
    if (clock.now() < closedUntil) return 0;
    return requestsPerDay === undefined ? undefined : Math.max(0, requestsPerDay - requestsToday());
  };
  /** A prompt larger than a minute's tokens would wait for ever. */
  const fitting = (promptTokens: number): number =>
    tokens ? Math.min(promptTokens, tokens.capacity) : promptTokens;

  return {
    waitMs(promptTokens, ahead) {
      const forRequests = requests?.waitMs(ahead.calls + 1) ?? 0;
      const forTokens = tokens?.waitMs(ahead.promptTokens + fitting(promptTokens)) ?? 0;
      return Math.max(forRequests, forTokens);
    },
    isDaySpent: () => leftToday() === 0,
    closeDay() {
      closedUntil = pacificDayEnd(clock.now());
    },
    take(promptTokens) {
      const correctRequests = requests?.take(1);
      const correctTokens = tokens?.take(fitting(promptTokens));
      return {
        correct: (corrected) => correctTokens?.(corrected),
        refund() {
          correctRequests?.(0);
          correctTokens?.(0);
        },
      };
    },
    minute() {
      if (!requests && !tokens) return undefined;
      return { at: clock.now(), requests: requests?.used() ?? 0, promptTokens: tokens?.used() ?? 0 };
    },
    left() {
      const today = leftToday();
      return {
        ...(requests ? { requestsThisMinute: Math.max(0, requests.capacity - requests.used()) } : {}),
        ...(tokens ? { tokensThisMinute: tokens.capacity - tokens.used() } : {}),
        ...(today === undefined ? {} : { requestsToday: today }),
      };
    },
  };
}
