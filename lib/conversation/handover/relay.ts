import {
  type InlineKeyboardMarkup,
  type Message,
  type MessageEntity,
  type NewSend,
  splitFormatted,
} from "../../telegram/index.ts";
import { RELAY_STEP } from "../replies.ts";

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

/**
 * The sends that relay a message of any kind, below a line with its sender.
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
    const entities = (message.entities ?? []).map((entity) => ({
      ...entity,
      offset: entity.offset + heading.length,
    }));
    return plainSends(target, heading + message.text, entities, keyboard);
  }
  const { seq, chatKey, chatId } = target;
  const pieces = parts.length > 0 ? parts : [message];
  const copies = pieces.map((piece, index) => ({
    seq,
    step: RELAY_STEP + 1 + index,
    chatKey,
    chatId,
    method: "copyMessage",
    params: {
      chat_id: chatId,
      from_chat_id: piece.chat.id,
      message_id: piece.message_id,
      ...(keyboard && index === pieces.length - 1 ? { reply_markup: keyboard } : {}),
    },
  }));
  return [...plainSends(target, from), ...copies];
}
