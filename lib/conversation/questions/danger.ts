import type { Risk } from "../../risk/index.ts";
import { wordsOf } from "../addressing.ts";
import type { Exchange, Operators } from "../exchange.ts";
import type { Handover } from "../handover/handover.ts";
import type { Incoming } from "../incoming.ts";
import { escapeMarkdown } from "../plain-text.ts";
import type { ConversationAnswers, ConversationContent, ConversationTelegram } from "../ports.ts";
import { HELP_STEP, type Reply, replySends } from "../replies.ts";

export interface DangerDeps {
  content: ConversationContent;
  answers: Pick<ConversationAnswers, "checkRisk" | "riskHelp">;
  operators: Operators;
  /** The button that asks for a person, as a row. */
  offerPerson: Handover["offer"];
  telegram: Pick<ConversationTelegram, "record" | "format">;
}

/** Answers messages that sound like danger with the operator's help text, and tells the operators. */
export interface Danger {
  /** Whether a message sounds like danger, even when it quotes somebody else. */
  isHeardIn(incoming: Incoming): boolean;
  /** Sends the help text at once if the message sounds like danger, whatever it is for; answers whether it did. */
  help(exchange: Exchange, incoming: Incoming): Promise<boolean>;
  /** The help for a danger the model saw; empty for a rule that does not exist. */
  helpFor(exchange: Exchange, riskId: string): Reply[];
}

export function createDanger({ content, answers, operators, offerPerson, telegram }: DangerDeps): Danger {
  function riskOf(incoming: Incoming, language: string): Risk | null {
    if (!("message" in incoming)) return null;
    // A lone mention below somebody's message is about the text of that message.
    const text = incoming.kind === "question" ? incoming.text : wordsOf(incoming.message).text;
    return answers.checkRisk(text, language);
  }

  /** The help text for the person, with the button that asks for a person, and a message to the operators. */
  function repliesTo(exchange: Exchange, { id, help }: Risk): Reply[] {
    const { personId, firstName, chatId, isPrivate } = exchange;
    const rows = offerPerson(exchange);
    const reply: Reply = {
      markdown: help,
      ...(rows.length > 0 ? { keyboard: { inline_keyboard: rows } } : {}),
    };
    if (operators.chatId === undefined || operators.chatId === chatId) return [reply];
    const language = content.bot.defaultLanguage;
    const alert = content.translate(language, isPrivate ? "risk.alert" : "risk.alert_in_group", {
      name: escapeMarkdown(firstName ?? String(personId)),
      id: personId,
      rule: id,
    });
    const to = { chatId: operators.chatId, chatKey: `chat:${operators.chatId}` };
    return [reply, { markdown: alert, to, isAlert: true }];
  }

  return {
    isHeardIn: (incoming) => riskOf(incoming, content.bot.defaultLanguage) !== null,

    async help(exchange, incoming) {
      const risk = riskOf(incoming, exchange.language);
      if (!risk) return false;
      const sends = replySends(exchange, repliesTo(exchange, risk), telegram.format, HELP_STEP);
      await telegram.record(sends);
      return true;
    },

    helpFor(exchange, id) {
      const help = answers.riskHelp(id, exchange.language);
      return help === null ? [] : repliesTo(exchange, { id, help });
    },
  };
}
