import type { Clock } from "../core/index.ts";
import type { ConversationStore, PeopleStore, PersonRecord, SessionRecord } from "../store/index.ts";
import type { CallbackQuery, Message, Update, User } from "../telegram/index.ts";
import { isAutomatic } from "./incoming/incoming.ts";

/** Who wrote or pressed something, and where, by the update alone. */
export interface Address {
  seq: number;
  chatKey: string;
  chatId: number;
  threadId?: number;
  /** Whether it belongs to a thread outside topics, such as the comments under a channel's post. */
  isInReplyThread?: boolean;
  isPrivate: boolean;
  personId: number;
  /** Whether they wrote as a chat: their channel, or the group of an anonymous administrator. */
  isWritingAsChat?: boolean;
  /** On Telegram. */
  firstName?: string;
  /** Telegram's `language_code`. */
  languageCode?: string;
  /** The person's message, or the one whose button was pressed. */
  messageId?: number;
  /** The message that the person's replies to. */
  repliesTo?: number;
  /** Whether a button was pressed, rather than something written. */
  isPress: boolean;
  /**
   * When it was written or edited, in epoch milliseconds by Telegram's clock. A press, which Telegram gives no time, counts
   * as made when the bot stored it.
   */
  sentAt?: number;
}

/** An address with what is stored about the person and the conversation: all that a reply needs. */
export interface Exchange extends Address {
  /**
   * When it was said, by which everything about it is decided: it may have waited while the bot was away.
   */
  at: Date;
  /** One of the content's languages: the one the person chose, else the closest to Telegram's. */
  language: string;
  person: PersonRecord | null;
  /** The active session of the chat. */
  session: SessionRecord | null;
  isOperator: boolean;
  /** Whether the first reply quotes the message it answers. */
  isQuoting: boolean;
}

export interface ExchangeDeps {
  content: { chooseLanguage(languageCode: string | undefined): string };
  people: PeopleStore;
  conversations: ConversationStore;
  operators: Operators;
  clock: Clock;
}

/** Who may use operators' commands, and the chat they share, if any. `chatId` changes when that group is upgraded. */
export interface Operators {
  userIds: readonly number[];
  chatId: number | undefined;
  /** Why the bot cannot write to that chat, if so. */
  problem?: string;
}

/** Where and by whom something was said. */
interface Occasion {
  message: Pick<Message, "chat"> &
    Partial<Pick<Message, "message_id" | "message_thread_id" | "is_topic_message" | "reply_to_message">>;
  from: Sender;
  sentAt?: number;
}

interface Sender extends Pick<User, "id" | "first_name" | "language_code"> {
  isChat?: boolean;
}

/**
 * Whether an operator wrote or pressed something. Telegram names nobody who writes as a chat, so in the operators' chat,
 * where only operators are, such a sender counts as one.
 */
export function isFromOperator(
  { personId, chatId, isWritingAsChat }: Pick<Address, "personId" | "chatId" | "isWritingAsChat">,
  operators: Pick<Operators, "userIds" | "chatId">,
): boolean {
  return operators.userIds.includes(personId) || (isWritingAsChat === true && chatId === operators.chatId);
}

/** Who an update is from, and where; null if the bot cannot reply to it. */
export function addressOf(
  update: Update,
  { seq, chatKey, arrivedAt }: { seq: number; chatKey: string; arrivedAt?: number },
): Address | null {
  const occasion = occasionOf(update);
  if (!occasion) return null;
  const sentAt = occasion.sentAt ?? arrivedAt;
  const { message, from } = occasion;
  const { chat, message_id, message_thread_id, is_topic_message, reply_to_message } = message;
  return {
    seq,
    chatKey,
    chatId: chat.id,
    ...(message_thread_id === undefined
      ? {}
      : is_topic_message
        ? { threadId: message_thread_id }
        : { isInReplyThread: true }),
    isPrivate: chat.type === "private",
    personId: from.id,
    ...(from.isChat ? { isWritingAsChat: true } : {}),
    firstName: from.first_name,
    ...(from.language_code === undefined ? {} : { languageCode: from.language_code }),
    ...(message_id === undefined ? {} : { messageId: message_id }),
    ...(reply_to_message ? { repliesTo: reply_to_message.message_id } : {}),
    isPress: update.callback_query !== undefined,
    ...(sentAt === undefined ? {} : { sentAt }),
  };
}

/** Reads what is stored about the person and the chat, in one round trip. */
export async function openExchange(address: Address, deps: ExchangeDeps): Promise<Exchange> {
  const { people, conversations, content, operators, clock } = deps;
  const [person, session] = await Promise.all([
    people.find(address.personId),
    conversations.activeSession(address.chatKey),
  ]);
  return {
    ...address,
    at: new Date(saidAt(address, clock.now())),
    language: content.chooseLanguage(person?.language ?? address.languageCode),
    person,
    session,
    isOperator: isFromOperator(address, operators),
    isQuoting: !address.isPrivate,
  };
}

/**
 * Telegram keeps an update for a day, and the bot may have waited longer with it. A message that seems older, or of the
 * future, says that the system's clock is wrong: then it counts as said now.
 */
const MAX_AGE_MS = 3 * 24 * 60 * 60_000;

/** When something was said, in epoch milliseconds. */
export function saidAt({ sentAt }: Pick<Address, "sentAt">, now: number): number {
  return sentAt !== undefined && sentAt <= now && now - sentAt < MAX_AGE_MS ? sentAt : now;
}

function occasionOf(update: Update): Occasion | null {
  if (update.callback_query) return pressOccasion(update.callback_query);
  if (update.my_chat_member) {
    const { chat, from } = update.my_chat_member;
    return { message: { chat }, from };
  }
  const stoppedIn = update.stopped_message_generation?.chat;
  if (stoppedIn?.type === "private") {
    return {
      message: { chat: stoppedIn },
      from: { id: stoppedIn.id, first_name: stoppedIn.first_name ?? "" },
    };
  }
  const message = update.message ?? update.edited_message;
  if (!message?.from || isAutomatic(message)) return null;
  return {
    message,
    from: senderOf(message, message.from),
    sentAt: (message.edit_date ?? message.date) * 1000,
  };
}

/**
 * Someone who writes as a chat is that chat: their channel, or the group of an anonymous administrator. `from` is one bot
 * of Telegram's for all of them.
 */
function senderOf({ sender_chat }: Message, from: User): Sender {
  return from.is_bot && sender_chat
    ? { id: sender_chat.id, first_name: sender_chat.title ?? "", isChat: true }
    : from;
}

function pressOccasion(press: CallbackQuery): Occasion | null {
  return press.message && !press.from.is_bot ? { message: press.message, from: press.from } : null;
}
