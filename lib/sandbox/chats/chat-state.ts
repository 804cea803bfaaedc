import type { StoredEntry } from "../storage.ts";
import type { ChatAction, Draft, Reaction } from "./chat-view.ts";
import type { ReplyKeyboard, WireChat, WireMessage } from "./wire.ts";

/** What is known about a chat. */
export interface ChatState {
  chat: WireChat;
  messages: Map<number, WireMessage>;
  threads: Set<number>;
  /** Messages whose reply markup is not an inline keyboard; Telegram lets nobody edit those. */
  fixed: Set<number>;
  draft: Draft | null;
  action: ChatAction | null;
  keyboard: ReplyKeyboard | null;
  readUpTo: number;
  reactions: Map<number, Reaction[]>;
  /** The supergroup this group became. */
  migratedTo: number | null;
}

/** What of it outlasts a restart, beside its messages and the reactions to them. */
interface StoredChat {
  chat: WireChat;
  threads: number[];
  fixed: number[];
  keyboard: ReplyKeyboard | null;
  migratedTo?: number | null;
}

/** Reactions as they are stored. */
export interface StoredReactions {
  chatId: number;
  messageId: number;
  reactions: Reaction[];
}

/** A chat in which nothing has happened yet. */
export function newChat(chat: WireChat, threads: readonly number[]): ChatState {
  return {
    chat,
    messages: new Map(),
    threads: new Set(threads),
    fixed: new Set(),
    draft: null,
    action: null,
    keyboard: null,
    readUpTo: 0,
    reactions: new Map(),
    migratedTo: null,
  };
}

/** A chat as an earlier run stored it, without its messages. */
export function storedChat(value: unknown): ChatState {
  const { chat, threads, fixed, keyboard, migratedTo } = value as StoredChat;
  return { ...newChat(chat, threads), fixed: new Set(fixed), keyboard, migratedTo: migratedTo ?? null };
}

/** A chat as it is stored. */
export function chatEntry({ chat, threads, fixed, keyboard, migratedTo }: ChatState): StoredEntry {
  const value: StoredChat = { chat, threads: [...threads], fixed: [...fixed], keyboard, migratedTo };
  return { kind: "chat", id: String(chat.id), value };
}

/** A message as it is stored. */
export function messageEntry(message: WireMessage): StoredEntry {
  return { kind: "message", id: `${message.chat.id}:${message.message_id}`, value: message };
}

/** The reactions to a message as they are stored; nothing where there are none. */
export function reactionsEntry(stored: StoredReactions): StoredEntry {
  const { chatId, messageId, reactions } = stored;
  return { kind: "reactions", id: `${chatId}:${messageId}`, value: reactions.length > 0 ? stored : null };
}
