import type { OutboxRecord } from "../../store/index.ts";
import type { Failure } from "../failures.ts";
import type { TelegramCall } from "./sends.ts";
import { captionCall, hasFiles } from "./uploads.ts";

/** The call a record asks for: an edit when the message it edits is there, otherwise its own. */
export function firstCall(record: OutboxRecord, editedMessageId: number | undefined): TelegramCall {
  const call = { method: record.method, params: replyingLeniently(record.params) };
  return record.method === "sendMessage" && editedMessageId !== undefined
    ? editOf(call.params, editedMessageId)
    : call;
}

/**
 * What a refusal still allows: another call, `done` when there was nothing left to do, or undefined when the send
 * has failed.
 */
export function afterRefusal(
  call: TelegramCall,
  original: OutboxRecord,
  failure: Extract<Failure, { kind: "refused" }>,
): TelegramCall | "done" | undefined {
  const description = failure.description.toLowerCase();
  if (description.includes("message is not modified")) return "done";
  if (/can't parse|entit(y|ies)/.test(description) && hasEntities(call)) return withoutEntities(call);
  if (call.method === "editMessageText" && description.includes("no text in the message to edit")) {
    return captionEdit(call);
  }
  const cannotEdit = /message to edit not found|can't be edited|message_id_invalid|caption.*too.long/;
  if (EDITS.has(call.method) && cannotEdit.test(description)) return freshMessage(call, original);
  return hasFiles(call) ? (captionCall(call) ?? undefined) : undefined;
}

const EDITS: ReadonlySet<string> = new Set(["editMessageText", "editMessageCaption"]);

/** The parameters that hold formatting, which an item of an album has too. */
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

/** The message a result speaks of: a `Message`, or the first of an album. */
export function messageIdOf(result: unknown): number | undefined {
  const message: unknown = Array.isArray(result) ? result[0] : result;
  if (typeof message !== "object" || message === null) return undefined;
  const { message_id: id } = message as { message_id?: unknown };
  return typeof id === "number" ? id : undefined;
}

/** The part of `sendMessage`'s parameters that an edit knows; keyboards other than inline ones cannot be edited in. */
function editOf(params: Record<string, unknown>, messageId: number): TelegramCall {
  const { chat_id, text, entities, link_preview_options, reply_markup } = params;
  const inline = isObject(reply_markup) && "inline_keyboard" in reply_markup ? reply_markup : undefined;
  const edit = { chat_id, text, entities, link_preview_options, reply_markup: inline, message_id: messageId };
  return { method: "editMessageText", params: edit };
}

/** The edit as a message of its own; what was already given up (entities) stays given up. */
function freshMessage(edit: TelegramCall, original: OutboxRecord): TelegramCall | undefined {
  if (edit.params.chat_id === undefined) return undefined;
  const { message_id: _messageId, ...params } = replyingLeniently(original.params);
  if (edit.params.entities === undefined && edit.params.caption_entities === undefined)
    delete params.entities;
  return { method: "sendMessage", params: { ...params, chat_id: edit.params.chat_id } };
}

/** A reply is sent even when the message it answers was deleted meanwhile. */
function replyingLeniently(params: Record<string, unknown>): Record<string, unknown> {
  const { reply_parameters: reply } = params;
  if (!isObject(reply)) return params;
  return { ...params, reply_parameters: { ...reply, allow_sending_without_reply: true } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
