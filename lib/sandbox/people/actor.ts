import { AppError } from "../../core/index.ts";
import type { WireMessage, WireUpdate, WireUser } from "../chats/wire.ts";
import type { World } from "../chats/world.ts";
import type { StoredEntry } from "../storage.ts";
import type { SandboxPerson, SendOptions, Sent } from "./people.ts";

/** What all actions of people share: the person, the chat, and the update that the bot gets. */
export class Actor {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** The present time in seconds, as in the Bot API. */
  seconds(): number {
    return Math.floor(this.world.clock.now() / 1000);
  }

  /** Stores the update with its changes, then queues it, so that a restart loses no update that the bot has seen. */
  async queue(content: Record<string, unknown>, entries: readonly StoredEntry[]): Promise<number> {
    const { events, saver, updates } = this.world;
    const update: WireUpdate = { update_id: updates.nextId(), ...content };
    await saver.save([...entries, ...updates.entriesOf(update)]);
    updates.push(update);
    events.emit({ type: "update", updateId: update.update_id });
    return update.update_id;
  }

  /** Queues an update if the bot receives its kind; otherwise only stores the changes. @returns its id, or -1. */
  async queueIfWanted(kind: string, value: object, entries: readonly StoredEntry[]): Promise<number> {
    const { saver, updates } = this.world;
    if (updates.wants(kind)) return this.queue({ [kind]: value }, entries);
    await saver.save(entries);
    return -1;
  }

  /** The person as a user of Telegram, with the entries to store when something about them is new. */
  remember({ userId, firstName, languageCode }: SandboxPerson): { user: WireUser; entries: StoredEntry[] } {
    const { chats } = this.world;
    const known = chats.person(userId);
    const language = languageCode ?? known?.user.language_code ?? "en";
    const name = firstName ?? known?.user.first_name ?? `Person ${userId}`;
    const user: WireUser = { id: userId, is_bot: false, first_name: name, language_code: language };
    const isSame = known?.user.first_name === name && known.user.language_code === language;
    return { user, entries: isSame ? [] : [chats.setPerson({ user, blocked: known?.blocked ?? false })] };
  }

  /** Creates the private chat or topic that a person writes in, where it is new. */
  openChat(user: WireUser, { chatId, threadId }: SendOptions): StoredEntry[] {
    const { chats } = this.world;
    if (chatId === undefined || chatId === user.id) {
      if (chats.has(user.id) && chats.chat(user.id).first_name === user.first_name) return [];
      return [chats.setChat({ id: user.id, type: "private", first_name: user.first_name })];
    }
    if (!chats.has(chatId)) throw unknown(`group ${chatId}: make it with createGroup first`);
    return threadId === undefined ? [] : [chats.setChat(chats.chat(chatId), [threadId])];
  }

  /** Sends new messages of a person, in order, each as an update of its own. */
  async say(
    person: SandboxPerson,
    contents: readonly Partial<WireMessage>[],
    options: SendOptions,
    more: readonly StoredEntry[] = [],
  ): Promise<Sent[]> {
    const { chats, events } = this.world;
    if (chats.person(person.userId)?.blocked) await this.changeMembership(person.userId, false);
    const { user, entries } = this.remember(person);
    entries.push(...this.openChat(user, options), ...more);
    const chat = chats.chat(options.chatId ?? user.id);
    const place = { from: user, chat, date: this.seconds(), ...this.context(chat.id, options) };
    const sent = contents.map(async (content, index) => {
      const message: WireMessage = { message_id: chats.nextMessageId(), ...place, ...content };
      const changed = [...(index === 0 ? entries : []), ...chats.putMessage(message)];
      events.emit({ type: "message", chatId: chat.id, message });
      const updateId = await this.queueIfWanted("message", message, changed);
      return { updateId, messageId: message.message_id };
    });
    return Promise.all(sent);
  }

  private context(chatId: number, options: SendOptions): Partial<WireMessage> {
    const { threadId, replyTo, forwardedFrom } = options;
    const replied = replyTo === undefined ? undefined : this.world.chats.message(chatId, replyTo);
    const { reply_to_message: _nested, ...quoted } = replied ?? {};
    const origin = { type: "hidden_user" as const, date: this.seconds() };
    return {
      ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true as const }),
      ...(replied ? { reply_to_message: quoted as WireMessage } : {}),
      ...(forwardedFrom === undefined
        ? {}
        : { forward_origin: { ...origin, sender_user_name: forwardedFrom } }),
    };
  }

  /** Blocks or unblocks the bot. */
  async changeMembership(userId: number, blocked: boolean): Promise<void> {
    const { bot, chats } = this.world;
    const { user, entries } = this.remember({ userId });
    if (chats.person(userId)?.blocked === blocked) return;
    entries.push(...this.openChat(user, {}), chats.setPerson({ user, blocked }));
    const [left, joined] = ["kicked", "member"].map((status) => ({ user: bot, status }));
    const change = {
      chat: chats.chat(userId),
      from: user,
      date: this.seconds(),
      old_chat_member: blocked ? joined : left,
      new_chat_member: blocked ? left : joined,
    };
    await this.queueIfWanted("my_chat_member", change, entries);
  }
}

/** The error for naming something that does not exist. */
export function unknown(what: string): AppError {
  return new AppError(`the simulated Telegram knows no ${what}`, { code: "SANDBOX_UNKNOWN" });
}

/** The item of a list of one. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new AppError("nothing was sent", { code: "SANDBOX_NOTHING_SENT" });
  return item;
}
