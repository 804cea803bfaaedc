import type { Message, Update } from "../../telegram/index.ts";
import { commandOf, isMentioned, type Words, withoutMention, wordsOf } from "./addressing.ts";
import { isServiceMessage } from "./message-kinds.ts";

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
  /** Telegram's own stop button was pressed while an answer was shown as a draft. */
  | { kind: "stopped"; draftId: number }
  /** The bot was added to a group, and can write there. */
  | { kind: "added" }
  /** In the private chat: the person blocked or unblocked the bot. */
  | { kind: "blocked"; isBlocked: boolean; personId: number }
  /** The group became a supergroup, which has another id. */
  | { kind: "moved"; fromChatId: number; toChatId: number }
  /** Nothing the bot reacts to. */
  | { kind: "none" }
  /** Not of the shape Telegram sends; parsing failed with this error. */
  | { kind: "unreadable"; error: unknown };

/** Says what an update asks for. In a group only what is addressed to the bot counts: a command, a mention, a reply. */
export function readUpdate(update: Update, bot: Bot): Incoming {
  if (update.callback_query?.message) {
    const { data, message } = update.callback_query;
    return { kind: "press", data, messageId: message.message_id };
  }
  if (update.stopped_message_generation) {
    return { kind: "stopped", draftId: update.stopped_message_generation.draft_id };
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
  if (!message || isAutomatic(message) || isServiceMessage(message)) return { kind: "none" };
  return message.text === undefined ? readMedia(message, bot) : readText(wordsOf(message), message, bot);
}

/** Whether no person wrote it: it is from another bot, or a channel's post that Telegram forwarded to its group. */
export function isAutomatic({ from, sender_chat, is_automatic_forward }: Message): boolean {
  // People who write as a chat, anonymous administrators among them, have a bot of Telegram's as their sender.
  return is_automatic_forward === true || (from?.is_bot === true && sender_chat === undefined);
}

/** In a group, a file counts when its caption is addressed to the bot or it is a reply to the bot. */
function readMedia(message: Message, bot: Bot): Incoming {
  const words = wordsOf(message);
  const command = commandOf(words, bot);
  if (command === "of-another-bot") return { kind: "none" };
  // `/ask` below a picture is a question about it.
  if (command?.name === "ask")
    return { kind: "media", message: { ...message, caption: command.args, caption_entities: [] } };
  if (command) return { kind: "command", ...command, message };
  return isAddressed(words, message, bot) ? { kind: "media", message } : { kind: "none" };
}

/** Edits of albums are ignored: Telegram does not send the other files again, which the question was also about. */
function readEdit(message: Message, bot: Bot): Incoming {
  if (isAutomatic(message) || message.media_group_id !== undefined) return { kind: "none" };
  const incoming = readText(wordsOf(message), message, bot);
  return incoming.kind === "question" ? { ...incoming, kind: "edit" } : { kind: "none" };
}

function readText(words: Words, message: Message, bot: Bot): Incoming {
  const command = commandOf(words, bot);
  if (command === "of-another-bot") return { kind: "none" };
  if (command) return { kind: "command", ...command, message };
  if (!isAddressed(words, message, bot)) return { kind: "none" };
  const question = withoutMention(words, bot);
  if (question === "") return readBareMention(message, bot);
  return { kind: "question", text: question, message };
}

/** A mention without words below somebody's message asks what that message asks; elsewhere it asks for help. */
function readBareMention(message: Message, bot: Bot): Incoming {
  const replied = message.reply_to_message;
  if (!replied || replied.from?.id === bot.id || isServiceMessage(replied)) {
    return { kind: "command", name: "help", args: "", message };
  }
  const text = message.quote?.text ?? wordsOf(replied).text;
  return text === "" ? { kind: "media", message } : { kind: "question", text, message };
}

function isAddressed(words: Words, message: Message, bot: Bot): boolean {
  const isReply = message.reply_to_message?.from?.id === bot.id;
  return message.chat.type === "private" || isReply || isMentioned(words, bot);
}

type Membership = NonNullable<Update["my_chat_member"]>;

function readMembership({ chat, from, old_chat_member, new_chat_member }: Membership): Incoming {
  if (chat.type === "private") {
    return { kind: "blocked", isBlocked: new_chat_member.status === "kicked", personId: from.id };
  }
  if (chat.type === "channel") return { kind: "none" };
  const isAdded = !isInGroup(old_chat_member) && isInGroup(new_chat_member);
  return isAdded ? { kind: "added" } : { kind: "none" };
}

/** A restricted member is still in the group, so lifting a restriction adds nobody. */
function isInGroup(member: Membership["new_chat_member"]): boolean {
  if (member.status === "restricted") return "is_member" in member && member.is_member;
  return ["member", "administrator", "creator"].includes(member.status);
}
