import type { WireContact, WireLocation } from "../chats/wire.ts";
import type { FileKind } from "../files/files.ts";

/** A person who acts. The name and language are remembered, so that later calls may leave them out. */
export interface SandboxPerson {
  userId: number;
  firstName?: string;
  languageCode?: string;
}

export interface SendOptions {
  /** A group created with `createGroup`; the private chat with the bot if left out. */
  chatId?: number;
  /** A topic of a forum group; created when it is new. */
  threadId?: number;
  /** The message this one replies to. */
  replyTo?: number;
  /** Marks the message as forwarded from a person of this name, who hides their account. */
  forwardedFrom?: string;
}

/** A file a person sends. */
export interface SandboxFile {
  kind: FileKind;
  name?: string;
  /** The declared type; where the content can be recognized, that decides. */
  mimeType?: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
  caption?: string;
}

/** A message that a person has sent; `updateId` is -1 when the bot does not receive such updates. */
export interface Sent {
  updateId: number;
  messageId: number;
}

export interface SandboxGroup {
  /** Negative, like Telegram's group ids. */
  chatId: number;
  title: string;
  /** A forum has topics (threads). */
  isForum?: boolean;
  /** A basic group, which `upgradeGroup` can turn into a supergroup. */
  isBasic?: boolean;
  /** The bot has long been in it, and gets no update that it was added. */
  isOld?: boolean;
}

/** The actions of people. Each resolves once its update is queued and, with a storage, stored. */
export interface People {
  /** Sends a text. A person who has blocked the bot unblocks it first, as in Telegram's app. */
  sendText(person: SandboxPerson, text: string, options?: SendOptions): Promise<Sent>;
  /** Sends files, several as an album. Each is read to its end before the next is requested. */
  sendFiles(
    person: SandboxPerson,
    files: readonly SandboxFile[] | AsyncIterable<SandboxFile>,
    options?: SendOptions,
  ): Promise<Sent[]>;
  sendLocation(person: SandboxPerson, location: WireLocation, options?: SendOptions): Promise<Sent>;
  /** Sends a contact; if left out, the person's own with a made-up number. */
  sendContact(person: SandboxPerson, contact?: WireContact, options?: SendOptions): Promise<Sent>;
  sendSticker(person: SandboxPerson, emoji: string, options?: SendOptions): Promise<Sent>;
  /** Rolls a die; if the value is left out, it depends on the clock. */
  sendDice(person: SandboxPerson, value?: number, options?: SendOptions): Promise<Sent>;
  /** Edits the text or caption of a person's own message. */
  editMessage(userId: number, chatId: number, messageId: number, text: string): Promise<Sent>;
  /** Reacts to a message; null removes the reaction. */
  react(userId: number, chatId: number, messageId: number, emoji: string | null): Promise<void>;
  /** Presses an inline button. @throws AppError when the message has no button with this data. */
  pressButton(
    userId: number,
    chatId: number,
    messageId: number,
    data: string,
  ): Promise<{ updateId: number; callbackQueryId: string }>;
  /** Queues any update, of a known kind or not, whatever `allowed_updates` says. @returns its id. */
  sendUpdate(content: Record<string, unknown>): Promise<number>;
  /** Blocks the bot: it gets a my_chat_member update, and its sends to the person fail with 403. */
  block(userId: number): Promise<void>;
  unblock(userId: number): Promise<void>;
  /** Creates a group with the bot in it, which gets a my_chat_member update; renames a group that exists. */
  createGroup(group: SandboxGroup): Promise<void>;
  /** Joins a group, with a service message in it. */
  joinGroup(person: SandboxPerson, chatId: number): Promise<Sent>;
  /** Turns a basic group into a supergroup, as Telegram does by itself. @returns its new id. */
  upgradeGroup(chatId: number): Promise<number>;
}
