import type { OutboxRecord } from "../../store/index.ts";
import { type Refused, refusalOf } from "../failures.ts";
import type { TelegramCall } from "./sends.ts";
import { captionCall, hasFiles } from "./uploads.ts";

/** The call of a record: an edit when the message it edits was sent, otherwise its own. */
export function firstCall(record: OutboxRecord, editedMessageId: number | undefined): TelegramCall {
  const call = { method: record.method, params: allowingDeletedReply(record.params) };
  return record.method === "sendMessage" && editedMessageId !== undefined
    ? editOf(call.params, editedMessageId)
    : call;
}

/** What a refused call calls for: another call, `done` when nothing was left to do, or undefined for a failed send. */
export function afterRefusal(
  call: TelegramCall,
  original: OutboxRecord,
  failure: Refused,
): TelegramCall | "done" | undefined {
  const refusal = refusalOf(failure);
  if (refusal === "not-modified") return "done";
  if (refusal === "bad-formatting" && hasEntities(call)) return withoutEntities(call);
  if (refusal === "caption-instead-of-text" && call.method === "editMessageText") return captionEdit(call);
  if (refusal === "not-editable" && EDITS.has(call.method)) return freshMessage(call, original);
  return hasFiles(call) ? (captionCall(call) ?? undefined) : undefined;
}

const EDITS: ReadonlySet<string> = new Set(["editMessageText", "editMessageCaption"]);

/** The parameters that hold formatting, of a call and of an album's item. */
const FORMATS = ["entities", "caption_entities"] as const;

function hasEntities({ params }: TelegramCall): boolean {
  return [params, ...albumOf(params)].some((part) => FORMATS.some((name) => part[name] !== undefined));
}

function withoutEntities({ method, params }: TelegramCall): TelegramCall {
  const album = albumOf(params);
  return { method, params: { ...plain(params), ...(album.length > 0 ? { media: album.map(plain) } : {}) } };
}

function plain(part: Record<string, unknown>): Record<string, unknown> {
  const { entities: _entities, caption_entities: _captionEntities, ...others } = part;
  return others;
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

/** The same call for the chat under its new id. */
export function movedCall({ method, params }: TelegramCall, chatId: number): TelegramCall {
  return { method, params: { ...params, chat_id: chatId } };
}

/** The id in a result: of a `Message`, or of the first message of an album. */
export function messageIdOf(result: unknown): number | undefined {
  const message: unknown = Array.isArray(result) ? result[0] : result;
  if (typeof message !== "object" || message === null) return undefined;
  const { message_id: id } = message as { message_id?: unknown };
  return typeof id === "number" ? id : undefined;
}

/** `sendMessage` as an edit, with the parameters an edit has; only inline keyboards can be edited in. */
function editOf(params: Record<string, unknown>, messageId: number): TelegramCall {
  const { chat_id, text, entities, link_preview_options, reply_markup } = params;
  const inline = isObject(reply_markup) && "inline_keyboard" in reply_markup ? reply_markup : undefined;
  const edit = { chat_id, text, entities, link_preview_options, reply_markup: inline, message_id: messageId };
  return { method: "editMessageText", params: edit };
}

/** The edit as a message of its own, without the entities if they were dropped from the edit. */
function freshMessage(edit: TelegramCall, original: OutboxRecord): TelegramCall | undefined {
  if (edit.params.chat_id === undefined) return undefined;
  const { message_id: _messageId, ...params } = allowingDeletedReply(original.params);
  if (edit.params.entities === undefined && edit.params.caption_entities === undefined)
    delete params.entities;
  return { method: "sendMessage", params: { ...params, chat_id: edit.params.chat_id } };
}

/** Sends a reply even when the message it answers was deleted meanwhile. */
function allowingDeletedReply(params: Record<string, unknown>): Record<string, unknown> {
  const { reply_parameters: reply } = params;
  if (!isObject(reply)) return params;
  return { ...params, reply_parameters: { ...reply, allow_sending_without_reply: true } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
