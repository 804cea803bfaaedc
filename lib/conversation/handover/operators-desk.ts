import type { TextKey } from "../../content/index.ts";
import type { HandoverRecord } from "../../store/index.ts";
import type { InlineKeyboardMarkup, NewSend } from "../../telegram/index.ts";
import type { Operators } from "../exchange.ts";
import { shownName } from "../plain-text.ts";
import type { ConversationContent, ConversationTelegram } from "../ports.ts";
import { plain, plainSends, type RelayTarget } from "./relay.ts";

export interface OperatorsDeskDeps {
  content: ConversationContent;
  operators: Operators;
  telegram: Pick<ConversationTelegram, "record">;
}

/** The operators' side of hand-overs: what is said in their chat, in the bot's default language. */
export interface OperatorsDesk {
  say(key: TextKey, values?: Record<string, string>): string;
  /**
   * Where a message of a hand-over goes; null without an operators' chat. Hand-overs take turns there, so that none holds
   * up the others.
   */
  target(
    seq: number,
    handover: Pick<HandoverRecord, "_id">,
    urgency?: RelayTarget["urgency"],
  ): RelayTarget | null;
  /** The sends of a sentence about a hand-over. */
  sendsAbout(handover: HandoverRecord, seq: number, key: TextKey): NewSend[];
  tell(handover: HandoverRecord, seq: number, key: TextKey): Promise<void>;
  endKeyboard(handover: Pick<HandoverRecord, "_id">): InlineKeyboardMarkup;
}

export function createOperatorsDesk({ content, operators, telegram }: OperatorsDeskDeps): OperatorsDesk {
  const desk: OperatorsDesk = {
    say: (key, values) => content.translate(content.bot.defaultLanguage, key, values),

    target(seq, { _id }, urgency = "relay") {
      const { chatId } = operators;
      return chatId === undefined ? null : { seq, chatId, chatKey: `chat:${chatId}`, urgency, source: _id };
    },

    sendsAbout(handover, seq, key) {
      const target = desk.target(seq, handover);
      return target ? plainSends(target, plain(desk.say(key, { name: labelOf(handover) }))) : [];
    },

    tell: (handover, seq, key) => telegram.record(desk.sendsAbout(handover, seq, key)),

    endKeyboard: ({ _id }) => ({
      inline_keyboard: [[{ text: desk.say("person.end"), callback_data: `person:end:${_id}` }]],
    }),
  };
  return desk;
}

/** How operators see a hand-over: by a number that stays the same, since names may be alike, and the name. */
export function labelOf({ _id, name }: Pick<HandoverRecord, "_id" | "name">): string {
  return `#${_id} ${shownName(name)}`;
}
