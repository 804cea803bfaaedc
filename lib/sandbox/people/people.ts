import type { WireContact, WireLocation } from "../chats/wire.ts";
import type { FileKind } from "../files/files.ts";

/** Who acts; the name and language are remembered, so later calls may leave them out. */
export interface SandboxPerson {
  userId: number;
  firstName?: string;
  languageCode?: string;
}

export interface SendOptions {
  /** A group made with `createGroup`; the private chat with the bot if left out. */
  chatId?: number;
  /** A topic of a forum group; it is made when it is new. */
  threadId?: number;
  /** The message this one replies to. */
  replyTo?: number;
  /** The name of whom this is forwarded from, who hides the rest. */
  forwardedFrom?: string;
}

/** A file a person sends. */
export interface SandboxFile {
  kind: FileKind;
  name?: string;
  /** What the sender takes it for; its content decides where that tells. */
  mimeType?: string;
  content: Uint8Array | AsyncIterable<Uint8Array>;
  caption?: string;
}

/** A message a person has sent; `updateId` is -1 when the bot does not want such updates. */
export interface Sent {
  updateId: number;
  messageId: number;
}

export interface SandboxGroup {
  /** Negative, as Telegram's group ids are. */
  chatId: number;
  title: string;
  /** A forum has topics (threads). */
  isForum?: boolean;
  /** A group of the simple kind, which may become a supergroup by `upgradeGroup`. */
  isBasic?: boolean;
}

/** What people do in the simulation. Each resolves once its update is queued, and stored when there is a storage. */
export interface People {
  /** Sends a text. Whoever had blocked the bot unblocks it first, as Telegram's app does. */
  sendText(person: SandboxPerson, text: string, options?: SendOptions): Promise<Sent>;
  /** Sends files, several of them as an album; each is read to its end before the next is asked for. */
  sendFiles(
    person: SandboxPerson,
    files: readonly SandboxFile[] | AsyncIterable<SandboxFile>,
    options?: SendOptions,
  ): Promise<Sent[]>;
  sendLocation(person: SandboxPerson, location: WireLocation, options?: SendOptions): Promise<Sent>;
  /** Sends a contact; the person's own, with a made-up number, where none is given. */
  sendContact(person: SandboxPerson, contact?: WireContact, options?: SendOptions): Promise<Sent>;
  sendSticker(person: SandboxPerson, emoji: string, options?: SendOptions): Promise<Sent>;
  /** Throws a die; it shows what the clock says where no value is given. */
  sendDice(person: SandboxPerson, value?: number, options?: SendOptions): Promise<Sent>;
  /** Changes the text or caption of a person's own message. */
  editMessage(userId: number, chatId: number, messageId: number, text: string): Promise<Sent>;
  /** Reacts to a message, or takes the reaction back with null. */
  react(userId: number, chatId: number, messageId: number, emoji: string | null): Promise<void>;
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
  /** Joins a group, which its members see. */
  joinGroup(person: SandboxPerson, chatId: number): Promise<Sent>;
  /** Makes a simple group a supergroup, as Telegram does by itself; gives its new id. */
  upgradeGroup(chatId: number): Promise<number>;
}
