import { badRequest } from "../bot-api/api-error.ts";
import { integer, isObject, type Params } from "../bot-api/params.ts";
import { type ReplyMarkup, readReplyMarkup } from "../chats/markup.ts";
import type { WireMessage } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import type { StoredEntry } from "../storage.ts";

/** The fields of a new message that do not depend on its content, and its reply markup. */
export interface SendTarget {
  fields: Pick<WireMessage, "from" | "chat" | "date"> & Partial<WireMessage>;
  markup: ReplyMarkup;
}

/** Reads the target of a call that sends. @throws BotApiError when nothing can be sent there. */
export function readTarget(world: World, params: Params): SendTarget {
  const { bot, chats, clock } = world;
  const markup = readReplyMarkup(params);
  const threadId = integer(params, "message_thread_id");
  const chat = chats.writable(params.chat_id, threadId);
  const replyTo = repliedMessage(world, chat.id, params.reply_parameters);
  return {
    markup,
    fields: {
      from: bot,
      chat,
      date: Math.floor(clock.now() / 1000),
      ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true as const }),
      ...(replyTo ? { reply_to_message: replyTo } : {}),
      ...(markup.kind === "inline" ? { reply_markup: markup.keyboard } : {}),
    },
  };
}

/** Adds a new message to its chat, and stores it together with `entries`. */
export async function send(
  world: World,
  { fields, markup }: SendTarget,
  content: Partial<WireMessage>,
  entries: readonly StoredEntry[] = [],
): Promise<WireMessage> {
  const { chats, events, saver } = world;
  const message: WireMessage = { message_id: chats.nextMessageId(), ...fields, ...content };
  const changed = [...entries, ...chats.putMessage(message), ...applyMarkup(world, message, markup)];
  events.emit({ type: "message", chatId: message.chat.id, message });
  await saver.save(changed);
  return message;
}

/** The bot's message that a call edits. @throws BotApiError when it does not exist or cannot be edited. */
export function editable({ chats }: World, params: Params): WireMessage {
  const chat = chats.writable(params.chat_id);
  const messageId = integer(params, "message_id");
  if (messageId === undefined) throw badRequest("message identifier is not specified");
  const message = chats.message(chat.id, messageId);
  if (!message) throw badRequest("message to edit not found");
  if (!chats.isEditable(message)) throw badRequest("message can't be edited");
  return message;
}

/** Replaces a message by its edited version. @throws BotApiError when nothing changed. */
export async function replace(
  { chats, events, saver }: World,
  old: WireMessage,
  edited: WireMessage,
  entries: readonly StoredEntry[] = [],
): Promise<WireMessage> {
  if (contentOf(old) === contentOf(edited)) {
    throw badRequest(
      "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
  }
  const changed = [...entries, ...chats.putMessage(edited)];
  events.emit({ type: "edited", chatId: edited.chat.id, message: edited });
  await saver.save(changed);
  return edited;
}

/** A message as `reply_to_message` of another: without its own `reply_to_message` and buttons. */
export function quoted({
  reply_to_message: _nested,
  reply_markup: _markup,
  ...flat
}: WireMessage): WireMessage {
  return flat;
}

function repliedMessage({ chats }: World, chatId: number, value: unknown): WireMessage | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (!isObject(value)) throw badRequest("can't parse reply parameters JSON object");
  const messageId = integer(value, "message_id");
  const replied = messageId === undefined ? undefined : chats.message(chatId, messageId);
  if (replied) return quoted(replied);
  if (value.allow_sending_without_reply === true) return undefined;
  throw badRequest("message to be replied not found");
}

function applyMarkup({ chats, events }: World, message: WireMessage, markup: ReplyMarkup): StoredEntry[] {
  if (markup.kind === "none" || markup.kind === "inline") return [];
  const entries = [chats.markUneditable(message)];
  if (markup.kind === "force-reply") return entries;
  const keyboard = markup.kind === "keyboard" ? markup.keyboard : null;
  const chatId = message.chat.id;
  entries.push(chats.setKeyboard(chatId, keyboard));
  events.emit({ type: "keyboard", chatId, keyboard });
  return entries;
}

/** The content that an edit may change, for comparison. */
function contentOf({ message_id: _id, date: _date, edit_date: _edited, ...content }: WireMessage): string {
  return JSON.stringify(Object.entries(content).toSorted(([a], [b]) => a.localeCompare(b)));
}
