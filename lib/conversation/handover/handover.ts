import type { TextKey } from "../../content/index.ts";
import type { Clock } from "../../core/index.ts";
import type { HandoverRecord, HandoverStore, MessageRecord, PeopleStore } from "../../store/index.ts";
import type { FailedSend, Message, SentSend } from "../../telegram/index.ts";
import type { Exchange, Operators } from "../exchange.ts";
import type { Commands, Feature, Turn } from "../feature.ts";
import { isCopyable } from "../incoming/message-kinds.ts";
import { escapeMarkdown } from "../plain-text.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { createOperatorsDesk, labelOf } from "./operators-desk.ts";
import { plain, plainSends, relayedMessage, undeliveredNotice } from "./relay.ts";
import { backKeyboard, createRequests, type Requests } from "./requests.ts";

export interface HandoverDeps {
  content: ConversationContent;
  handovers: HandoverStore;
  people: PeopleStore;
  operators: Operators;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  /** The last messages of a session before an update, oldest first. */
  history(sessionId: string, beforeSeq: number, limit: number): Promise<MessageRecord[]>;
  clock: Clock;
}

/** Hand-overs: messages are relayed between a person and the operators' chat until one side ends it. */
export interface Handover extends Feature, Commands<"person" | "end" | "cancel" | "stop"> {
  offer: Requests["offer"];
  begin: Requests["begin"];
  /** Relays an edited message; null when it belongs to no open hand-over. */
  passEdit(exchange: Exchange, message: Message, turn: Turn): Promise<Reply[] | null>;
  /** Ends the hand-over of a person who blocked the bot. */
  endByBlock(personId: number, seq: number): Promise<void>;
  /** Tells the operators that the person erased their data. */
  tellForgotten(exchange: Exchange, handover: HandoverRecord): Promise<void>;
  /** Tells both sides that a hand-over ended because nobody wrote anything. */
  tellSilence(handover: HandoverRecord, endSeq: number): Promise<void>;
  /** Notes the message that a send to the operators became. */
  onSent(sent: SentSend): Promise<void>;
  /** Tells the sender of a relayed message that it was not delivered, and ends a hand-over that cannot go on. */
  onFailed(failed: FailedSend): Promise<void>;
}

/** How many open hand-overs `/end` lets choose from, the latest first. */
const MAX_OPEN_SHOWN = 20;

export function createHandover(deps: HandoverDeps): Handover {
  const { content, handovers, people, operators, telegram, clock } = deps;
  const say = (language: string, key: TextKey): string => content.translate(language, key);
  const now = (): Date => new Date(clock.now());
  const desk = createOperatorsDesk(deps);
  const requests = createRequests({ ...deps, desk });

  /** The person's open hand-over. A closed one is removed from the profile. */
  async function openOf({ person, personId, isPrivate }: Exchange): Promise<HandoverRecord | null> {
    if (!isPrivate || person?.handover === undefined) return null;
    const handover = await handovers.find(person.handover);
    if (handover?.isOpen) return handover;
    await people.forgetField(personId, "handover");
    return null;
  }

  async function passToOperators(
    exchange: Exchange,
    handover: HandoverRecord,
    message: Message,
    { parts }: Turn,
    mark = "💬",
  ): Promise<Reply[] | null> {
    const target = desk.target(exchange.seq, handover);
    if (!target) return null;
    if (operators.problem !== undefined) {
      await endUnreachable(handover, exchange.seq);
      return null; // the bot answers the message
    }
    await handovers.note(handover._id, exchange.seq, now());
    const heading = `${mark} ${labelOf(handover)}`;
    if (!isCopyable(message)) {
      const notice = plain(`${heading}\n${desk.say("person.not_copied")}`);
      await telegram.record(plainSends(target, notice, desk.endKeyboard(handover)));
      return [{ markdown: say(exchange.language, "person.not_passed_on") }];
    }
    const relayed = { heading, isQuoted: true };
    await telegram.record(relayedMessage(target, relayed, message, parts, desk.endKeyboard(handover)));
    return [];
  }

  /** Ends a hand-over because the operators' chat cannot be written to, and tells the person. */
  async function endUnreachable(handover: HandoverRecord, seq: number): Promise<void> {
    const isEnded = await handovers.end(handover._id, { by: "unreachable", seq, at: now() });
    // A message that was under way when the hand-over ended was not read either.
    if (!isEnded && (await handovers.find(handover._id))?.endedBy !== "unreachable") return;
    const text = say(handover.language, "person.unreachable");
    const { chatId, chatKey } = handover;
    await telegram.record([undeliveredNotice({ seq, chatId, chatKey }, text)]);
  }

  async function passToPerson(
    exchange: Exchange,
    message: Message,
    { parts }: Turn,
    mark = "👤",
  ): Promise<Reply[] | null> {
    const handover = await repliedTo(exchange);
    if (handover === undefined) return null;
    if (!handover?.isOpen) return [{ markdown: desk.say("person.gone") }];
    const { _id, chatId, chatKey, language } = handover;
    await handovers.note(_id, exchange.seq, now());
    const target = { seq: exchange.seq, chatId, chatKey };
    const heading = `${mark} ${say(language, "person.from_team")}`;
    if (!isCopyable(message)) {
      const notice = plain(`${heading}\n${say(language, "person.not_copied")}`);
      await telegram.record(plainSends(target, notice, backKeyboard(content, language)));
      return [{ markdown: desk.say("person.not_passed_on") }];
    }
    const relayed = { heading, isQuoted: false };
    await telegram.record(relayedMessage(target, relayed, message, parts, backKeyboard(content, language)));
    return [];
  }

  /** Tells the operators, below their message, that it did not reach the person; ends the hand-over if nothing will. */
  async function tellOperators(
    handover: HandoverRecord,
    seq: number,
    messageId: number,
    isChatClosed: boolean,
  ): Promise<void> {
    const target = desk.target(seq, handover);
    if (isChatClosed) await handovers.end(handover._id, { by: "person", seq, at: now() });
    const key = isChatClosed ? "person.operators_blocked" : "person.operators_not_delivered";
    const text = desk.say(key, { name: labelOf(handover) });
    if (target) await telegram.record([undeliveredNotice(target, text, { isForOperators: true, messageId })]);
  }

  /** Tells both sides that a message of the person cannot be shown to the operators. */
  async function tellNotShown(handover: HandoverRecord, seq: number, messageId: number): Promise<void> {
    const { chatId, chatKey, language } = handover;
    const target = desk.target(seq, handover);
    const toPerson = undeliveredNotice({ seq, chatId, chatKey }, say(language, "person.not_passed_on"), {
      messageId,
    });
    const text = `💬 ${labelOf(handover)}\n${desk.say("person.not_copied")}`;
    const toOperators = target ? [undeliveredNotice(target, text, { isForOperators: true })] : [];
    await telegram.record([toPerson, ...toOperators]);
  }

  /** Relays a message of either side; null when it belongs to no open hand-over. */
  async function pass(
    exchange: Exchange,
    message: Message,
    turn: Turn,
    mark?: string,
  ): Promise<Reply[] | null> {
    const relayed = await passToPerson(exchange, message, turn, mark);
    if (relayed) return relayed;
    const open = await openOf(exchange);
    // A message that asked for a person is in the request already.
    return open && open._id !== exchange.seq ? passToOperators(exchange, open, message, turn, mark) : null;
  }

  /**
   * The hand-over of the message an operator replies to; null when it is unknown. Undefined when this is not a reply
   * in the operators' chat.
   */
  async function repliedTo({ chatId, repliesTo }: Exchange): Promise<HandoverRecord | null | undefined> {
    if (chatId !== operators.chatId || repliesTo === undefined) return undefined;
    return handovers.ofMessage(chatId, repliesTo);
  }

  /** Ends a hand-over on the person's side and tells the operators; false if it was over already. */
  async function endFor(
    handover: HandoverRecord,
    seq: number,
    key: "person.operators_ended_by_person" | "person.operators_blocked",
  ): Promise<boolean> {
    if (!(await handovers.end(handover._id, { by: "person", seq, at: now() }))) return false;
    await desk.tell(handover, seq, key);
    return true;
  }

  async function endByPerson({ seq, language }: Exchange, handover: HandoverRecord): Promise<Reply[]> {
    const isEnded = await endFor(handover, seq, "person.operators_ended_by_person");
    return isEnded ? [{ markdown: say(language, "person.ended") }] : [];
  }

  /** For a command that returns to the bot; null when the person has no hand-over. */
  async function endOwn(exchange: Exchange): Promise<Reply[] | null> {
    const own = exchange.isPrivate ? await endedBy(exchange) : null;
    return own && endByPerson(exchange, own);
  }

  async function endByOperator({ seq }: Exchange, handover: HandoverRecord | null): Promise<Reply[]> {
    const ended = handover && (await handovers.end(handover._id, { by: "operator", seq, at: now() }));
    if (!handover || !ended) return [{ markdown: desk.say("person.gone") }];
    const { chatId, chatKey, language } = handover;
    const target = { seq, chatId, chatKey };
    await telegram.record(plainSends(target, plain(say(language, "person.ended_by_operator"))));
    return [{ markdown: desk.say("person.operators_ended", { name: escapeMarkdown(labelOf(handover)) }) }];
  }

  /** Ends the only open hand-over, or asks which of several: for `/end` without a reply. */
  async function endOnly(exchange: Exchange): Promise<Reply[]> {
    const candidates = await handovers.openOrEndedBy(exchange.seq, MAX_OPEN_SHOWN);
    const [only, ...others] = candidates;
    if (!only) return [{ markdown: desk.say("person.none_open") }];
    if (others.length === 0 || only.endSeq === exchange.seq) return endByOperator(exchange, only);
    const buttons = candidates.map((handover) => [
      { text: labelOf(handover), callback_data: `person:end:${handover._id}` },
    ]);
    return [{ markdown: desk.say("person.end_which"), keyboard: { inline_keyboard: buttons } }];
  }

  /** The person's hand-over if it is open or was ended by this very update, so that a retry replies the same. */
  async function endedBy({ person, seq }: Exchange): Promise<HandoverRecord | null> {
    const handover = person?.handover === undefined ? null : await handovers.find(person.handover);
    return handover && (handover.isOpen || handover.endSeq === seq) ? handover : null;
  }

  return {
    offer: requests.offer,
    begin: requests.begin,
    passEdit: (exchange, message, turn) => pass(exchange, message, turn, "✏️"),

    async endByBlock(personId, seq) {
      const id = (await people.find(personId))?.handover;
      const handover = id === undefined ? null : await handovers.find(id);
      if (handover) await endFor(handover, seq, "person.operators_blocked");
    },

    tellForgotten: ({ seq }, handover) => desk.tell(handover, seq, "person.operators_forgotten"),

    async tellSilence(handover, endSeq) {
      const { chatId, chatKey, language } = handover;
      const ended = plain(say(language, "person.ended_silence"));
      const toPerson = plainSends({ seq: endSeq, chatId, chatKey }, ended);
      const toOperators = desk.sendsAbout(handover, endSeq, "person.operators_ended_silence");
      const after = toOperators.map((send) => ({ ...send, step: send.step + toPerson.length }));
      await telegram.record([...toPerson, ...after]);
    },

    async onSent({ send, messageId }) {
      const { seq, chatId } = send;
      if (chatId === operators.chatId) await handovers.noteMessage(seq, chatId, messageId);
    },

    async onFailed({ send, isChatClosed }) {
      const { seq, chatId, relayedMessageId } = send;
      const isToOperators = chatId === operators.chatId;
      const handover = isToOperators || relayedMessageId !== undefined ? await handovers.ofSeq(seq) : null;
      if (!handover) return;
      if (isToOperators && isChatClosed) await endUnreachable(handover, seq);
      else if (relayedMessageId === undefined) return;
      else if (isToOperators) await tellNotShown(handover, seq, relayedMessageId);
      else await tellOperators(handover, seq, relayedMessageId, isChatClosed);
    },

    commands: {
      person: (exchange) => requests.begin(exchange),
      async end(exchange) {
        const handover = await repliedTo(exchange);
        if (handover !== undefined) return endByOperator(exchange, handover);
        return exchange.chatId === operators.chatId ? endOnly(exchange) : endOwn(exchange);
      },
      cancel: endOwn,
      async stop(exchange) {
        await endOwn(exchange);
        return null; // the goodbye is another feature's
      },
    },

    presses: {
      async person(exchange, { value }) {
        if (value === "ask") return exchange.isPrivate ? requests.begin(exchange) : null;
        if (value === "back") return endOwn(exchange);
        const [, id] = /^end:(\d+)$/.exec(value) ?? [];
        if (id === undefined || exchange.chatId !== operators.chatId) return null;
        return endByOperator(exchange, await handovers.find(Number(id)));
      },
    },

    messages: async (exchange, message, turn) =>
      (await pass(exchange, message, turn)) ?? requests.beginIfAsked(exchange, message),
  };
}
