import type { StoredEntry } from "../storage.ts";
import type { ChatAction, Draft, Reaction } from "./chat-view.ts";
import type { ReplyKeyboard, WireChat, WireMessage } from "./wire.ts";

/** The state of a chat. */
export interface ChatState {
  chat: WireChat;
  messages: Map<number, WireMessage>;
  threads: Set<number>;
  /** Messages with another reply markup than an inline keyboard, which Telegram does not let the bot edit. */
  fixed: Set<number>;
  draft: Draft | null;
  action: ChatAction | null;
  keyboard: ReplyKeyboard | null;
  readUpTo: number;
  reactions: Map<number, Reaction[]>;
  /** The supergroup that this group became. */
  migratedTo: number | null;
}

/** The part that is stored with the chat; messages and reactions are stored on their own. */
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

/** The state of a new chat. */
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

/** Restores a chat without its messages. */
export function storedChat(value: unknown): ChatState {
  const { chat, threads, fixed, keyboard, migratedTo } = value as StoredChat;
  return { ...newChat(chat, threads), fixed: new Set(fixed), keyboard, migratedTo: migratedTo ?? null };
}

/** The entry that stores a chat. */
export function chatEntry({ chat, threads, fixed, keyboard, migratedTo }: ChatState): StoredEntry {
  const value: StoredChat = { chat, threads: [...threads], fixed: [...fixed], keyboard, migratedTo };
  return { kind: "chat", id: String(chat.id), value };
}

/** The entry that stores a message. */
export function messageEntry(message: WireMessage): StoredEntry {
  return { kind: "message", id: `${message.chat.id}:${message.message_id}`, value: message };
}

/** The entry that stores the reactions to a message; it deletes them where there are none. */
export function reactionsEntry(stored: StoredReactions): StoredEntry {
  const { chatId, messageId, reactions } = stored;
  return { kind: "reactions", id: `${chatId}:${messageId}`, value: reactions.length > 0 ? stored : null };
}
