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
 * Steps of an update's sends: help in danger goes before all, the preview is 0, replies count from 1, what is passed on
 * to somebody else comes after any reply, and an apology after them all. A step that is taken is not sent again, so
 * the room between is for more messages than an update can lead to.
 */
export const HELP_STEP = -9;
export const PREVIEW_STEP = 0;
export const FIRST_STEP = 1;
export const RELAY_STEP = 400;
/** Of the word to someone who is not let in. */
export const NOTICE_STEP = 998;
export const APOLOGY_STEP = 999;

/** A file to be sent: one of the operator's, or one the bot made. */
export interface ReplyFile {
  kind: MediaItem["kind"];
  file: OutgoingFile;
}

/** A reply in Markdown, cut into as many messages as it needs. */
export interface Reply {
  /** May be empty where there is media. */
  markdown: string;
  /** Under the last of its messages. */
  keyboard?: InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove;
  /** Above the text, which is its caption where there is one file and the text is short. */
  media?: readonly ReplyFile[];
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
): NewSend[] {
  const sends: NewSend[] = [];
  for (const reply of replies) {
    for (const { method, content, edits } of messagesOf(reply, format(reply.markdown), exchange)) {
      sends.push({
        ...address(exchange, reply, firstStep + sends.length),
        method,
        params: { ...destination(exchange, reply, method, sends.length === 0), ...content },
        ...(edits === undefined ? {} : { edits }),
      });
    }
  }
  return sends;
}

/** A message of a reply, or an edit, without where it goes. */
interface Draft {
  method: string;
  content: Record<string, unknown>;
  edits?: string;
}

/** Telegram's limit for the text below a file, in UTF-16 units after parsing. */
const MAX_CAPTION_LENGTH = 1024;

/** A lone file carries a short text as its caption; otherwise the files come first, and the text below them. */
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

/** Puts a text in the place of a message of the bot, and takes its buttons away or gives it others. */
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

/** What may stand together in an album (Bot API, sendMediaGroup); voice messages and animations stand alone. */
const ALBUMS: Partial<Record<MediaItem["kind"], string>> = {
  photo: "pictures",
  video: "pictures",
  audio: "audio",
  document: "documents",
};
const MAX_ALBUM_LENGTH = 10;

/**
 * Files without a text: neighbours that may stand together as albums, in the order given. A keyboard goes under the last
 * one that stands alone, as albums have none.
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

function address({ seq, chatKey, chatId }: Exchange, { to }: Reply, step: number) {
  return { seq, step, chatKey, chatId, ...to };
}

/** Where a message goes. The first one quotes what it answers where other messages may stand between. */
function destination(
  { chatId, threadId, isQuoting, messageId }: Exchange,
  { to }: Reply,
  method: string,
  isFirst: boolean,
) {
  const preview = /Message/.test(method) ? { link_preview_options: { is_disabled: true } } : {};
  if (to) return { chat_id: to.chatId, ...preview };
  if (method === "editMessageText") return { chat_id: chatId, ...preview };
  return {
    chat_id: chatId,
    ...(threadId === undefined ? {} : { message_thread_id: threadId }),
    ...(isFirst && isQuoting && messageId !== undefined
      ? { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } }
      : {}),
    ...preview,
  };
}
