import type { Clock } from "../../core/index.ts";
import type { HandoverRecord, HandoverStore, MessageRecord, PeopleStore } from "../../store/index.ts";
import type { FormattedText, InlineKeyboardMarkup, Message } from "../../telegram/index.ts";
import type { Exchange, Operators } from "../exchange.ts";
import { reachableChat } from "../operators/operators-chat.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { createAskingWords } from "./asking-words.ts";
import { isOpenAt, nextOpening } from "./opening-hours.ts";
import { labelOf, type OperatorsDesk } from "./operators-desk.ts";
import { joined, plain, plainSends, quotation } from "./relay.ts";

export interface RequestsDeps {
  content: ConversationContent;
  handovers: HandoverStore;
  people: PeopleStore;
  operators: Operators;
  desk: OperatorsDesk;
  telegram: Pick<ConversationTelegram, "record" | "format">;
  /** The last messages of a session before an update, oldest first. */
  history(sessionId: string, beforeSeq: number, limit: number): Promise<MessageRecord[]>;
  clock: Clock;
}

/** Asking for a person. */
export interface Requests {
  /** The button that asks for a person, as a row; none in groups or without an operators' chat. */
  offer(exchange: Exchange): InlineKeyboardMarkup["inline_keyboard"];
  /** Asks the operators to talk to the person, and returns the reply. */
  begin(exchange: Exchange, reason?: string): Promise<Reply[]>;
  /** Begins when a message asks for a person in words; null for every other message, and while nobody can be reached. */
  beginIfAsked(exchange: Exchange, message: Message): Promise<Reply[] | null>;
}

/** How many earlier messages the operators see. */
const CONTEXT_LENGTH = 6;
const MAX_CONTEXT_TEXT = 500;

export function createRequests(deps: RequestsDeps): Requests {
  const { content, handovers, people, operators, desk, telegram, clock } = deps;
  const asksForPerson = createAskingWords(content);

  /** The last messages of the conversation with the bot, each quoted below its sender. */
  async function context({ session, seq }: Exchange, label: string): Promise<FormattedText[]> {
    if (!session) return [];
    const turns = await deps.history(session._id, seq, CONTEXT_LENGTH);
    return turns.map(({ sender, text }) => {
      const words = sender === "bot" ? telegram.format(text).map((piece) => piece.text) : [text];
      const short = words.join(" ").slice(0, MAX_CONTEXT_TEXT);
      return joined([plain(sender === "bot" ? content.bot.name : label), quotation(short)], "\n");
    });
  }

  /** What to say instead when nobody is there: not in a private chat, not reachable, or not at this time. */
  function refusal({ isPrivate, language }: Exchange): Reply[] | null {
    if (!isPrivate) return [{ markdown: content.translate(language, "person.in_private") }];
    if (reachableChat(operators) === undefined) {
      return [{ markdown: content.translate(language, "person.unavailable") }];
    }
    const { hours } = content.bot.person;
    if (!hours || isOpenAt(hours, clock.now())) return null;
    const next = nextOpening(hours, clock.now(), language);
    const values = { next: next ?? "–", zone: hours.timeZone };
    return [{ markdown: content.translate(language, "person.closed", values) }];
  }

  async function openRequest({ person }: Exchange): Promise<HandoverRecord | null> {
    const handover = person?.handover === undefined ? null : await handovers.find(person.handover);
    return handover?.isOpen ? handover : null;
  }

  async function begin(exchange: Exchange, reason?: string): Promise<Reply[]> {
    const { seq, personId, chatId, chatKey, language, firstName = "?" } = exchange;
    const keyboard = backKeyboard(content, language);
    const open = exchange.isPrivate ? await openRequest(exchange) : null;
    if (open && open._id !== seq) {
      return [{ markdown: content.translate(language, "person.already"), keyboard }];
    }
    const refused = open ? null : refusal(exchange);
    const target = desk.target(seq, { _id: seq }, "request");
    if (refused || !target) return refused ?? [];
    const request = { _id: seq, telegramUserId: personId, chatId, chatKey, language, name: firstName };
    await handovers.open(request, new Date(clock.now()));
    await people.change(personId, { handover: seq });
    const label = labelOf(request);
    const texts = [
      plain(desk.say("person.request", { name: label, language })),
      ...(reason === undefined ? [] : [quotation(reason)]),
      ...(await context(exchange, label)),
      plain(desk.say("person.how")),
    ];
    await telegram.record(plainSends(target, joined(texts, "\n\n"), desk.endKeyboard(request)));
    return [{ markdown: content.translate(language, "person.asked"), keyboard }];
  }

  return {
    offer({ isPrivate, language }) {
      if (!isPrivate || reachableChat(operators) === undefined) return [];
      return [[{ text: content.translate(language, "person.button"), callback_data: "person:ask" }]];
    },

    begin,

    async beginIfAsked(exchange, { text, forward_origin }) {
      if (!exchange.isPrivate || text === undefined || forward_origin !== undefined) return null;
      if (reachableChat(operators) === undefined || !asksForPerson(text)) return null;
      return begin(exchange, text);
    },
  };
}

/** The button that ends a hand-over, for the person. */
export function backKeyboard(content: ConversationContent, language: string): InlineKeyboardMarkup {
  return {
    inline_keyboard: [[{ text: content.translate(language, "person.back"), callback_data: "person:back" }]],
  };
}
