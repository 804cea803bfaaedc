import type { Message, Update } from "../telegram/index.ts";

/** What an update asks of the conversation. */
export type Incoming =
  | { kind: "command"; name: string }
  | { kind: "question"; text: string }
  | { kind: "press"; data: string | undefined; messageId: number }
  /** A picture, a sticker, a voice message …: something a person sent that cannot be read yet. */
  | { kind: "unreadable" }
  /** The bot was added to a group. */
  | { kind: "added" }
  /** In the private chat: the person blocked or unblocked the bot. */
  | { kind: "blocked"; isBlocked: boolean; personId: number }
  /** Nothing to do. */
  | { kind: "none" };

const UNREADABLE = [
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

/** Reads an update. In a group, only what is addressed to the bot counts: a command, a mention, a reply to it. */
export function readUpdate(update: Update, bot: { id: number; username: string }): Incoming {
  if (update.callback_query?.message) {
    const { data, message } = update.callback_query;
    return { kind: "press", data, messageId: message.message_id };
  }
  if (update.my_chat_member) return readMembership(update.my_chat_member);
  const { message } = update;
  if (!message || message.from?.is_bot) return { kind: "none" };
  const isPrivate = message.chat.type === "private";
  if (message.text === undefined) {
    const isUnreadable = UNREADABLE.some((kind) => message[kind] !== undefined);
    return isPrivate && isUnreadable ? { kind: "unreadable" } : { kind: "none" };
  }
  const command = /^\/([a-z\d_]{1,32})(?:@(\w+))?(?:\s|$)/i.exec(message.text);
  if (command) {
    const [, name = "", to] = command;
    if (to !== undefined && to.toLowerCase() !== bot.username.toLowerCase()) return { kind: "none" };
    return { kind: "command", name: name.toLowerCase() };
  }
  return readText(message.text, message, bot, isPrivate);
}

function readText(
  text: string,
  message: Message,
  bot: { id: number; username: string },
  isPrivate: boolean,
): Incoming {
  const mention = bot.username === "" ? /(?!)/g : new RegExp(`@${bot.username}\\b`, "gi");
  const isAddressed = isPrivate || message.reply_to_message?.from?.id === bot.id || text.search(mention) >= 0;
  if (!isAddressed) return { kind: "none" };
  const question = text.replaceAll(mention, "").replaceAll(/ {2,}/g, " ").trim();
  return question === "" ? { kind: "command", name: "help" } : { kind: "question", text: question };
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
