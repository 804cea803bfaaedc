import { badRequest } from "../api-error.ts";
import { CHAT_ACTION_MS, DRAFT_MS, type Draft } from "../chats.ts";
import { type ReplyMarkup, readInlineKeyboard, readReplyMarkup } from "../markup.ts";
import { flag, integer, isObject, type Params, string } from "../params.ts";
import { readDraftText, readText } from "../text.ts";
import type { WireMessage } from "../wire.ts";
import type { Method, World } from "../world.ts";

export const sendMessage: Method = async (world, params) => {
  const { bot, chats, clock, events, saver } = world;
  const content = readText(params);
  const markup = readReplyMarkup(params);
  const threadId = integer(params, "message_thread_id");
  const chat = chats.writable(params.chat_id, threadId);
  const replyTo = repliedMessage(world, chat.id, params.reply_parameters);
  const message: WireMessage = {
    message_id: chats.nextMessageId(),
    from: bot,
    chat,
    date: Math.floor(clock.now() / 1000),
    ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true as const }),
    ...(replyTo ? { reply_to_message: replyTo } : {}),
    ...content,
    ...(isObject(params.link_preview_options) ? { link_preview_options: params.link_preview_options } : {}),
    ...(markup.kind === "inline" ? { reply_markup: markup.keyboard } : {}),
  };
  const entries = [...chats.putMessage(message), ...applyMarkup(world, message, markup)];
  events.emit({ type: "message", chatId: chat.id, message });
  await saver.save(entries);
  return message;
};

export const editMessageText: Method = async (world, params) => {
  const content = readText(params);
  const keyboard = readInlineKeyboard(params);
  const message = editable(world, params);
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

function repliedMessage({ chats }: World, chatId: number, value: unknown): WireMessage | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (!isObject(value)) throw badRequest("can't parse reply parameters JSON object");
  const messageId = integer(value, "message_id");
  const replied = messageId === undefined ? undefined : chats.message(chatId, messageId);
  if (!replied) {
    if (value.allow_sending_without_reply === true) return undefined;
    throw badRequest("message to be replied not found");
  }
  const { reply_to_message: _nested, reply_markup: _markup, ...flat } = replied;
  return flat;
}

function applyMarkup({ chats, events }: World, message: WireMessage, markup: ReplyMarkup) {
  if (markup.kind === "none" || markup.kind === "inline") return [];
  const entries = [chats.fix(message)];
  if (markup.kind === "force-reply") return entries;
  const keyboard = markup.kind === "keyboard" ? markup.keyboard : null;
  const chatId = message.chat.id;
  entries.push(chats.setKeyboard(chatId, keyboard));
  events.emit({ type: "keyboard", chatId, keyboard });
  return entries;
}

function editable({ chats }: World, params: Params): WireMessage {
  const chat = chats.writable(params.chat_id);
  const messageId = integer(params, "message_id");
  if (messageId === undefined) throw badRequest("message identifier is not specified");
  const message = chats.message(chat.id, messageId);
  if (!message) throw badRequest("message to edit not found");
  if (!chats.isEditable(message)) throw badRequest("message can't be edited");
  return message;
}

async function replace({ chats, events, saver }: World, old: WireMessage, edited: WireMessage) {
  if (contentOf(old) === contentOf(edited)) {
    throw badRequest(
      "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
  }
  const entries = chats.putMessage(edited);
  events.emit({ type: "edited", chatId: edited.chat.id, message: edited });
  await saver.save(entries);
  return edited;
}

function contentOf({ text, entities, reply_markup: markup }: WireMessage): string {
  return JSON.stringify([text, entities, markup]);
}
