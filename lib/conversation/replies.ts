import type { Exchange } from "./exchange.ts";
import type { ConversationTelegram, InlineKeyboardMarkup, OutgoingSend } from "./ports.ts";

/** Steps of an update's sends: its preview is 0, its replies count from 1, and an apology goes after them all. */
const FIRST_STEP = 1;
export const APOLOGY_STEP = 99;

export interface ReplyOptions {
  keyboard?: InlineKeyboardMarkup;
  /** Whether the reply takes the place of the preview that was shown in a group. */
  replacesPreview?: boolean;
}

/** A reply in Markdown, cut into as many messages as it needs. */
export interface Reply extends ReplyOptions {
  markdown: string;
}

/**
 * The sends of a whole reply plan, in order. The same plan gives the same sends, so a replay sends nothing new.
 * @param firstStep the step of the first one
 */
export function replySends(
  exchange: Exchange,
  replies: readonly Reply[],
  format: ConversationTelegram["format"],
  firstStep = FIRST_STEP,
): OutgoingSend[] {
  const sends: OutgoingSend[] = [];
  for (const { markdown, keyboard, replacesPreview } of replies) {
    const pieces = format(markdown);
    for (const [index, { text, entities }] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      sends.push({
        ...address(exchange, firstStep + sends.length),
        params: {
          ...messageParams(exchange, index === 0),
          text,
          ...(entities.length > 0 ? { entities } : {}),
          ...(keyboard && isLast ? { reply_markup: keyboard } : {}),
        },
        ...(replacesPreview && index === 0 && !exchange.isPrivate ? { edits: `${exchange.seq}:0` } : {}),
      });
    }
  }
  return sends;
}

/** The send that puts a text in the place of a message of the bot, and takes its buttons away. */
export function editSend(
  exchange: Exchange,
  messageId: number,
  markdown: string,
  format: ConversationTelegram["format"],
): OutgoingSend {
  const [piece = { text: markdown, entities: [] }] = format(markdown);
  return {
    ...address(exchange, FIRST_STEP),
    method: "editMessageText",
    params: { chat_id: exchange.chatId, message_id: messageId, ...piece },
  };
}

function address({ seq, chatKey, chatId }: Exchange, step: number) {
  return { seq, step, chatKey, chatId, method: "sendMessage" };
}

/** In a group the first message quotes what it answers. */
function messageParams({ chatId, threadId, isPrivate, messageId }: Exchange, isFirst: boolean) {
  return {
    chat_id: chatId,
    ...(threadId === undefined ? {} : { message_thread_id: threadId }),
    ...(isFirst && !isPrivate && messageId !== undefined
      ? { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } }
      : {}),
    link_preview_options: { is_disabled: true },
  };
}
