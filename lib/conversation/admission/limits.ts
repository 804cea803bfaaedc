import type { Clock } from "../../core/index.ts";
import type { ErasureStore, PeopleStore, PersonalHistoryStore } from "../../store/index.ts";
import type { Address, Exchange } from "../exchange.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";

export interface LimitsDeps {
  content: ConversationContent;
  people: PeopleStore;
  personalHistory: PersonalHistoryStore;
  erasures: Pick<ErasureStore, "find">;
  operators: { userIds: readonly number[] };
  clock: Clock;
}

/** What a message is, next to what the person sent lately: the first one too many is answered, the others are not. */
export type Pace = "fine" | "first-too-many" | "too-many";

/** How much one person may send. Operators may send as much as they like. */
export interface Limits {
  /**
   * Counts a message, each once however often it is handled. Costs next to nothing, so that a flood does too. A pressed
   * button counts as a third of one: leafing through topics is no flood.
   */
  pace(address: Pick<Address, "personId" | "seq" | "isPress" | "sentAt">): Pace;
  /** Whether help in danger may go out to somebody who sends too much: once a minute, to any one message. */
  mayHelp(address: Pick<Address, "personId" | "seq">): boolean;
  /** What to say in place of an answer once the day's questions are used up; null while they are not. */
  refuseQuestion(exchange: Exchange): Promise<Reply[] | null>;
  /** How many questions they asked within a day, also where they had them erased; counts no further than the limit. */
  askedToday(exchange: Pick<Exchange, "personId" | "person" | "seq">): Promise<number>;
}

/** What a person sent within the last minute. */
interface Recent {
  taken: { seq: number; at: number; cost: number }[];
  /** The message that was answered with the limit, and when. */
  told?: { seq: number; at: number };
  /** The message beyond the limit that was answered with help in danger, and when. */
  helped?: { seq: number; at: number };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MESSAGE_COST = 3;
const PRESS_COST = 1;

/**
 * The messages of the last minute are counted in memory: a restart begins a new minute and does no harm, and whoever
 * was quiet for a minute or two is forgotten. The questions of a day are counted in the history.
 */
export function createLimits(deps: LimitsDeps): Limits {
  const { content, people, personalHistory, erasures, operators, clock } = deps;
  const lately = new Map<number, Recent>();
  /** When those who were quiet were forgotten last. */
  let tidiedAt = 0;

  function recentOf(personId: number, since: number): Recent {
    const known = lately.get(personId);
    const recent = { ...known, taken: known?.taken.filter(({ at }) => at > since) ?? [] };
    if (tidiedAt < since) dropQuiet(since);
    lately.set(personId, recent);
    return recent;
  }

  function dropQuiet(since: number): void {
    tidiedAt = clock.now();
    for (const [personId, { taken }] of lately) {
      if (!taken.some(({ at }) => at > since)) lately.delete(personId);
    }
  }

  const dayAgo = (): Date => new Date(clock.now() - DAY_MS);

  /** How many of the questions they asked within a day they had erased. */
  async function erasedToday({ personId, person }: Pick<Exchange, "personId" | "person">): Promise<number> {
    const since = dayAgo();
    if (person?.firstSeenAt && person.firstSeenAt <= since) return 0; // known for longer: nothing was erased
    const mark = await erasures.find(personId);
    return mark && mark.at > since ? (mark.asked ?? 0) : 0;
  }

  const askedToday: Limits["askedToday"] = async ({ personId, person, seq }) => {
    const limit = content.bot.limits.questionsPerDay;
    const [kept, erased] = await Promise.all([
      personalHistory.countSince(personId, dayAgo(), seq, limit),
      erasedToday({ personId, person }),
    ]);
    return Math.min(limit, kept + erased);
  };

  /** What waited while the bot was away counts by when it was sent. Telegram keeps it for a day, so no date is older. */
  function timeOf(sentAt: number | undefined): number {
    const now = clock.now();
    return sentAt !== undefined && now - sentAt < DAY_MS ? Math.min(sentAt, now) : now;
  }

  return {
    askedToday,

    pace({ personId, seq, isPress, sentAt }) {
      if (operators.userIds.includes(personId)) return "fine";
      const now = timeOf(sentAt);
      const recent = recentOf(personId, now - MINUTE_MS);
      if (recent.taken.some((taken) => taken.seq === seq)) return "fine";
      const spent = recent.taken.reduce((sum, { cost }) => sum + cost, 0);
      const cost = isPress ? PRESS_COST : MESSAGE_COST;
      if (spent + cost <= content.bot.limits.messagesPerMinute * MESSAGE_COST) {
        recent.taken.push({ seq, at: now, cost });
        return "fine";
      }
      const wasTold = recent.told !== undefined && recent.told.at > now - MINUTE_MS;
      if (!wasTold) recent.told = { seq, at: now };
      return recent.told?.seq === seq ? "first-too-many" : "too-many";
    },

    mayHelp({ personId, seq }) {
      const now = clock.now();
      const recent = recentOf(personId, now - MINUTE_MS);
      const wasHelped = recent.helped !== undefined && recent.helped.at > now - MINUTE_MS;
      if (!wasHelped) recent.helped = { seq, at: now };
      return recent.helped?.seq === seq;
    },

    async refuseQuestion({ seq, personId, person, language, isOperator, isPrivate }) {
      if (isOperator) return null;
      const limit = content.bot.limits.questionsPerDay;
      const refusal = [{ markdown: content.translate(language, "limits.day", { limit }) }];
      const told = person?.dayLimitTold;
      if (told?.seq === seq) return refusal;
      // Of somebody new nothing is kept but what they asked in groups, and their first question here is not held to that.
      const isNew = isPrivate && person === null;
      const asked = isNew
        ? await erasedToday({ personId, person })
        : await askedToday({ personId, person, seq });
      if (asked < limit) return null;
      if (await personalHistory.hasQuestion(seq)) return null; // begun while there was room
      if (told && told.at.getTime() > clock.now() - HOUR_MS) return [];
      await people.change(personId, { dayLimitTold: { seq, at: new Date(clock.now()) } });
      return refusal;
    },
  };
}
