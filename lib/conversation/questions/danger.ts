import type { Risk } from "../../risk/index.ts";
import type { Controls } from "../controls.ts";
import type { Exchange, Operators } from "../exchange.ts";
import { escapeMarkdown } from "../plain-text.ts";
import type { ConversationAnswers, ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";

export interface RiskDeps {
  content: ConversationContent;
  answers: Pick<ConversationAnswers, "riskHelp">;
  operators: Operators;
  controls: Pick<Controls, "offerPerson">;
}

/** The operator's help text for the person, with the way to a person if there is one, and a word to the operators that somebody may need them. */
export function riskReplies(
  exchange: Exchange,
  { id, help }: Risk,
  { content, operators, controls }: RiskDeps,
): Reply[] {
  const { personId, firstName, chatId, isPrivate } = exchange;
  const rows = controls.offerPerson(exchange);
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
  return [reply, { markdown: alert, to }];
}
