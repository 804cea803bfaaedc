import type { Clock } from "../../core/index.ts";
import { BotApiError, badRequest } from "../bot-api/api-error.ts";
import type { StoredEntry } from "../storage.ts";
import {
  type ChatState,
  chatEntry,
  messageEntry,
  newChat,
  reactionsEntry,
  type StoredReactions,
  storedChat,
} from "./chat-state.ts";
import type { ChatAction, ChatView, Draft, Reaction } from "./chat-view.ts";
import type { ReplyKeyboard, WireChat, WireMessage, WireUser } from "./wire.ts";

/** Beyond this number the oldest message of a chat is dropped. */
const MAX_MESSAGES = 500;

/** A person, and whether they have blocked the bot. */
export interface Person {
  user: WireUser;
  blocked: boolean;
}

/** The people, chats and messages of the simulation, in memory. Changes return the entries that the caller has to store. */
export class Chats {
  private readonly chats = new Map<number, ChatState>();
  private readonly people = new Map<number, Person>();
  private lastMessageId = 0;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  person(userId: number): Person | undefined {
    return this.people.get(userId);
  }

  setPerson(person: Person): StoredEntry {
    this.people.set(person.user.id, person);
    return { kind: "person", id: String(person.user.id), value: person };
  }

  has(chatId: number): boolean {
    return this.chats.has(chatId);
  }

  /** Adds a chat, or updates a known one. */
  setChat(chat: WireChat, threads: readonly number[] = []): StoredEntry {
    const known = this.chats.get(chat.id);
    if (known) {
      known.chat = chat;
      for (const thread of threads) known.threads.add(thread);
    } else {
      this.chats.set(chat.id, newChat(chat, threads));
    }
    return chatEntry(this.state(chat.id));
  }

  chat(chatId: number): WireChat {
    return this.state(chatId).chat;
  }

  /**
   * The chat that a bot's call names, if the bot can send to it.
   * @throws BotApiError 400 for an unknown chat or thread and for a group that became a supergroup, 403 when the
   *   person blocked the bot.
   */
  writable(chatId: unknown, threadId?: number): WireChat {
    if (chatId === undefined || chatId === null || chatId === "") throw badRequest("chat_id is empty");
    const state = typeof chatId === "number" ? this.chats.get(chatId) : undefined;
    if (!state) throw badRequest("chat not found");
    if (state.migratedTo !== null) {
      throw new BotApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", {
        migrate_to_chat_id: state.migratedTo,
      });
    }
    if (this.people.get(state.chat.id)?.blocked) {
      throw new BotApiError(403, "Forbidden: bot was blocked by the user");
    }
    if (threadId !== undefined && !state.threads.has(threadId)) throw badRequest("message thread not found");
    return state.chat;
  }

  /** Sets the last message id; a stored one replaces it. */
  startIdsAfter(id: number): void {
    this.lastMessageId = id;
  }

  nextMessageId(): number {
    this.lastMessageId += 1;
    return this.lastMessageId;
  }

  /** The `media_group_id` of a new album, unique also across restarts. */
  nextAlbumId(): string {
    return `${this.clock.now()}${this.lastMessageId + 1}`;
  }

  message(chatId: number, messageId: number): WireMessage | undefined {
    return this.chats.get(chatId)?.messages.get(messageId);
  }

  /** Adds or replaces a message. A message of the bot ends the chat's draft and action. */
  putMessage(message: WireMessage): StoredEntry[] {
    const state = this.state(message.chat.id);
    state.messages.set(message.message_id, message);
    if (message.from.is_bot) {
      state.action = null;
      if (state.draft?.threadId === message.message_thread_id) state.draft = null;
    }
    const entries = [messageEntry(message), { kind: "counter", id: "message", value: this.lastMessageId }];
    return state.messages.size > MAX_MESSAGES ? [...entries, ...this.dropOldest(state)] : entries;
  }

  removeMessage(chatId: number, messageId: number): StoredEntry[] {
    const state = this.state(chatId);
    state.messages.delete(messageId);
    const entry = { kind: "message", id: `${chatId}:${messageId}`, value: null };
    return state.reactions.has(messageId) ? [entry, ...this.setReactions(chatId, messageId, [])] : [entry];
  }

  reactions(chatId: number, messageId: number): readonly Reaction[] {
    return this.chats.get(chatId)?.reactions.get(messageId) ?? [];
  }

  /** Replaces the reactions to a message. */
  setReactions(chatId: number, messageId: number, reactions: Reaction[]): StoredEntry[] {
    const known = this.state(chatId).reactions;
    if (reactions.length > 0) known.set(messageId, reactions);
    else known.delete(messageId);
    return [reactionsEntry({ chatId, messageId, reactions })];
  }

  /** Marks a group as turned into a supergroup: sends of the bot to its old id fail from now on. */
  migrate(chatId: number, toChatId: number): StoredEntry {
    this.state(chatId).migratedTo = toChatId;
    return chatEntry(this.state(chatId));
  }

  /** The groups that the bot is in, oldest first. */
  groups(): WireChat[] {
    return [...this.chats.values()]
      .filter(({ chat, migratedTo }) => chat.type !== "private" && migratedTo === null)
      .map(({ chat }) => chat);
  }

  private dropOldest(state: ChatState): StoredEntry[] {
    const oldest = state.messages.keys().next().value;
    if (oldest === undefined) return [];
    state.fixed.delete(oldest);
    return this.removeMessage(state.chat.id, oldest);
  }

  /** Whether the bot may edit the message. */
  isEditable(message: WireMessage): boolean {
    return message.from.is_bot && !this.state(message.chat.id).fixed.has(message.message_id);
  }

  /** Marks a message as not editable: it came with a reply keyboard or similar. */
  markUneditable(message: WireMessage): StoredEntry {
    this.state(message.chat.id).fixed.add(message.message_id);
    return chatEntry(this.state(message.chat.id));
  }

  setKeyboard(chatId: number, keyboard: ReplyKeyboard | null): StoredEntry {
    this.state(chatId).keyboard = keyboard;
    return chatEntry(this.state(chatId));
  }

  setDraft(chatId: number, draft: Draft): void {
    this.state(chatId).draft = draft;
  }

  setAction(chatId: number, action: ChatAction): void {
    this.state(chatId).action = action;
  }

  /** Marks a message as confirmed by the bot. */
  markRead(chatId: number, messageId: number): void {
    const state = this.chats.get(chatId);
    if (state) state.readUpTo = Math.max(state.readUpTo, messageId);
  }

  /** The chat as people see it; null if it does not exist. */
  view(chatId: number): ChatView | null {
    const state = this.chats.get(chatId);
    if (!state) return null;
    const now = this.clock.now();
    return {
      chat: state.chat,
      messages: [...state.messages.values()].toSorted((a, b) => a.message_id - b.message_id),
      draft: state.draft && state.draft.until > now ? state.draft : null,
      action: state.action && state.action.until > now ? state.action : null,
      keyboard: state.keyboard,
      readUpTo: state.readUpTo,
      reactions: Object.fromEntries(state.reactions),
    };
  }

  /** Restores what an earlier run stored. All messages count as read until `markUnread` is called. */
  restore(entries: readonly StoredEntry[]): void {
    for (const { kind, id, value } of entries) {
      if (kind === "person") this.setPerson(value as Person);
      if (kind === "counter" && id === "message") this.lastMessageId = Number(value);
      if (kind === "chat") this.chats.set(Number(id), storedChat(value));
    }
    const messages = entries
      .filter(({ kind }) => kind === "message")
      .map(({ value }) => value as WireMessage);
    for (const message of messages.toSorted((a, b) => a.message_id - b.message_id)) {
      const state = this.chats.get(message.chat.id);
      state?.messages.set(message.message_id, message);
      this.markRead(message.chat.id, message.message_id);
      this.lastMessageId = Math.max(this.lastMessageId, message.message_id);
    }
    for (const { kind, value } of entries) {
      if (kind !== "reactions") continue;
      const { chatId, messageId, reactions } = value as StoredReactions;
      this.chats.get(chatId)?.reactions.set(messageId, reactions);
    }
  }

  /** Marks a message and those after it as not confirmed by the bot. */
  markUnread(chatId: number, messageId: number): void {
    const state = this.chats.get(chatId);
    if (state) state.readUpTo = Math.min(state.readUpTo, messageId - 1);
  }

  private state(chatId: number): ChatState {
    const state = this.chats.get(chatId);
    if (!state) throw badRequest("chat not found");
    return state;
  }
}
