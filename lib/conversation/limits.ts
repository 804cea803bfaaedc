import type { Clock } from "../core/index.ts";
import type { PeopleStore, PersonalHistoryStore } from "../store/index.ts";
import type { ControlsContent } from "./controls-texts.ts";
import type { Address, Exchange } from "./exchange.ts";
import type { Reply } from "./replies.ts";

export interface LimitsDeps {
  content: ControlsContent;
  people: PeopleStore;
  personalHistory: PersonalHistoryStore;
  operators: { userIds: readonly number[] };
  clock: Clock;
}

/** What a message is, next to what the person sent lately: the first one too many is answered, the others are not. */
export type Pace = "fine" | "first-too-many" | "too-many";

/** How much one person may send. Operators may send as much as they like. */
export interface Limits {
  /** Counts a message, each once however often it is handled. Costs next to nothing, so that a flood does too. */
  pace(address: Pick<Address, "personId" | "seq">): Pace;
  /** What to say in place of an answer once the day's questions are used up; null while they are not. */
  refuseQuestion(exchange: Exchange): Promise<Reply[] | null>;
  /** Forgets what the person sent. */
  forget(personId: number): void;
}

/** What a person sent within the last minute. */
interface Recent {
  taken: { seq: number; at: number }[];
  /** The message that was answered with the limit, and when. */
  told?: { seq: number; at: number };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Beyond this many people, those who were quiet for a minute are dropped from memory. */
const REMEMBERED = 10_000;

/**
 * The messages of the last minute are counted in memory: a restart begins a new minute and does no harm. The
 * questions of a day are counted in the history.
 */
export function createLimits(deps: LimitsDeps): Limits {
  const { content, people, personalHistory, operators, clock } = deps;
  const lately = new Map<number, Recent>();

  function recentOf(personId: number, since: number): Recent {
    const known = lately.get(personId);
    const recent = { ...known, taken: known?.taken.filter(({ at }) => at > since) ?? [] };
    if (!known && lately.size >= REMEMBERED) dropQuiet(since);
    lately.set(personId, recent);
    return recent;
  }

  function dropQuiet(since: number): void {
    for (const [personId, { taken }] of lately) {
      if (!taken.some(({ at }) => at > since)) lately.delete(personId);
    }
  }

  return {
    pace({ personId, seq }) {
      if (operators.userIds.includes(personId)) return "fine";
      const now = clock.now();
      const recent = recentOf(personId, now - MINUTE_MS);
      if (recent.taken.some((taken) => taken.seq === seq)) return "fine";
      if (recent.taken.length < content.bot.limits.messagesPerMinute) {
        recent.taken.push({ seq, at: now });
        return "fine";
      }
      const wasTold = recent.told !== undefined && recent.told.at > now - MINUTE_MS;
      if (!wasTold) recent.told = { seq, at: now };
      return recent.told?.seq === seq ? "first-too-many" : "too-many";
    },

    async refuseQuestion({ seq, personId, person, language, isOperator }) {
      if (isOperator) return null;
      const limit = content.bot.limits.questionsPerDay;
      const refusal = [{ markdown: content.translate(language, "limits.day", { limit }) }];
      const told = person?.dayLimitTold;
      if (told?.seq === seq) return refusal;
      const since = new Date(clock.now() - DAY_MS);
      if ((await personalHistory.countSince(personId, since, seq, limit)) < limit) return null;
      if (await personalHistory.hasQuestion(seq)) return null; // begun while there was room
      if (told && told.at.getTime() > clock.now() - HOUR_MS) return [];
      await people.change(personId, { dayLimitTold: { seq, at: new Date(clock.now()) } });
      return refusal;
    },

    forget(personId) {
      lately.delete(personId);
    },
  };
}
