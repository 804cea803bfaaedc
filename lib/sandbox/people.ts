import { AppError } from "../core/index.ts";
import { isObject } from "./params.ts";
import type { StoredEntry } from "./storage.ts";
import { formatText, MAX_TEXT_LENGTH } from "./text.ts";
import type { InlineKeyboard, WireChat, WireMessage, WireUpdate, WireUser } from "./wire.ts";
import type { World } from "./world.ts";

/** Who acts; the name and language are remembered, so later calls may leave them out. */
export interface SandboxPerson {
  userId: number;
  firstName?: string;
  languageCode?: string;
}

export interface SendTextOptions {
  /** A group made with `createGroup`; the private chat with the bot if left out. */
  chatId?: number;
  /** A topic of a forum group; it is made when it is new. */
  threadId?: number;
  /** The message this one replies to. */
  replyTo?: number;
}

export interface SandboxGroup {
  /** Negative, as Telegram's group ids are. */
  chatId: number;
  title: string;
  /** A forum has topics (threads). */
  isForum?: boolean;
}

/** What people do in the simulation. Each resolves once its update is queued, and stored when there is a storage. */
export interface People {
  /** Sends a text. Whoever had blocked the bot unblocks it first, as Telegram's app does. */
  sendText(
    person: SandboxPerson,
    text: string,
    options?: SendTextOptions,
  ): Promise<{ updateId: number; messageId: number }>;
  /** Presses an inline button. @throws AppError when the message has no button with this data. */
  pressButton(
    userId: number,
    chatId: number,
    messageId: number,
    data: string,
  ): Promise<{ updateId: number; callbackQueryId: string }>;
  /** Queues any update, known kind or not, whatever kinds the bot asked for; gives its id. */
  sendUpdate(content: Record<string, unknown>): Promise<number>;
  /** Blocks the bot: what it sends is refused with 403 from now on, and it gets a my_chat_member update. */
  block(userId: number): Promise<void>;
  unblock(userId: number): Promise<void>;
  /** Makes a group with the bot in it, who gets a my_chat_member update; or renames one that is there. */
  createGroup(group: SandboxGroup): Promise<void>;
}

export function createPeople(world: World): People {
  const { chats, clock, events, saver, updates } = world;
  const seconds = () => Math.floor(clock.now() / 1000);

  /** Stores the update with what it changed, then queues it: what the bot gets is never forgotten. */
  async function queue(content: Record<string, unknown>, changed: readonly StoredEntry[]): Promise<number> {
    const update: WireUpdate = { ...content, update_id: updates.nextId() };
    await saver.save([...changed, ...updates.entriesOf(update)]);
    updates.push(update);
    events.emit({ type: "update", updateId: update.update_id });
    return update.update_id;
  }

  /** Queues an update of a kind the bot may not want; it is then only stored and counted, as Telegram drops it. */
  async function queueIfWanted(
    kind: string,
    content: unknown,
    changed: readonly StoredEntry[],
  ): Promise<number> {
    if (updates.wants(kind)) return queue({ [kind]: content }, changed);
    await saver.save(changed);
    return updates.nextId();
  }

  function remember({ userId, firstName, languageCode }: SandboxPerson): {
    user: WireUser;
    entries: StoredEntry[];
  } {
    const known = chats.person(userId);
    const language = languageCode ?? known?.user.language_code ?? "en";
    const name = firstName ?? known?.user.first_name ?? `Person ${userId}`;
    const user: WireUser = { id: userId, is_bot: false, first_name: name, language_code: language };
    const isSame = known?.user.first_name === name && known.user.language_code === language;
    return { user, entries: isSame ? [] : [chats.setPerson({ user, blocked: known?.blocked ?? false })] };
  }

  function openChat(user: WireUser, { chatId, threadId }: SendTextOptions): StoredEntry[] {
    if (chatId === undefined || chatId === user.id) {
      if (chats.has(user.id) && chats.chat(user.id).first_name === user.first_name) return [];
      return [chats.setChat({ id: user.id, type: "private", first_name: user.first_name })];
    }
    if (!chats.has(chatId)) throw unknown(`group ${chatId}: make it with createGroup first`);
    return threadId === undefined ? [] : [chats.setChat(chats.chat(chatId), [threadId])];
  }

  async function changeMembership(userId: number, blocked: boolean): Promise<void> {
    const { user, entries } = remember({ userId });
    if (chats.person(userId)?.blocked === blocked) return;
    entries.push(...openChat(user, {}), chats.setPerson({ user, blocked }));
    const [left, joined] = ["kicked", "member"].map((status) => ({ user: world.bot, status }));
    const change = {
      chat: chats.chat(userId),
      from: user,
      date: seconds(),
      old_chat_member: blocked ? joined : left,
      new_chat_member: blocked ? left : joined,
    };
    await queueIfWanted("my_chat_member", change, entries);
  }

  return {
    async sendText(person, text, options = {}) {
      const content = formatText(text, []);
      if (content.text === "" || content.text.length > MAX_TEXT_LENGTH) {
        throw new AppError("a message has 1 to 4096 characters", { code: "SANDBOX_TEXT_LENGTH" });
      }
      if (chats.person(person.userId)?.blocked) await changeMembership(person.userId, false);
      const { user, entries } = remember(person);
      entries.push(...openChat(user, options));
      const chat = chats.chat(options.chatId ?? user.id);
      const { threadId } = options;
      const replied = options.replyTo === undefined ? undefined : chats.message(chat.id, options.replyTo);
      const message: WireMessage = {
        message_id: chats.nextMessageId(),
        from: user,
        chat,
        date: seconds(),
        ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true as const }),
        ...(replied ? { reply_to_message: withoutReply(replied) } : {}),
        ...content,
      };
      entries.push(...chats.putMessage(message));
      events.emit({ type: "message", chatId: chat.id, message });
      return { updateId: await queueIfWanted("message", message, entries), messageId: message.message_id };
    },

    async pressButton(userId, chatId, messageId, data) {
      const message = chats.message(chatId, messageId);
      if (!message || !hasButton(message.reply_markup, data)) {
        throw unknown(`button "${data}" on message ${messageId} of chat ${chatId}`);
      }
      const { user, entries } = remember({ userId });
      const callbackQueryId = world.callbackQueries.add({ userId, chatId, messageId });
      const query = { id: callbackQueryId, from: user, message, chat_instance: String(chatId), data };
      return { updateId: await queueIfWanted("callback_query", query, entries), callbackQueryId };
    },

    sendUpdate: (content) => queue(content, []),
    block: (userId) => changeMembership(userId, true),
    unblock: (userId) => changeMembership(userId, false),

    async createGroup({ chatId, title, isForum }) {
      if (chatId >= 0) throw new AppError("a group's id is negative", { code: "SANDBOX_GROUP_ID" });
      const isKnown = chats.has(chatId);
      const chat: WireChat = {
        id: chatId,
        type: "supergroup",
        title,
        ...(isForum ? { is_forum: true } : {}),
      };
      const entry = chats.setChat(chat);
      if (isKnown) return saver.save([entry]);
      const [before, after] = ["left", "administrator"].map((status) => ({ user: world.bot, status }));
      const owner: WireUser = { id: 1, is_bot: false, first_name: "Owner" };
      const change = { chat, from: owner, date: seconds(), old_chat_member: before, new_chat_member: after };
      await queueIfWanted("my_chat_member", change, [entry]);
    },
  };
}

function withoutReply({ reply_to_message: _nested, ...message }: WireMessage): WireMessage {
  return message;
}

function hasButton(markup: InlineKeyboard | undefined, data: string): boolean {
  if (!isObject(markup)) return false;
  return (markup as InlineKeyboard).inline_keyboard.flat().some((button) => button.callback_data === data);
}

function unknown(what: string): AppError {
  return new AppError(`the simulated Telegram knows no ${what}`, { code: "SANDBOX_UNKNOWN" });
}
