import type { Clock } from "../../core/index.ts";
import type { ConversationStore, PeopleStore } from "../../store/index.ts";
import type { Address, Exchange } from "../exchange.ts";
import type { Incoming } from "../incoming.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import type { Erasures } from "../privacy/erasures.ts";
import { NOTICE_STEP, replySends } from "../replies.ts";
import type { Limits } from "./limits.ts";

export interface DoorkeeperDeps {
  content: ConversationContent;
  people: PeopleStore;
  conversations: Pick<ConversationStore, "touch">;
  erasures: Pick<Erasures, "isErased">;
  limits: Limits;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  clock: Clock;
}

/** Decides who is let in to the conversation. */
export interface Doorkeeper {
  /** Whether a message is one of too many and goes by without a word, before anything is read for it. */
  ignores(address: Address): boolean;
  /** Whether the message is to be handled. If it is not, the person is told why, once; if it is, they were seen. */
  admits(exchange: Exchange, incoming: Incoming): Promise<boolean>;
  /** Whether a message is one of too many, and yet to be answered with help because it sounds like danger. */
  helps(address: Address, soundsLikeDanger: () => boolean): boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export function createDoorkeeper(deps: DoorkeeperDeps): Doorkeeper {
  const { content, people, conversations, erasures, limits, telegram, clock } = deps;

  /** A step of its own: were the message handled after all at a repetition, nothing would be in its reply's place. */
  async function tell(exchange: Exchange, key: "limits.too_fast" | "limits.barred"): Promise<void> {
    const markdown = content.translate(exchange.language, key);
    await telegram.record(replySends(exchange, [{ markdown }], telegram.format, NOTICE_STEP));
  }

  async function turnAwayBarred(exchange: Exchange): Promise<void> {
    const { personId, person, seq } = exchange;
    const barred = person?.barred;
    if (!barred || (barred.toldSeq !== undefined && barred.toldSeq !== seq)) return;
    await people.barredTold(personId, seq);
    await tell(exchange, "limits.barred");
  }

  /** The day is enough to know when somebody was here last, and spares a write for each message. */
  async function noteSeen({ personId, person, session, isPrivate }: Exchange): Promise<void> {
    const now = new Date(clock.now());
    const isOver = (at: Date | undefined): boolean => now.getTime() - (at?.getTime() ?? 0) >= DAY_MS;
    if (session && isOver(session.lastAt ?? session.startedAt)) await conversations.touch(session._id, now);
    if (!isPrivate) return;
    if (person?.hasLeft || person?.blocked || isOver(person?.lastSeenAt)) await people.seen(personId, now);
  }

  return {
    ignores: (address) => limits.pace(address) === "too-many",

    helps: (address, soundsLikeDanger) =>
      limits.pace(address) !== "fine" && soundsLikeDanger() && limits.mayHelp(address),

    async admits(exchange, incoming) {
      const { person, isOperator } = exchange;
      if (await erasures.isErased(exchange)) return false;
      const isBarred = person?.barred !== undefined && !isOperator;
      if (isBarred && !isForOwnData(exchange, incoming)) {
        await turnAwayBarred(exchange);
        return false;
      }
      const pace = limits.pace(exchange);
      if (pace === "first-too-many") await tell(exchange, "limits.too_fast");
      if (pace !== "fine") return false;
      if (!isBarred) await noteSeen(exchange);
      return true;
    },
  };
}

/** What nobody can be kept from: to see what is stored about them, and to have it erased. */
function isForOwnData({ isPrivate }: Exchange, incoming: Incoming): boolean {
  if (!isPrivate) return false;
  if (incoming.kind === "press") return incoming.data?.startsWith("forget:") ?? false;
  return incoming.kind === "command" && ["mydata", "forget"].includes(incoming.name);
}
