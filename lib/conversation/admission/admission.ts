import type { Clock } from "../../core/index.ts";
import type { ConversationStore, PeopleStore } from "../../store/index.ts";
import type { Address, Exchange } from "../exchange.ts";
import type { Incoming } from "../incoming/incoming.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import type { Erasures } from "../privacy/erasures.ts";
import { NOTICE_STEP, replySends } from "../replies.ts";
import type { Limits, RateDecision } from "./limits.ts";

export interface AdmissionDeps {
  content: ConversationContent;
  people: PeopleStore;
  conversations: Pick<ConversationStore, "touch">;
  erasures: Pick<Erasures, "isErased">;
  limits: Pick<Limits, "count" | "takeHelp">;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  /** Who may use the bot, beside operators; none: everybody. */
  allowedUserIds: readonly number[];
  clock: Clock;
}

/** Decides which messages are handled. */
export interface Admission {
  /** Counts a message and decides by the limit per minute, before anything is read for it. Call it once per update. */
  rate(address: Address, soundsLikeDanger: () => boolean): RateDecision;
  /** The same for a message whose other parts, which may sound like danger, came after it was rated. */
  rateWhole(rate: RateDecision, address: Address, soundsLikeDanger: () => boolean): RateDecision;
  /** Whether the message is handled: notes that the person was seen, or tells them once why it is not. */
  admits(exchange: Exchange, incoming: Incoming, rate: RateDecision): Promise<boolean>;
}

/** More strangers than this are told again. */
const MAX_STRANGERS = 10_000;

const DAY_MS = 24 * 60 * 60 * 1000;

export function createAdmission(deps: AdmissionDeps): Admission {
  const { content, people, conversations, erasures, limits, telegram, allowedUserIds, clock } = deps;
  const allowed = new Set(allowedUserIds);
  /** Whom this run has told that the bot is not for them, and at which update, so that a repetition tells it too. */
  const strangers = new Map<number, number>();

  /** Has a step of its own, so that it takes the place of no reply if a repetition handles the message after all. */
  async function tell(
    exchange: Exchange,
    key: "limits.too_fast" | "limits.barred" | "limits.not_allowed",
  ): Promise<void> {
    const values = key === "limits.not_allowed" ? { id: exchange.personId } : undefined;
    const markdown = content.translate(exchange.language, key, values);
    await telegram.record(replySends(exchange, [{ markdown }], telegram.format, NOTICE_STEP));
  }

  async function tellBanned(exchange: Exchange): Promise<void> {
    const { personId, person, seq } = exchange;
    const ban = person?.barred;
    if (!ban || (ban.toldSeq !== undefined && ban.toldSeq !== seq)) return;
    await people.barredTold(personId, seq);
    await tell(exchange, "limits.barred");
  }

  function isAllowed({ personId, isOperator }: Exchange): boolean {
    return allowed.size === 0 || isOperator || allowed.has(personId);
  }

  /** Tells a stranger once, in private; nothing is stored about them. */
  async function tellStranger(exchange: Exchange): Promise<void> {
    const { personId, seq, isPrivate } = exchange;
    if (!isPrivate || (strangers.get(personId) ?? seq) !== seq) return;
    if (strangers.size >= MAX_STRANGERS) strangers.clear();
    strangers.set(personId, seq);
    await tell(exchange, "limits.not_allowed");
  }

  /** Once a day is enough to know when somebody was last here, and saves a write for each message. */
  async function noteSeen({ personId, person, session, isPrivate }: Exchange): Promise<void> {
    const now = new Date(clock.now());
    const isOver = (at: Date | undefined): boolean => now.getTime() - (at?.getTime() ?? 0) >= DAY_MS;
    if (session && isOver(session.lastAt ?? session.startedAt)) await conversations.touch(session._id, now);
    if (!isPrivate) return;
    if (person?.hasLeft || person?.blocked || isOver(person?.lastSeenAt)) await people.seen(personId, now);
  }

  function rateWhole(rate: RateDecision, address: Address, soundsLikeDanger: () => boolean): RateDecision {
    if (rate.pace === "fine" || rate.isCallForHelp) return rate;
    return { ...rate, isCallForHelp: soundsLikeDanger() && limits.takeHelp(address) };
  }

  return {
    rate: (address, soundsLikeDanger) =>
      rateWhole({ pace: limits.count(address), isCallForHelp: false }, address, soundsLikeDanger),

    rateWhole,

    async admits(exchange, incoming, { pace }) {
      const { person, isOperator } = exchange;
      if (await erasures.isErased(exchange)) return false;
      const isBanned = person?.barred !== undefined && !isOperator;
      if (isBanned && !isAboutOwnData(exchange, incoming)) {
        await tellBanned(exchange);
        return false;
      }
      if (!isAllowed(exchange) && !isAboutOwnData(exchange, incoming)) {
        await tellStranger(exchange);
        return false;
      }
      if (pace === "first-too-many") await tell(exchange, "limits.too_fast");
      if (pace !== "fine") return false;
      if (!isBanned) await noteSeen(exchange);
      return true;
    },
  };
}

/** Nobody can be kept from seeing or erasing what is stored about them. */
function isAboutOwnData({ isPrivate }: Exchange, incoming: Incoming): boolean {
  if (!isPrivate) return false;
  if (incoming.kind === "press") return incoming.data?.startsWith("forget:") ?? false;
  return incoming.kind === "command" && ["mydata", "forget"].includes(incoming.name);
}
