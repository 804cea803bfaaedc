import { badRequest } from "../bot-api/api-error.ts";
import { flag, integer, isObject, type Params, string } from "../bot-api/params.ts";
import { CHAT_ACTION_MS, DRAFT_MS, type Draft } from "../chats/chat-view.ts";
import { readInlineKeyboard } from "../chats/markup.ts";
import { readCaption, readDraftText, readText } from "../chats/text.ts";
import type { WireMessage } from "../chats/wire.ts";
import type { Method, World } from "../chats/world.ts";
import { mayHaveCaption } from "../files/media-content.ts";
import { editable, readTarget, replace, send } from "./sending.ts";

export const sendMessage: Method = async (world, params) => {
  const content = readText(params);
  const target = readTarget(world, params);
  const { link_preview_options: preview } = params;
  return send(world, target, { ...content, ...(isObject(preview) ? { link_preview_options: preview } : {}) });
};

/** Sends a message again as the bot's own, without naming its origin. */
export const copyMessage: Method = async (world, params) => {
  const source = sourceOf(world, params, "copy");
  const caption =
    params.caption === undefined || !mayHaveCaption(source) ? {} : withoutCaption(readCaption(params));
  const target = readTarget(world, params);
  const { message_id } = await send(world, target, { ...contentOf(source), ...caption });
  return { message_id };
};

export const forwardMessage: Method = async (world, params) => {
  const source = sourceOf(world, params, "forward");
  const target = readTarget(world, params);
  const origin = { type: "user" as const, date: source.date, sender_user: source.from };
  return send(world, target, { ...contentOf(source), forward_origin: source.forward_origin ?? origin });
};

export const editMessageText: Method = async (world, params) => {
  const content = readText(params);
  const keyboard = readInlineKeyboard(params);
  const message = editable(world, params);
  if (message.text === undefined) throw badRequest("there is no text in the message to edit");
  const { entities: _entities, reply_markup: _markup, edit_date: _date, ...rest } = message;
  const edited: WireMessage = {
    ...rest,
    ...content,
    edit_date: Math.floor(world.clock.now() / 1000),
    ...(keyboard ? { reply_markup: keyboard } : {}),
  };
  return replace(world, message, edited);
};

export const editMessageReplyMarkup: Method = async (world, params) => {
  const keyboard = readInlineKeyboard(params);
  const message = editable(world, params);
  const { reply_markup: _markup, ...rest } = message;
  return replace(world, message, { ...rest, ...(keyboard ? { reply_markup: keyboard } : {}) });
};

export const deleteMessage: Method = async ({ chats, events, saver }, params) => {
  const chat = chats.writable(params.chat_id);
  const messageId = integer(params, "message_id");
  if (messageId === undefined) throw badRequest("message identifier is not specified");
  if (!chats.message(chat.id, messageId)) throw badRequest("message to delete not found");
  const entries = chats.removeMessage(chat.id, messageId);
  events.emit({ type: "deleted", chatId: chat.id, messageId });
  await saver.save(entries);
  return true;
};

/** Telegram's limit for one deleteMessages call. */
const MAX_DELETED = 100;

/** Skips messages that do not exist, as Telegram does. */
export const deleteMessages: Method = async ({ chats, events, saver }, params) => {
  const chat = chats.writable(params.chat_id);
  const { message_ids: ids } = params;
  if (!Array.isArray(ids) || ids.length === 0) throw badRequest("message identifiers are not specified");
  if (ids.length > MAX_DELETED) throw badRequest("too many message identifiers specified");
  const found = ids.filter(
    (id): id is number => typeof id === "number" && chats.message(chat.id, id) !== undefined,
  );
  const entries = found.flatMap((id) => chats.removeMessage(chat.id, id));
  for (const messageId of found) events.emit({ type: "deleted", chatId: chat.id, messageId });
  await saver.save(entries);
  return true;
};

const ACTIONS = new Set(
  "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note".split(
    " ",
  ),
);

export const sendChatAction: Method = ({ chats, clock, events }, params) => {
  const action = string(params, "action");
  if (!ACTIONS.has(action)) throw badRequest("wrong parameter action in request");
  const chat = chats.writable(params.chat_id, integer(params, "message_thread_id"));
  const shown = { action, until: clock.now() + CHAT_ACTION_MS };
  chats.setAction(chat.id, shown);
  events.emit({ type: "action", chatId: chat.id, action: shown });
  return true;
};

export const sendMessageDraft: Method = ({ chats, clock, events }, params) => {
  const content = readDraftText(params);
  const draftId = integer(params, "draft_id") ?? 0;
  if (draftId === 0) throw badRequest("DRAFT_ID_INVALID");
  const threadId = integer(params, "message_thread_id");
  const chat = chats.writable(params.chat_id, threadId);
  if (chat.type !== "private") throw badRequest("TEXTDRAFT_PEER_INVALID");
  const draft: Draft = {
    draftId,
    ...(threadId === undefined ? {} : { threadId }),
    ...content,
    until: clock.now() + DRAFT_MS,
  };
  chats.setDraft(chat.id, draft);
  events.emit({ type: "draft", chatId: chat.id, draft });
  return true;
};

export const answerCallbackQuery: Method = ({ callbackQueries, events }, params) => {
  const text = string(params, "text");
  if (text.length > 200) throw badRequest("MESSAGE_TOO_LONG");
  const query = callbackQueries.take(string(params, "callback_query_id"));
  events.emit({
    type: "callback-answer",
    chatId: query.chatId,
    userId: query.userId,
    answer: {
      callbackQueryId: query.id,
      messageId: query.messageId,
      showAlert: flag(params, "show_alert"),
      ...(text === "" ? {} : { text }),
    },
  });
  return true;
};

/** The content of a message that a copy takes over. */
function contentOf(message: WireMessage): Partial<WireMessage> {
  const { from: _from, chat: _chat, date: _date, message_id: _id, edit_date: _edited, ...content } = message;
  const { reply_to_message: _reply, reply_markup: _markup, media_group_id: _album, ...rest } = content;
  const { message_thread_id: _thread, is_topic_message: _topic, ...alone } = rest;
  return alone;
}

/** The caption given for a copy replaces the source's; an empty one removes it. */
function withoutCaption(caption: ReturnType<typeof readCaption>): Partial<WireMessage> {
  return { caption: caption.caption ?? "", caption_entities: caption.caption_entities ?? [] };
}

function sourceOf({ chats }: World, params: Params, what: "copy" | "forward"): WireMessage {
  const chat = chats.writable(params.from_chat_id);
  const messageId = integer(params, "message_id");
  const source = messageId === undefined ? undefined : chats.message(chat.id, messageId);
  if (!source) throw badRequest(`message to ${what} not found`);
  if (source.new_chat_members ?? source.migrate_to_chat_id)
    throw badRequest(`message can't be ${what === "copy" ? "copied" : "forwarded"}`);
  return source;
}
