import {
  type InlineKeyboardMarkup,
  type Message,
  type MessageEntity,
  type NewSend,
  splitFormatted,
} from "../../telegram/index.ts";
import { RELAY_STEP, UNDELIVERED_STEP } from "../replies.ts";

/** The chat a message is relayed to, and the update that is the reason. */
export interface RelayTarget {
  seq: number;
  chatKey: string;
  chatId: number;
}

/** The sends of a plain text, split into as many messages as it needs. */
export function plainSends(
  { seq, chatKey, chatId }: RelayTarget,
  text: string,
  entities: readonly MessageEntity[] = [],
  keyboard?: InlineKeyboardMarkup,
): NewSend[] {
  const pieces = splitFormatted({ text, entities: [...entities] });
  return pieces.map((piece, index) => ({
    seq,
    step: RELAY_STEP + index,
    chatKey,
    chatId,
    method: "sendMessage",
    params: {
      chat_id: chatId,
      text: piece.text,
      ...(piece.entities.length > 0 ? { entities: piece.entities } : {}),
      ...(keyboard && index === pieces.length - 1 ? { reply_markup: keyboard } : {}),
      link_preview_options: { is_disabled: true },
    },
  }));
}

/** The only send of a notice that a relayed message did not arrive, as a reply to the message if there is one. */
export function undeliveredNotice(
  { seq, chatKey, chatId }: RelayTarget,
  text: string,
  { isForOperators = false, messageId }: { isForOperators?: boolean; messageId?: number } = {},
): NewSend {
  const reply = { message_id: messageId, allow_sending_without_reply: true };
  return {
    seq,
    // A retry of any send of the update leads to the same notice; each side has one.
    step: UNDELIVERED_STEP + Number(isForOperators),
    chatKey,
    chatId,
    method: "sendMessage",
    params: { chat_id: chatId, text, ...(messageId === undefined ? {} : { reply_parameters: reply }) },
  };
}

/** Kinds of messages with a caption, which can hold the line with the sender. */
const CAPTIONED = ["photo", "video", "audio", "voice", "document", "animation"] as const;
/** Telegram's limit for captions, in UTF-16 units. */
const MAX_CAPTION_LENGTH = 1024;

/**
 * The sends that relay a message of any kind, with a line that says who it is from. What Telegram may refuse to copy
 * goes first: nobody sees the line without the message.
 * @param parts the messages it consists of: those of an album, or of a text that Telegram split
 */
export function relayedMessage(
  target: RelayTarget,
  from: string,
  message: Message,
  parts: readonly Message[],
  keyboard?: InlineKeyboardMarkup,
): NewSend[] {
  const heading = `${from}\n`;
  if (message.text !== undefined && parts.length <= 1) {
    const entities = shifted(message.entities, heading.length);
    return plainSends(target, heading + message.text, entities, keyboard).map((send) => ({
      ...send,
      relayedMessageId: message.message_id,
    }));
  }
  const pieces = parts.length > 0 ? parts : [message];
  const [first] = pieces;
  const caption = first && captionBelow(heading, first);
  const copies = pieces.map(
    (piece, index): NewSend => ({
      ...target,
      step: RELAY_STEP + index,
      method: "copyMessage",
      params: {
        chat_id: target.chatId,
        from_chat_id: piece.chat.id,
        message_id: piece.message_id,
        ...(index === 0 ? caption : undefined),
        ...(keyboard && index === pieces.length - 1 ? { reply_markup: keyboard } : {}),
      },
      relayedMessageId: piece.message_id,
    }),
  );
  if (caption) return copies;
  const requires = `${target.seq}:${RELAY_STEP}`;
  const line = plainSends(target, from).map((send) => ({
    ...send,
    step: send.step + copies.length,
    requires,
  }));
  return [...copies, ...line];
}

/** The caption of a copy that begins with a heading; null when the message has none, or it would be too long. */
function captionBelow(heading: string, message: Message): Record<string, unknown> | null {
  const hasCaption = CAPTIONED.some((kind) => message[kind] !== undefined);
  const caption = heading + (message.caption ?? "");
  if (!hasCaption || caption.length > MAX_CAPTION_LENGTH) return null;
  return {
    caption: caption.trimEnd(),
    ...(message.caption_entities
      ? { caption_entities: shifted(message.caption_entities, heading.length) }
      : {}),
  };
}

function shifted(entities: readonly MessageEntity[] = [], by: number): MessageEntity[] {
  return entities.map((entity) => ({ ...entity, offset: entity.offset + by }));
}
