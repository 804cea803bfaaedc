import type { Expected, FlowChoice, TextKey } from "../../content/index.ts";
import type { InlineKeyboardMarkup, ReplyKeyboardMarkup } from "../../telegram/index.ts";
import { escapeMarkdown } from "../plain-text.ts";
import type { ConversationContent } from "../ports.ts";
import type { Reply } from "../replies.ts";
import { type Control, controlsOf, flowButtonData } from "./flow-buttons.ts";
import type { PendingAsk } from "./frames.ts";

/** The messages of an ask. Media come in a message of their own, so that the text can be edited once it is answered. */
export function askReplies(ask: PendingAsk, language: string, content: ConversationContent): Reply[] {
  const { text, media } = ask.node;
  return [
    ...(media.length > 0 ? [{ markdown: "", media }] : []),
    { markdown: content.say(text, language), keyboard: askKeyboard(ask, language, content) },
  ];
}

const RETRY: Record<Expected["type"], TextKey> = {
  choice: "flow.retry_choice",
  text: "flow.retry_text",
  number: "flow.retry_number",
  date: "flow.retry_date",
  location: "flow.retry_location",
  contact: "flow.retry_contact",
};

/** The reply to an answer that does not fit. */
export function retryReply(ask: PendingAsk, language: string, content: ConversationContent): Reply {
  const { retry, expects } = ask.node;
  return {
    markdown: retry ? content.say(retry, language) : content.translate(language, RETRY[expects.type]),
    keyboard: askKeyboard(ask, language, content),
  };
}

/** Edits the question: adds the choice below it and removes its buttons. */
export function answeredReply(
  ask: PendingAsk,
  choice: FlowChoice | { control: Control },
  messageId: number,
  language: string,
  content: ConversationContent,
): Reply {
  const chosen =
    "control" in choice
      ? content.translate(language, `flow.${choice.control}`)
      : content.say(choice.label, language);
  const mark = "control" in choice ? "–" : "✓";
  return {
    markdown: `${content.say(ask.node.text, language)}\n\n${mark} **${escapeMarkdown(chosen)}**`,
    editsMessage: messageId,
  };
}

/** Whether an ask replaces the menu keyboard. */
export function hidesMenu({ node }: PendingAsk): boolean {
  return node.expects.type === "location" || node.expects.type === "contact";
}

function askKeyboard(
  ask: PendingAsk,
  language: string,
  content: ConversationContent,
): InlineKeyboardMarkup | ReplyKeyboardMarkup {
  const { expects } = ask.node;
  const label = (control: Control): string => content.translate(language, `flow.${control}`);
  if (expects.type === "location" || expects.type === "contact") {
    const request = expects.type === "location" ? { request_location: true } : { request_contact: true };
    const text = content.translate(language, `flow.send_${expects.type}`);
    const controls = controlsOf(ask).map((control) => ({ text: label(control) }));
    return { keyboard: [[{ text, ...request }], controls], resize_keyboard: true };
  }
  const rows = expects.type === "choice" ? expects.rows : [];
  const choices = rows.map((row) =>
    row.map((choice) => ({
      text: content.say(choice.label, language),
      callback_data: flowButtonData(ask, choice.id),
    })),
  );
  const controls = controlsOf(ask).map((control) => ({
    text: label(control),
    callback_data: flowButtonData(ask, { control }),
  }));
  return { inline_keyboard: [...choices, controls] };
}
