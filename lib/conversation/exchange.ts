import type { CallbackQuery, Message, Update, User } from "../telegram/index.ts";

/** Who says something to the bot, where, and in which language: what a reply needs to know. */
export interface Exchange {
  seq: number;
  chatKey: string;
  chatId: number;
  threadId?: number;
  isPrivate: boolean;
  personId: number;
  /** One of the content's languages. */
  language: string;
  /** The person's message, to quote in a group. */
  messageId?: number;
}

/** Where and by whom something was said. */
export interface Occasion {
  message: Pick<Message, "chat" | "message_id" | "message_thread_id" | "is_topic_message">;
  from: User;
}

/** The message and the person an update is about, if it is one the bot may reply to. */
export function occasionOf(update: Update): Occasion | null {
  if (update.callback_query) return pressOccasion(update.callback_query);
  const { message } = update;
  if (!message?.from || message.from.is_bot) return null;
  return { message, from: message.from };
}

function pressOccasion(press: CallbackQuery): Occasion | null {
  return press.message && !press.from.is_bot ? { message: press.message, from: press.from } : null;
}

/** The exchange an occasion opens. */
export function exchangeOf(
  { message, from }: Occasion,
  { seq, chatKey }: { seq: number; chatKey: string },
  chooseLanguage: (languageCode: string | undefined) => string,
): Exchange {
  const { chat, message_id, message_thread_id, is_topic_message } = message;
  return {
    seq,
    chatKey,
    chatId: chat.id,
    ...(is_topic_message && message_thread_id !== undefined ? { threadId: message_thread_id } : {}),
    isPrivate: chat.type === "private",
    personId: from.id,
    language: chooseLanguage(from.language_code),
    messageId: message_id,
  };
}
