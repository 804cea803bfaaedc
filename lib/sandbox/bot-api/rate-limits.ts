import type { Clock } from "../../core/index.ts";
import { tooManyRequests } from "./api-error.ts";

/** A bucket of `burst` calls that refills by `perSecond`. */
interface Rule {
  burst: number;
  perSecond: number;
}

/**
 * Telegram's published limits: about one message a second in a chat (short bursts pass), 20 a minute in a group, 30 a
 * second in all. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
const PRIVATE_CHAT: Rule = { burst: 5, perSecond: 1 };
const GROUP: Rule = { burst: 20, perSecond: 20 / 60 };
const WHOLE_BOT: Rule = { burst: 30, perSecond: 30 };
/** Beyond this number of buckets all are dropped, which forgives every chat its recent messages. */
const MAX_BUCKETS = 10_000;

/** Telegram's limits on sends and edits. Drafts and chat actions do not count. */
export class RateLimits {
  private readonly buckets = new Map<string, Bucket>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Counts a send or edit.
   * @param messages the items of an album, else 1.
   * @throws BotApiError 429 with `retry_after` when it is over the limit.
   */
  count(chatId: number, messages: number): void {
    if (this.buckets.size > MAX_BUCKETS) this.buckets.clear();
    const now = this.clock.now();
    const chat = this.bucket(String(chatId), chatId < 0 ? GROUP : PRIVATE_CHAT, now);
    const bot = this.bucket("bot", WHOLE_BOT, now);
    const waitSeconds = Math.max(chat.waitSeconds(now), bot.waitSeconds(now));
    if (waitSeconds > 0) throw tooManyRequests(Math.ceil(waitSeconds));
    chat.take(messages);
    bot.take(messages);
  }

  private bucket(key: string, rule: Rule, now: number): Bucket {
    const known = this.buckets.get(key);
    if (known) return known;
    const fresh = new Bucket(rule, now);
    this.buckets.set(key, fresh);
    return fresh;
  }
}

class Bucket {
  private left: number;
  private filledAt: number;
  private readonly rule: Rule;

  constructor(rule: Rule, now: number) {
    this.rule = rule;
    this.left = rule.burst;
    this.filledAt = now;
  }

  /** Seconds until one more call is allowed; 0 if it is now. */
  waitSeconds(now: number): number {
    const { burst, perSecond } = this.rule;
    this.left = Math.min(burst, this.left + ((now - this.filledAt) / 1000) * perSecond);
    this.filledAt = now;
    return this.left >= 1 ? 0 : (1 - this.left) / perSecond;
  }

  take(count: number): void {
    this.left -= count;
  }
}
