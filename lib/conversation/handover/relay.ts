import {
  type FormattedText,
  type InlineKeyboardMarkup,
  type Message,
  type MessageEntity,
  type NewSend,
  splitFormatted,
} from "../../telegram/index.ts";
import { RELAY_STEP, UNDELIVERED_STEP } from "../replies.ts";

/** The chat a message is relayed to, and the update that is the reason. */
export interface RelayTarget extends Pick<NewSend, "urgency" | "source"> {
  seq: number;
  chatKey: string;
  chatId: number;
}

/** A text that is ours, followed by somebody's words below it. */
export interface Relayed {
  heading: string;
  /**
   * Whether the words are shown as a quotation, without formatting and with every link written out: then nobody can take
   * them for the bot's, or be sent elsewhere than a link says.
   */
  isQuoted: boolean;
}

/** The sends of a text, split into as many messages as it needs. */
export function plainSends(
  target: RelayTarget,
  { text, entities }: FormattedText,
  keyboard?: InlineKeyboardMarkup,
): NewSend[] {
  const pieces = splitFormatted({ text, entities });
  return pieces.map((piece, index) => ({
    ...target,
    step: RELAY_STEP + index,
    method: "sendMessage",
    params: {
      chat_id: target.chatId,
      text: piece.text,
      ...(piece.entities.length > 0 ? { entities: piece.entities } : {}),
      ...(keyboard && index === pieces.length - 1 ? { reply_markup: keyboard } : {}),
      link_preview_options: { is_disabled: true },
    },
  }));
}

/** A text without formatting. */
export function plain(text: string): FormattedText {
  return { text, entities: [] };
}

/** Texts below each other, with their formatting. */
export function joined(texts: readonly FormattedText[], separator: string): FormattedText {
  let text = "";
  const entities: MessageEntity[] = [];
  for (const [index, next] of texts.entries()) {
    if (index > 0) text += separator;
    entities.push(...shifted(next.entities, text.length));
    text += next.text;
  }
  return { text, entities };
}

/** Somebody's words as a quotation, with every link written out. */
export function quotation(text: string, entities: readonly MessageEntity[] = []): FormattedText {
  let words = text;
  const links = entities.filter(({ type, url }) => type === "text_link" && url !== undefined);
  for (const { offset, length, url } of links.toSorted((a, b) => b.offset - a.offset)) {
    const end = offset + length;
    words = `${words.slice(0, end)} (${url})${words.slice(end)}`;
  }
  return {
    text: words,
    entities: words.trim() === "" ? [] : [{ type: "blockquote", offset: 0, length: words.length }],
  };
}

/** The only send of a notice that a relayed message did not arrive, as a reply to the message if there is one. */
export function undeliveredNotice(
  target: RelayTarget,
  text: string,
  { isForOperators = false, messageId }: { isForOperators?: boolean; messageId?: number } = {},
): NewSend {
  const reply = { message_id: messageId, allow_sending_without_reply: true };
  return {
    ...target,
    // A retry of any send of the update leads to the same notice; each side has one.
    step: UNDELIVERED_STEP + Number(isForOperators),
    method: "sendMessage",
    params: {
      chat_id: target.chatId,
      text,
      ...(messageId === undefined ? {} : { reply_parameters: reply }),
    },
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
  relayed: Relayed,
  message: Message,
  parts: readonly Message[],
  keyboard?: InlineKeyboardMarkup,
): NewSend[] {
  const pieces = parts.length > 0 ? parts : [message];
  const { text, entities } = message;
  if (text !== undefined && (relayed.isQuoted || pieces.length === 1)) {
    return plainSends(target, below(relayed, text, entities), keyboard).map((send) => ({
      ...send,
      relayedMessageId: message.message_id,
    }));
  }
  const [first] = pieces;
  const words = first && below(relayed, first.caption ?? "", first.caption_entities);
  const hasCaption = first && CAPTIONED.some((kind) => first[kind] !== undefined);
  const isHeadingInCaption = hasCaption && words !== undefined && words.text.length <= MAX_CAPTION_LENGTH;
  const copies = pieces.map((piece, index): NewSend => {
    const caption = index > 0 ? captionOf(relayed, piece) : isHeadingInCaption ? words : plain("");
    return {
      ...target,
      step: RELAY_STEP + index,
      method: "copyMessage",
      params: {
        chat_id: target.chatId,
        from_chat_id: piece.chat.id,
        message_id: piece.message_id,
        ...(caption && CAPTIONED.some((kind) => piece[kind] !== undefined)
          ? { caption: caption.text.trimEnd(), caption_entities: caption.entities }
          : {}),
        ...(keyboard && index === pieces.length - 1 ? { reply_markup: keyboard } : {}),
      },
      relayedMessageId: piece.message_id,
    };
  });
  if (isHeadingInCaption || words === undefined) return copies;
  const requires = `${target.seq}:${RELAY_STEP}`;
  const line = plainSends(target, words).map((send) => ({
    ...send,
    step: send.step + copies.length,
    requires,
  }));
  return [...copies, ...line];
}

/** The heading with somebody's words below it. */
function below(
  { heading, isQuoted }: Relayed,
  text: string,
  entities: readonly MessageEntity[] = [],
): FormattedText {
  const words = isQuoted ? quotation(text, entities) : { text, entities: [...entities] };
  return words.text === "" ? plain(heading) : joined([plain(heading), words], "\n");
}

/** The caption of a file of an album; undefined to keep its own. */
function captionOf({ isQuoted }: Relayed, { caption, caption_entities }: Message): FormattedText | undefined {
  if (!isQuoted || caption === undefined) return undefined;
  const [piece] = splitFormatted(quotation(caption, caption_entities), MAX_CAPTION_LENGTH);
  return piece;
}

function shifted(entities: readonly MessageEntity[] = [], by: number): MessageEntity[] {
  return entities.map((entity) => ({ ...entity, offset: entity.offset + by }));
}
