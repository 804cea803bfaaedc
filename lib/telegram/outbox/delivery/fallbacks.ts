import type { OutboxRecord } from "../../../store/index.ts";
import { type Refused, refusalOf } from "../../failures.ts";
import { splitFormatted } from "../../formatting/index.ts";
import type { MessageEntity } from "../../types.ts";
import type { TelegramCall } from "../sends.ts";
import { allowingDeletedReply } from "./call.ts";
import { captionCall, hasFiles } from "./uploads.ts";

/** Shorter texts are not split when Telegram calls them too long: the length cannot be the reason. */
const MIN_SPLIT_LENGTH = 100;

/**
 * What to do about a refused call: `done` when nothing is left to do, `hopeless` when no form of it can reach the chat,
 * else the calls to make instead, in order; an empty list when nothing is known that would help.
 */
export function afterRefusal(
  call: TelegramCall,
  original: OutboxRecord,
  failure: Refused,
): TelegramCall[] | "done" | "hopeless" {
  const { method, params } = call;
  switch (refusalOf(failure)) {
    case "not-modified":
      return "done";
    case "chat-unreachable":
      return "hopeless";
    case "bad-formatting":
      if (hasEntities(call)) return [withoutEntities(call)];
      break;
    case "bad-buttons":
      if (params.reply_markup !== undefined) return [without(call, "reply_markup")];
      break;
    case "thread-not-found":
      if (params.message_thread_id !== undefined) return [without(call, "message_thread_id")];
      break;
    case "caption-instead-of-text":
      if (method === "editMessageText") return [captionEdit(call)];
      break;
    case "not-editable":
      if (EDITS.has(method)) return listOf(freshMessage(call, original));
      break;
    case "too-long":
      if (method === "editMessageText") return listOf(freshMessage(call, original));
      if (method === "sendMessage" && String(params.text).length >= MIN_SPLIT_LENGTH) return halvesOf(call);
      break;
    default:
  }
  return listOf(simplerCall(call));
}

/**
 * The next simpler form of a call that Telegram does not take: the words of a file alone, then without formatting, then
 * without buttons and reply, then as a plain message; null when there is none.
 */
export function simplerCall(call: TelegramCall): TelegramCall | null {
  const { method, params } = call;
  if (hasFiles(call)) return captionCall(call);
  if (hasEntities(call)) return withoutEntities(call);
  if (EXTRAS.some((name) => params[name] !== undefined)) return without(call, ...EXTRAS);
  const words = wordsOf(params);
  if (words === undefined) return null;
  const { chat_id, message_thread_id } = params;
  const thread = message_thread_id === undefined ? {} : { message_thread_id };
  const plain = { chat_id, ...thread, text: words };
  const isPlain = method === "sendMessage" && Object.keys(params).every((name) => name in plain);
  return isPlain ? null : { method: "sendMessage", params: plain };
}

/** The words of a message; undefined when it has none. */
export function wordsOf({ text, caption }: Record<string, unknown>): string | undefined {
  const words = text ?? caption;
  return typeof words === "string" && words !== "" ? words : undefined;
}

/** Parameters a message can do without. */
const EXTRAS = ["reply_markup", "reply_parameters"] as const;

const EDITS: ReadonlySet<string> = new Set(["editMessageText", "editMessageCaption"]);

/** The parameters that hold formatting, of a call and of an album's item. */
const FORMATS = ["entities", "caption_entities"] as const;

function hasEntities({ params }: TelegramCall): boolean {
  return [params, ...albumOf(params)].some((part) => FORMATS.some((name) => part[name] !== undefined));
}

function withoutEntities(call: TelegramCall): TelegramCall {
  const { method, params } = without(call, ...FORMATS);
  const album = albumOf(params).map((item) => withoutParams(item, FORMATS));
  return { method, params: { ...params, ...(album.length > 0 ? { media: album } : {}) } };
}

function without({ method, params }: TelegramCall, ...names: readonly string[]): TelegramCall {
  return { method, params: withoutParams(params, names) };
}

function withoutParams(params: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
}

function albumOf({ media }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(media) ? (media as Record<string, unknown>[]) : [];
}

/** The same edit of a message that is a file with a caption. */
function captionEdit({ params }: TelegramCall): TelegramCall {
  const { text, entities, link_preview_options: _options, ...others } = params;
  const formats = entities === undefined ? {} : { caption_entities: entities };
  return { method: "editMessageCaption", params: { ...others, caption: text, ...formats } };
}

/** The edit as a message of its own, without the entities if they were dropped from the edit. */
function freshMessage(edit: TelegramCall, original: OutboxRecord): TelegramCall | null {
  if (edit.params.chat_id === undefined) return null;
  const { message_id: _messageId, ...params } = allowingDeletedReply(original.params);
  if (edit.params.entities === undefined && edit.params.caption_entities === undefined)
    delete params.entities;
  return { method: "sendMessage", params: { ...params, chat_id: edit.params.chat_id } };
}

/** The same message in two: the buttons below its end, the reply in both, so that both stay in a comment thread. */
function halvesOf({ method, params }: TelegramCall): TelegramCall[] {
  const text = String(params.text);
  const { reply_markup, entities, ...others } = params;
  const formatted = { text, entities: (entities as MessageEntity[] | undefined) ?? [] };
  const pieces = splitFormatted(formatted, Math.ceil(text.length / 2));
  return pieces.map((piece, index) => ({
    method,
    params: {
      ...others,
      text: piece.text,
      ...(piece.entities.length > 0 ? { entities: piece.entities } : {}),
      ...(index === pieces.length - 1 && reply_markup !== undefined ? { reply_markup } : {}),
    },
  }));
}

function listOf(call: TelegramCall | null): TelegramCall[] {
  return call ? [call] : [];
}
