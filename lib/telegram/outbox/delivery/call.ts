import type { OutboxRecord } from "../../../store/index.ts";
import type { TelegramCall } from "../sends.ts";

/** The call of a record: an edit when the message it edits was sent, otherwise its own. */
export function firstCall(record: OutboxRecord, editedMessageId: number | undefined): TelegramCall {
  const call = { method: record.method, params: allowingDeletedReply(record.params) };
  return record.method === "sendMessage" && editedMessageId !== undefined
    ? editOf(call.params, editedMessageId)
    : call;
}

/** The same call for the chat under its new id. */
export function movedCall({ method, params }: TelegramCall, chatId: number): TelegramCall {
  return { method, params: { ...params, chat_id: chatId } };
}

/** The message a call edits; undefined when it edits none. */
export function editedBy({ method, params }: TelegramCall): number | undefined {
  const { message_id: id } = params;
  return method.startsWith("edit") && typeof id === "number" ? id : undefined;
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

/** Sends a reply even when the message it answers was deleted meanwhile. */
export function allowingDeletedReply(params: Record<string, unknown>): Record<string, unknown> {
  const { reply_parameters: reply } = params;
  if (!isObject(reply)) return params;
  return { ...params, reply_parameters: { ...reply, allow_sending_without_reply: true } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
