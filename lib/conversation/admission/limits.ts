import type { Clock } from "../../core/index.ts";
import type { ErasureRecord, ErasureStore, PeopleStore, PersonalHistoryStore } from "../../store/index.ts";
import { type Address, type Exchange, isFromOperator, type Operators, saidAt } from "../exchange.ts";
import type { ConversationAnswers, ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";

export interface LimitsDeps {
  content: ConversationContent;
  people: PeopleStore;
  personalHistory: PersonalHistoryStore;
  erasures: Pick<ErasureStore, "find">;
  answers: Pick<ConversationAnswers, "costOf">;
  operators: Pick<Operators, "userIds" | "chatId">;
  clock: Clock;
}

/** A message against the limit per minute: the first one above it is answered, the others are not. */
export type Pace = "fine" | "first-too-many" | "too-many";

/** What of an exchange decides about the limits of a day. */
type LimitedExchange = Pick<Exchange, "personId" | "person" | "seq" | "at">;

/** Whether a message is handled, as far as the limit per minute decides. */
export interface RateDecision {
  pace: Pace;
  /** Above the limit, but it sounds like danger and is answered with help. */
  isCallForHelp: boolean;
}

/** What a person sent within the last minute. */
interface RecentMessages {
  counted: { at: number; cost: number }[];
  /** When they were last told about the limit. */
  toldAt?: number;
  /** When a message above the limit was last answered with help in danger. */
  helpedAt?: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A pressed button costs a third of a message: browsing topics is not a flood. */
const MESSAGE_COST = 3;
const PRESS_COST = 1;

/** A count of questions is believed for this long, since another instance may answer more of them (milliseconds). */
const MAX_COUNT_AGE_MS = 10 * MINUTE_MS;
/** With more counts than this all are taken anew. */
const MAX_COUNTS = 10_000;

/**
 * How much one person may send; operators have no limit. The messages of the last minute are counted in memory, so a
 * restart begins a new minute. The questions of a day are counted in the history, now and then.
 */
export class Limits {
  readonly #deps: LimitsDeps;
  readonly #recent = new Map<number, RecentMessages>();
  /** How many questions people have at most asked within a day. */
  readonly #asked = new Map<number, { atMost: number; countedAt: Date }>();
  /** Time of the last cleanup of idle people; all times are by the monotonic clock. */
  #cleanedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: LimitsDeps) {
    this.#deps = deps;
  }

  /** Counts one message, in memory only, so that a flood costs next to nothing. Call it once per update. */
  count(address: Pick<Address, "personId" | "chatId" | "isWritingAsChat" | "isPress" | "sentAt">): Pace {
    const { personId, isPress } = address;
    const { operators, content } = this.#deps;
    if (isFromOperator(address, operators)) return "fine";
    const now = this.#timeOf(address);
    const recent = this.#recentOf(personId, now - MINUTE_MS);
    const spent = recent.counted.reduce((sum, { cost }) => sum + cost, 0);
    const cost = isPress ? PRESS_COST : MESSAGE_COST;
    if (spent + cost <= content.bot.limits.messagesPerMinute * MESSAGE_COST) {
      recent.counted.push({ at: now, cost });
      return "fine";
    }
    if (recent.toldAt !== undefined && recent.toldAt > now - MINUTE_MS) return "too-many";
    recent.toldAt = now;
    return "first-too-many";
  }

  /** Whether help in danger may go out to somebody above the limit: once a minute. Call it once per update. */
  takeHelp({ personId }: Pick<Address, "personId">): boolean {
    const now = this.#deps.clock.monotonic();
    const recent = this.#recentOf(personId, now - MINUTE_MS);
    if (recent.helpedAt !== undefined && recent.helpedAt > now - MINUTE_MS) return false;
    recent.helpedAt = now;
    return true;
  }

  /** What to say instead of an answer once the day's questions are used up; null while they are not. */
  async refuseQuestion(exchange: Exchange): Promise<Reply[] | null> {
    const { content, people, personalHistory } = this.#deps;
    const { seq, personId, person, language, isOperator, isPrivate, at } = exchange;
    if (isOperator) return null;
    const limit = content.bot.limits.questionsPerDay;
    const refusal = [{ markdown: content.translate(language, "limits.day", { limit }) }];
    const told = person?.dayLimitTold;
    if (told?.seq === seq) return refusal;
    // A new person has no history but what they asked in groups, which does not count against their first question here.
    const isNew = isPrivate && person === null;
    if (!isNew && this.#hasAskedFew(exchange, limit)) return null;
    const asked = isNew
      ? ((await this.#erasedWithin(exchange))?.asked ?? 0)
      : await this.askedToday(exchange);
    if (!isNew) this.#noteAsked(exchange, asked + 1);
    if (asked < limit) return null;
    if (await personalHistory.hasQuestion(seq)) return null; // asked before the limit was reached
    if (told && told.at.getTime() > at.getTime() - HOUR_MS) return [];
    await people.change(personId, { dayLimitTold: { seq, at } });
    return refusal;
  }

  /** How many questions they asked within the day before this, erased ones included, up to the limit. */
  async askedToday(exchange: LimitedExchange): Promise<number> {
    const { personId, seq, at } = exchange;
    const limit = this.#deps.content.bot.limits.questionsPerDay;
    const [kept, erased] = await Promise.all([
      this.#deps.personalHistory.countSince(personId, dayBefore(at), seq, limit),
      this.#erasedWithin(exchange),
    ]);
    return Math.min(limit, kept + (erased?.asked ?? 0));
  }

  /** What they used of their limits within the day before this, what was erased since included. */
  async usedToday(exchange: LimitedExchange): Promise<{ asked: number; spent?: number }> {
    const asked = await this.askedToday(exchange);
    return this.#dailyBudget === undefined ? { asked } : { asked, spent: await this.#spentToday(exchange) };
  }

  /** Whether the calls for their questions of the day before this cost what one person may cost; never so of operators. */
  async isOverBudget(exchange: LimitedExchange & Pick<Exchange, "isOperator">): Promise<boolean> {
    const budget = this.#dailyBudget;
    if (budget === undefined || exchange.isOperator) return false;
    return (await this.#spentToday(exchange)) >= budget;
  }

  get #dailyBudget(): number | undefined {
    return this.#deps.content.bot.budget.perPersonDaily;
  }

  async #spentToday(exchange: LimitedExchange): Promise<number> {
    const { personId, seq, at } = exchange;
    const { personalHistory, answers } = this.#deps;
    const [kept, erased] = await Promise.all([
      personalHistory.tokensSince(personId, dayBefore(at), seq),
      this.#erasedWithin(exchange),
    ]);
    const costs = kept.map(({ model, prompt, output }) =>
      answers.costOf(model, { promptTokens: prompt, outputTokens: output }),
    );
    return costs.reduce((sum, cost) => sum + cost, erased?.spent ?? 0);
  }

  /**
   * Whether they have asked fewer than the limit even if none of the questions of the last count is a day old by now.
   * Saves reading the history for each question.
   */
  #hasAskedFew({ personId, at }: Exchange, limit: number): boolean {
    const known = this.#asked.get(personId);
    if (!known || known.atMost >= limit) return false;
    const ageMs = at.getTime() - known.countedAt.getTime();
    if (ageMs < 0 || ageMs > MAX_COUNT_AGE_MS) return false;
    known.atMost += 1;
    return true;
  }

  #noteAsked({ personId, at }: Exchange, count: number): void {
    if (this.#asked.size >= MAX_COUNTS) this.#asked.clear();
    this.#asked.set(personId, { atMost: count, countedAt: at });
  }

  /** The mark of an erasure within the day before this. */
  async #erasedWithin({ personId, person, at }: LimitedExchange): Promise<ErasureRecord | null> {
    const since = dayBefore(at);
    if (person?.firstSeenAt && person.firstSeenAt <= since) return null; // known for longer: nothing was erased
    const mark = await this.#deps.erasures.find(personId);
    return mark && mark.at > since ? mark : null;
  }

  /** When a message was sent, by the monotonic clock. */
  #timeOf(address: Pick<Address, "sentAt">): number {
    const { clock } = this.#deps;
    const now = clock.now();
    return clock.monotonic() - (now - saidAt(address, now));
  }

  #recentOf(personId: number, since: number): RecentMessages {
    const known = this.#recent.get(personId);
    const recent = { ...known, counted: known?.counted.filter(({ at }) => at > since) ?? [] };
    if (this.#cleanedAt < since) this.#forgetIdle(since);
    this.#recent.set(personId, recent);
    return recent;
  }

  #forgetIdle(since: number): void {
    this.#cleanedAt = this.#deps.clock.monotonic();
    for (const [personId, { counted }] of this.#recent) {
      if (!counted.some(({ at }) => at > since)) this.#recent.delete(personId);
    }
  }
}

function dayBefore(at: Date): Date {
  return new Date(at.getTime() - DAY_MS);
}
