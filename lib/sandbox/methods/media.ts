import { type BotApiError, badRequest } from "../bot-api/api-error.ts";
import { flag, integer, isObject, type Params, string } from "../bot-api/params.ts";
import { readInlineKeyboard } from "../chats/markup.ts";
import { readCaption } from "../chats/text.ts";
import type { WireMessage } from "../chats/wire.ts";
import type { Method, World } from "../chats/world.ts";
import type { FileKind } from "../files/files.ts";
import {
  type DeclaredFacts,
  knownContent,
  type MediaContent,
  mayHaveCaption,
  uploadContent,
} from "../files/media-content.ts";
import { editable, readTarget, replace, send } from "./sending.ts";

/** Telegram's limits for an album. */
const MIN_ALBUM = 2;
const MAX_ALBUM = 10;
/** Telegram's limit for what a bot may download, in bytes. */
const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024;
const ALBUM_KINDS: readonly FileKind[] = ["photo", "video", "audio", "document"];
/** Kinds whose albums cannot contain another kind; photos and videos may be mixed. */
const UNMIXED: readonly FileKind[] = ["audio", "document"];

export const sendPhoto = sendFile("photo");
export const sendVideo = sendFile("video");
export const sendAudio = sendFile("audio");
export const sendVoice = sendFile("voice");
export const sendAnimation = sendFile("animation");
export const sendDocument = sendFile("document");
export const sendVideoNote = sendFile("video_note");

function sendFile(kind: FileKind): Method {
  return async (world, params) => {
    const caption = kind === "video_note" ? {} : readCaption(params);
    const target = readTarget(world, params);
    const { content, entries } = readMedia(world, kind, params[kind], params, params);
    return send(world, target, { ...content, ...caption, ...readLook(params) }, entries);
  };
}

export const sendMediaGroup: Method = async (world, params) => {
  const items = readAlbum(params.media);
  const target = readTarget(world, params);
  if (target.markup.kind !== "none") throw badRequest("reply markup can't be used in albums");
  const captions = items.map(readCaption);
  const read = items.map((item) => readInputMedia(world, item, params, ALBUM_KINDS));
  refuseMixedAlbum(read);
  const albumId = world.chats.nextAlbumId();
  return Promise.all(
    read.map(({ content, entries }, index) => {
      const shown = { ...content, ...captions[index], ...readLook(items[index] ?? {}) };
      return send(world, target, { ...shown, media_group_id: albumId }, entries);
    }),
  );
};

export const editMessageMedia: Method = async (world, params) => {
  const keyboard = readInlineKeyboard(params);
  const message = editable(world, params);
  if (!isObject(params.media)) throw badRequest("can't parse InputMedia: expected an Object");
  const caption = readCaption(params.media);
  const kinds: readonly FileKind[] = [...ALBUM_KINDS, "animation"];
  const { content, entries } = readInputMedia(world, params.media, params, kinds);
  const { message_id, message_thread_id, is_topic_message, from, chat, date, media_group_id } = message;
  const edited: WireMessage = {
    message_id,
    ...(message_thread_id === undefined ? {} : { message_thread_id }),
    ...(is_topic_message === undefined ? {} : { is_topic_message }),
    ...(media_group_id === undefined ? {} : { media_group_id }),
    from,
    chat,
    date,
    ...(message.reply_to_message ? { reply_to_message: message.reply_to_message } : {}),
    ...content,
    ...caption,
    ...readLook(params.media),
    edit_date: Math.floor(world.clock.now() / 1000),
    ...(keyboard ? { reply_markup: keyboard } : {}),
  };
  return replace(world, message, edited, entries);
};

export const editMessageCaption: Method = async (world, params) => {
  const caption = readCaption(params);
  const keyboard = readInlineKeyboard(params);
  const message = editable(world, params);
  if (!mayHaveCaption(message)) throw badRequest("there is no caption in the message to edit");
  const {
    caption: _old,
    caption_entities: _formats,
    reply_markup: _markup,
    edit_date: _date,
    ...rest
  } = message;
  return replace(world, message, {
    ...rest,
    ...caption,
    edit_date: Math.floor(world.clock.now() / 1000),
    ...(keyboard ? { reply_markup: keyboard } : {}),
  });
};

export const getFile: Method = ({ files }, params) => {
  const fileId = string(params, "file_id");
  if (fileId === "") throw badRequest("file_id not specified");
  const file = files.find(fileId);
  if (!file) throw badRequest("wrong file_id or the file is temporarily unavailable");
  if (file.sizeBytes > MAX_DOWNLOAD_BYTES) throw badRequest("file is too big");
  return {
    file_id: fileId,
    file_unique_id: file.fileUniqueId,
    file_size: file.sizeBytes,
    file_path: file.path,
  };
};

function readAlbum(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw badRequest("can't parse media JSON object");
  if (value.length > MAX_ALBUM) throw badRequest("too many messages to send as an album");
  if (value.length < MIN_ALBUM) throw badRequest("there are not enough messages to send as an album");
  return value.map((item: unknown) => {
    if (!isObject(item)) throw badRequest("can't parse InputMedia: expected an Object");
    return item;
  });
}

function readInputMedia(
  world: World,
  item: Record<string, unknown>,
  params: Params,
  kinds: readonly FileKind[],
): MediaContent {
  const kind = kinds.find((known) => known === item.type);
  if (!kind) throw badRequest(`can't parse InputMedia: type "${String(item.type)}" can't be used here`);
  return readMedia(world, kind, item.media, params, item);
}

function refuseMixedAlbum(read: readonly MediaContent[]): void {
  const kinds = new Set(read.map(({ kind }) => kind));
  const unmixed = UNMIXED.find((kind) => kinds.has(kind));
  if (unmixed && kinds.size > 1) {
    const name = unmixed === "audio" ? "Audio" : "Document";
    throw badRequest(`${name} can't be mixed with other media types`);
  }
}

/** Reads the file that a parameter names: an upload of the call, or a known file by its id. */
function readMedia(
  world: World,
  kind: FileKind,
  value: unknown,
  params: Params,
  declared: Record<string, unknown>,
): MediaContent {
  const isAttached = typeof value === "string" && value.startsWith("attach://");
  const upload = world.files.uploadIn(isAttached ? params[value.slice("attach://".length)] : value);
  if (upload) return uploadContent(world, upload, kind, readDeclared(declared));
  if (typeof value !== "string" || value === "" || isAttached) throw noFile(kind);
  const file = world.files.find(value);
  if (file) return knownContent(file, kind);
  const isUrl = /^https?:\/\//i.test(value);
  throw badRequest(isUrl ? "failed to get HTTP URL content" : "wrong file identifier/HTTP URL specified");
}

function noFile(kind: FileKind): BotApiError {
  return badRequest(`there is no ${kind === "video_note" ? "video note" : kind} in the request`);
}

function readDeclared(declared: Record<string, unknown>): DeclaredFacts {
  const numbers = ["duration", "width", "height"].map((key) => [key, integer(declared, key)] as const);
  const words = ["performer", "title"].map((key) => [key, string(declared, key) || undefined] as const);
  return Object.fromEntries([...numbers, ...words].filter(([, value]) => value !== undefined));
}

function readLook(params: Record<string, unknown>): Partial<WireMessage> {
  return {
    ...(flag(params, "show_caption_above_media") ? { show_caption_above_media: true as const } : {}),
    ...(flag(params, "has_spoiler") ? { has_media_spoiler: true as const } : {}),
  };
}
