import type { ReplyKeyboard, WireChat, WireEntity, WireMessage } from "./wire.ts";

/** How long Telegram shows a chat action, in milliseconds. */
export const CHAT_ACTION_MS = 5000;
/** How long Telegram shows a draft that is not renewed, in milliseconds. */
export const DRAFT_MS = 30_000;

/** A message the bot is still writing. */
export interface Draft {
  draftId: number;
  threadId?: number;
  /** Empty while the bot is thinking. */
  text: string;
  entities?: WireEntity[];
  /** When it goes by itself, in milliseconds. */
  until: number;
}

/** What the bot is shown to be doing. */
export interface ChatAction {
  action: string;
  /** When it stops being shown, in milliseconds. */
  until: number;
}

/** A chat as its people see it now. */
export interface ChatView {
  chat: WireChat;
  messages: WireMessage[];
  draft: Draft | null;
  action: ChatAction | null;
  keyboard: ReplyKeyboard | null;
  /** The bot has confirmed the messages up to this id; 0 if none. */
  readUpTo: number;
  /** By message id; messages nobody reacted to are left out. */
  reactions: Record<number, Reaction[]>;
}

/** Who reacted to a message, and how. */
export interface Reaction {
  userId: number;
  emoji: string;
}
