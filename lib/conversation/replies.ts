import type { FormattedText } from "../telegram/index.ts";
import type { MediaItem } from "./content.ts";
import type { Exchange } from "./exchange.ts";
import type {
  ConversationTelegram,
  InlineKeyboardMarkup,
  OutgoingSend,
  ReplyKeyboardMarkup,
  ReplyKeyboardRemove,
} from "./ports.ts";

/** Steps of an update's sends: its preview is 0, its replies count from 1, and an apology goes after them all. */
const FIRST_STEP = 1;
export const APOLOGY_STEP = 99;

/** A reply in Markdown, cut into as many messages as it needs. */
export interface Reply {
  /** May be empty where there is media. */
  markdown: string;
  /** Under the last of its messages. */
  keyboard?: InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove;
  media?: readonly MediaItem[];
  /** Whether the reply takes the place of the preview that was shown meanwhile. */
  replacesPreview?: boolean;
  /** The id of a message of the bot whose text this takes the place of. */
  editsMessage?: number;
  /** Another chat it goes to, such as the operators'. */
  to?: { chatId: number; chatKey: string };
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
  for (const reply of replies) {
    const pieces = format(reply.markdown);
    if (reply.editsMessage !== undefined) {
      sends.push(editSend(exchange, reply, pieces[0], firstStep + sends.length));
      continue;
    }
    for (const [index, { text, entities }] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      sends.push({
        ...address(exchange, reply, firstStep + sends.length),
        method: "sendMessage",
        params: {
          ...messageParams(exchange, reply, sends.length === 0),
          text,
          ...(entities.length > 0 ? { entities } : {}),
          ...(reply.keyboard && isLast ? { reply_markup: reply.keyboard } : {}),
        },
        ...(reply.replacesPreview && index === 0 ? { edits: `${exchange.seq}:0` } : {}),
      });
    }
  }
  return sends;
}

/** The send that puts a text in the place of a message of the bot, and takes its buttons away or gives it others. */
function editSend(
  exchange: Exchange,
  reply: Reply,
  piece: FormattedText = { text: "", entities: [] },
  step: number,
): OutgoingSend {
  const { text, entities } = piece;
  return {
    ...address(exchange, reply, step),
    method: "editMessageText",
    params: {
      chat_id: reply.to?.chatId ?? exchange.chatId,
      message_id: reply.editsMessage,
      text,
      entities,
      link_preview_options: { is_disabled: true },
      ...(reply.keyboard ? { reply_markup: reply.keyboard } : {}),
    },
  };
}

function address({ seq, chatKey, chatId }: Exchange, { to }: Reply, step: number) {
  return { seq, step, chatKey, chatId, ...to };
}

/** The first message quotes what it answers where other messages may stand between. */
function messageParams(
  { chatId, threadId, isQuoting, messageId }: Exchange,
  { to }: Reply,
  isFirst: boolean,
) {
  const linkPreview = { link_preview_options: { is_disabled: true } };
  if (to) return { chat_id: to.chatId, ...linkPreview };
  return {
    chat_id: chatId,
    ...(threadId === undefined ? {} : { message_thread_id: threadId }),
    ...(isFirst && isQuoting && messageId !== undefined
      ? { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } }
      : {}),
    ...linkPreview,
  };
}
