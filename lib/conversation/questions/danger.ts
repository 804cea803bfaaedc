import type { Risk } from "../../risk/index.ts";
import type { Exchange, Operators } from "../exchange.ts";
import type { Handover } from "../handover/handover.ts";
import { wordsOf } from "../incoming/addressing.ts";
import type { Incoming } from "../incoming/incoming.ts";
import type { DangerReports } from "../operators/danger-reports.ts";
import type { ConversationAnswers, ConversationContent, ConversationTelegram } from "../ports.ts";
import { HELP_STEP, type Reply, replySends } from "../replies.ts";

export interface DangerDeps {
  content: ConversationContent;
  answers: Pick<ConversationAnswers, "checkRisk" | "riskHelp">;
  operators: Operators;
  /** Tells the operators. */
  report: DangerReports["hear"];
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
  helpFor(exchange: Exchange, riskId: string): Promise<Reply[]>;
}

export function createDanger({
  content,
  answers,
  operators,
  report,
  offerPerson,
  telegram,
}: DangerDeps): Danger {
  function riskOf(incoming: Incoming, language: string): Risk | null {
    if (!("message" in incoming)) return null;
    // A lone mention below somebody's message is about the text of that message.
    const text = incoming.kind === "question" ? incoming.text : wordsOf(incoming.message).text;
    return answers.checkRisk(text, language);
  }

  /** The help text, with the button that asks for a person; the operators are told. */
  async function repliesTo(exchange: Exchange, { id, help, publicHelp = help }: Risk): Promise<Reply[]> {
    const { seq, personId, firstName = "", chatId, chatKey, isPrivate } = exchange;
    if (operators.chatId !== chatId) {
      await report({ seq, telegramUserId: personId, chatKey, isPrivate, name: firstName, rule: id });
    }
    const rows = offerPerson(exchange);
    const markdown = isPrivate ? help : publicHelp;
    return [{ markdown, ...(rows.length > 0 ? { keyboard: { inline_keyboard: rows } } : {}) }];
  }

  return {
    isHeardIn: (incoming) => riskOf(incoming, content.bot.defaultLanguage) !== null,

    async help(exchange, incoming) {
      const risk = riskOf(incoming, exchange.language);
      if (!risk) return false;
      const sends = replySends(exchange, await repliesTo(exchange, risk), telegram.format, HELP_STEP);
      await telegram.record(sends);
      return true;
    },

    async helpFor(exchange, id) {
      const risk = answers.riskHelp(id, exchange.language);
      return risk === null ? [] : repliesTo(exchange, risk);
    },
  };
}
