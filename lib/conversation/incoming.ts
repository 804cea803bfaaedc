import type { Message, Update } from "../telegram/index.ts";

/** The bot on Telegram. */
export interface Bot {
  id: number;
  username: string;
}

/** What an update asks of the conversation. */
export type Incoming =
  | { kind: "command"; name: string; args: string; message: Message }
  /** Text that is no command, without the mention of the bot. */
  | { kind: "question"; text: string; message: Message }
  /** A message without text: a picture, a sticker, a voice message … */
  | { kind: "media"; message: Message }
  /** A text or a caption was edited. */
  | { kind: "edit"; text: string; message: Message }
  | { kind: "press"; data: string | undefined; messageId: number }
  /** The bot was added to a group. */
  | { kind: "added" }
  /** In the private chat: the person blocked or unblocked the bot. */
  | { kind: "blocked"; isBlocked: boolean; personId: number }
  /** The group became a supergroup, which has another id. */
  | { kind: "moved"; fromChatId: number; toChatId: number }
  /** Nothing the bot reacts to. */
  | { kind: "none" }
  /** Not of the shape Telegram sends; parsing failed with this error. */
  | { kind: "unreadable"; error: unknown };

const MEDIA = [
  "animation",
  "audio",
  "contact",
  "dice",
  "document",
  "location",
  "photo",
  "poll",
  "sticker",
  "venue",
  "video",
  "video_note",
  "voice",
] as const satisfies readonly (keyof Message)[];

const IN_GROUP: readonly string[] = ["member", "administrator"];

/** Says what an update asks for. In a group only what is addressed to the bot counts: a command, a mention, a reply. */
export function readUpdate(update: Update, bot: Bot): Incoming {
  if (update.callback_query?.message) {
    const { data, message } = update.callback_query;
    return { kind: "press", data, messageId: message.message_id };
  }
  if (update.my_chat_member) return readMembership(update.my_chat_member);
  if (update.edited_message) return readEdit(update.edited_message, bot);
  const { message } = update;
  if (message?.migrate_to_chat_id !== undefined) {
    return { kind: "moved", fromChatId: message.chat.id, toChatId: message.migrate_to_chat_id };
  }
  if (message?.migrate_from_chat_id !== undefined) {
    return { kind: "moved", fromChatId: message.migrate_from_chat_id, toChatId: message.chat.id };
  }
  if (!message || isAutomatic(message)) return { kind: "none" };
  return message.text === undefined ? readMedia(message, bot) : readText(message.text, message, bot);
}

/**
 * Whether no person wrote it: it is from another bot, or a channel's post that Telegram forwarded to the channel's
 * group. An anonymous administrator is a person, though Telegram names a bot of its own as the sender.
 */
export function isAutomatic({ from, chat, sender_chat, is_automatic_forward }: Message): boolean {
  return is_automatic_forward === true || (from?.is_bot === true && sender_chat?.id !== chat.id);
}

/** In a group, a picture counts when its caption mentions the bot or it is a reply to the bot. */
function readMedia(message: Message, bot: Bot): Incoming {
  const isMedia = MEDIA.some((kind) => message[kind] !== undefined);
  return isMedia && isAddressed(message.caption ?? "", message, bot)
    ? { kind: "media", message }
    : { kind: "none" };
}

/** Edits of albums are ignored: Telegram does not send the other files again, which the question was also about. */
function readEdit(message: Message, bot: Bot): Incoming {
  if (isAutomatic(message) || message.media_group_id !== undefined) return { kind: "none" };
  const incoming = readText(message.text ?? message.caption ?? "", message, bot);
  return incoming.kind === "question" ? { ...incoming, kind: "edit" } : { kind: "none" };
}

function readText(text: string, message: Message, bot: Bot): Incoming {
  const command = /^\/([a-z\d_]{1,32})(?:@(\w+))?(?:\s+|$)/i.exec(text);
  if (command) {
    const [whole, name = "", to] = command;
    if (to !== undefined && to.toLowerCase() !== bot.username.toLowerCase()) return { kind: "none" };
    return { kind: "command", name: name.toLowerCase(), args: text.slice(whole.length).trim(), message };
  }
  if (!isAddressed(text, message, bot)) return { kind: "none" };
  const question = withoutMention(text, bot);
  if (question === "") return { kind: "command", name: "help", args: "", message };
  return { kind: "question", text: question, message };
}

function isAddressed(text: string, message: Message, bot: Bot): boolean {
  const isReply = message.reply_to_message?.from?.id === bot.id;
  return message.chat.type === "private" || isReply || text.search(mentionOf(bot)) >= 0;
}

/** A text without mentions of the bot. */
export function withoutMention(text: string, bot: Bot): string {
  return text.replaceAll(mentionOf(bot), "").replaceAll(/ {2,}/g, " ").trim();
}

function mentionOf({ username }: Bot): RegExp {
  return username === "" ? /(?!)/g : new RegExp(`@${username}\\b`, "gi");
}

function readMembership({
  chat,
  from,
  old_chat_member,
  new_chat_member,
}: NonNullable<Update["my_chat_member"]>): Incoming {
  if (chat.type === "private") {
    return { kind: "blocked", isBlocked: new_chat_member.status === "kicked", personId: from.id };
  }
  const wasIn = IN_GROUP.includes(old_chat_member.status);
  return !wasIn && IN_GROUP.includes(new_chat_member.status) ? { kind: "added" } : { kind: "none" };
}
