import type { ConversationStore, MessageRecord } from "../../../store/index.ts";
import type { Exchange } from "../../exchange.ts";
import type { Feature, Turn } from "../../feature.ts";
import { withoutMention } from "../../incoming/addressing.ts";
import type { Bot, Incoming } from "../../incoming/incoming.ts";
import type { ConversationContent, ConversationTelegram } from "../../ports.ts";
import { FIRST_STEP, type Reply } from "../../replies.ts";
import { answerMarkdown } from "../answer-text.ts";
import type { AskQuestion } from "../asking.ts";
import { withEditedPart } from "../joined-parts.ts";
import { contextOf } from "../quoted-message.ts";

export interface EditDeps {
  bot: Bot;
  content: ConversationContent;
  conversations: ConversationStore;
  telegram: Pick<ConversationTelegram, "format" | "sentMessage">;
  ask: AskQuestion;
  /** Asks about the file of a message; null when it has none. */
  askAboutFile: NonNullable<Feature["messages"]>;
}

type Edit = Extract<Incoming, { kind: "edit" }>;

export type AnswerEdit = (exchange: Exchange, edit: Edit, turn: Turn) => Promise<Reply[]>;

/** Answers an edited question again, and marks the answer to the old words. */
export function createEdits(deps: EditDeps): AnswerEdit {
  const { bot, content, conversations, telegram, ask, askAboutFile } = deps;
  return async function answerEdit(exchange: Exchange, edit: Edit, turn: Turn): Promise<Reply[]> {
    const { message } = edit;
    const { chatKey, messageId, seq } = exchange;
    const old =
      messageId === undefined ? null : await conversations.questionAt({ chatKey, messageId, beforeSeq: seq });
    const whole = old?.parts && withEditedPart(old.parts, message);
    const text = whole ? withoutMention({ text: whole.text, entities: [] }, bot) : edit.text;
    const asked = {
      text,
      ...contextOf(message, text, bot),
      ...(whole ? { messageParts: whole.parts } : {}),
    };
    if (!old) {
      // In a group the edit may have added the mention. In a private chat it was a command, an answer in a flow …
      return exchange.isPrivate
        ? []
        : ((await askAboutFile(exchange, message, turn)) ?? ask(exchange, asked, turn));
    }
    const oldAnswer = await conversations.reply(old.seq);
    // Telegram also reports edits that change nothing visible.
    if (message.text !== undefined && text === old.text && oldAnswer?.kind === "answer") return [];
    await conversations.withdraw(old.seq);
    const replies =
      (await askAboutFile(exchange, message, turn)) ??
      (await ask(exchange, asked, whole ? { ...turn, parts: whole.messages } : turn));
    const mark = oldAnswer?.origin && replies.length > 0 ? await markOf(exchange, oldAnswer) : null;
    return mark ? [...replies, mark] : replies;
  };

  /** The old answer with a note above it; null if it cannot be edited or there is no room for the note. */
  async function markOf({ language }: Exchange, answer: MessageRecord): Promise<Reply | null> {
    const editsMessage = await telegram.sentMessage(answer.seq, FIRST_STEP);
    const note = content.translate(language, "edit.old_answer");
    const markdown = `*${note}*\n\n${answerMarkdown(answer, language, content)}`;
    return editsMessage !== null && telegram.format(markdown).length === 1
      ? { markdown, editsMessage }
      : null;
  }
}
