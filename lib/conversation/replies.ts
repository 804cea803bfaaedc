import type { MediaItem } from "../content/index.ts";
import type {
  FormattedText,
  InlineKeyboardMarkup,
  NewSend,
  OutgoingFile,
  ReplyKeyboardMarkup,
  ReplyKeyboardRemove,
} from "../telegram/index.ts";
import type { Exchange } from "./exchange.ts";
import type { ConversationTelegram } from "./ports.ts";

/**
 * Steps of an update's sends: help in danger first, then the preview (0), replies from 1, messages relayed to somebody
 * else, and an apology last. A step is sent only once, so the gaps are larger than the number of messages an update can
 * lead to.
 */
export const HELP_STEP = -9;
export const PREVIEW_STEP = 0;
export const FIRST_STEP = 1;
export const RELAY_STEP = 400;
/** For telling people that a relayed message did not arrive. */
export const UNDELIVERED_STEP = 900;
/** For telling people why their message is not handled. */
export const NOTICE_STEP = 998;
export const APOLOGY_STEP = 999;

/** A file to be sent: one of the operator's, or one the bot made. */
export interface ReplyFile {
  kind: MediaItem["kind"];
  file: OutgoingFile;
}

/** A reply in Markdown, split into as many messages as it needs. */
export interface Reply {
  /** May be empty if there is media. */
  markdown: string;
  /** Under the last of its messages. */
  keyboard?: InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove;
  /** Sent before the text; a single file takes a short text as its caption. */
  media?: readonly ReplyFile[];
  /** Whether the reply replaces the preview that was shown meanwhile. */
  replacesPreview?: boolean;
  /** The id of a message of the bot that this edits. */
  editsMessage?: number;
}

/**
 * The sends of replies, in order. The same replies give the same sends, so a repetition sends nothing new.
 * @param firstStep the step of the first one
 */
export function replySends(
  exchange: Exchange,
  replies: readonly Reply[],
  format: ConversationTelegram["format"],
  firstStep = FIRST_STEP,
): NewSend[] {
  const { seq, chatKey, chatId } = exchange;
  const sends: NewSend[] = [];
  for (const reply of replies) {
    for (const { method, content, edits } of messagesOf(reply, format(reply.markdown), exchange)) {
      sends.push({
        seq,
        step: firstStep + sends.length,
        chatKey,
        chatId,
        method,
        params: { ...destination(exchange, method, sends.length === 0), ...content },
        ...(edits === undefined ? {} : { edits }),
      });
    }
  }
  return sends;
}

/** A message of a reply, or an edit, without its destination. */
interface Draft {
  method: string;
  content: Record<string, unknown>;
  edits?: string;
}

/** Telegram's limit for the text below a file, in UTF-16 units after parsing. */
const MAX_CAPTION_LENGTH = 1024;

/** A single file takes a short text as its caption; otherwise the files come first, then the text. */
function messagesOf(reply: Reply, pieces: readonly FormattedText[], exchange: Exchange): Draft[] {
  const { media = [], keyboard, editsMessage } = reply;
  const [file] = media;
  const [piece, ...morePieces] = pieces;
  if (editsMessage !== undefined) {
    const rest = textDrafts({ ...reply, replacesPreview: false }, morePieces, exchange);
    return [editDraft(reply, piece, morePieces.length === 0), ...mediaDrafts(media), ...rest];
  }
  const isShort = (piece?.text.length ?? 0) <= MAX_CAPTION_LENGTH && morePieces.length === 0;
  if (file && media.length === 1 && isShort) {
    return [captionedDraft(file, piece, keyboard)];
  }
  return [...mediaDrafts(media, piece ? undefined : keyboard), ...textDrafts(reply, pieces, exchange)];
}

function textDrafts(
  { keyboard, replacesPreview }: Reply,
  pieces: readonly FormattedText[],
  { seq }: Exchange,
): Draft[] {
  return pieces.map(({ text, entities }, index) => ({
    method: "sendMessage",
    content: {
      text,
      ...(entities.length > 0 ? { entities } : {}),
      ...(keyboard && index === pieces.length - 1 ? { reply_markup: keyboard } : {}),
    },
    ...(replacesPreview && index === 0 ? { edits: `${seq}:${PREVIEW_STEP}` } : {}),
  }));
}

/** Edits a message of the bot, and removes or replaces its buttons. */
function editDraft(
  { editsMessage, keyboard }: Reply,
  piece: FormattedText | undefined,
  hasButtons: boolean,
): Draft {
  const { text, entities } = piece ?? { text: "", entities: [] };
  const markup = keyboard && hasButtons ? { reply_markup: keyboard } : {};
  return {
    method: "editMessageText",
    content: { message_id: editsMessage, text, entities, ...markup },
  };
}

const SEND_METHODS: Record<MediaItem["kind"], string> = {
  photo: "sendPhoto",
  video: "sendVideo",
  audio: "sendAudio",
  voice: "sendVoice",
  document: "sendDocument",
  animation: "sendAnimation",
};

function captionedDraft(
  { kind, file }: ReplyFile,
  caption: FormattedText | undefined,
  keyboard: Reply["keyboard"],
): Draft {
  return {
    method: SEND_METHODS[kind],
    content: {
      [kind]: file,
      ...(kind === "video" ? { supports_streaming: true } : {}),
      ...(caption ? { caption: caption.text } : {}),
      ...(caption && caption.entities.length > 0 ? { caption_entities: caption.entities } : {}),
      ...(keyboard ? { reply_markup: keyboard } : {}),
    },
  };
}

/** Kinds that may be mixed in an album (Bot API, sendMediaGroup); voice messages and animations are sent alone. */
const ALBUMS: Partial<Record<MediaItem["kind"], string>> = {
  photo: "pictures",
  video: "pictures",
  audio: "audio",
  document: "documents",
};
const MAX_ALBUM_LENGTH = 10;

/**
 * Files without a text, in the order given, neighbours grouped into albums where Telegram allows it. A keyboard goes
 * to the last file outside an album, since albums have none.
 */
function mediaDrafts(media: readonly ReplyFile[], keyboard?: Reply["keyboard"]): Draft[] {
  const groups: ReplyFile[][] = [];
  for (const item of media) {
    const group = groups.at(-1);
    const album = ALBUMS[item.kind];
    const fits = album !== undefined && group?.[0] && ALBUMS[group[0].kind] === album;
    if (group && fits && group.length < MAX_ALBUM_LENGTH) group.push(item);
    else groups.push([item]);
  }
  const lastAlone = groups.findLastIndex(({ length }) => length === 1);
  return groups.map((group, index) => {
    const [item] = group;
    if (item && group.length === 1) {
      return captionedDraft(item, undefined, index === lastAlone ? keyboard : undefined);
    }
    const items = group.map(({ kind, file }) => ({ type: kind, media: file }));
    return { method: "sendMediaGroup", content: { media: items } };
  });
}

/**
 * Where a message goes. The first one quotes the message it answers where others may have come between. In a reply thread
 * all do: Telegram shows only replies among the comments under a channel's post.
 */
function destination(
  { chatId, threadId, isInReplyThread = false, isQuoting, messageId }: Exchange,
  method: string,
  isFirst: boolean,
) {
  const preview = /Message/.test(method) ? { link_preview_options: { is_disabled: true } } : {};
  if (method === "editMessageText") return { chat_id: chatId, ...preview };
  return {
    chat_id: chatId,
    ...(threadId === undefined ? {} : { message_thread_id: threadId }),
    ...((isFirst || isInReplyThread) && isQuoting && messageId !== undefined
      ? { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } }
      : {}),
    ...preview,
  };
}
