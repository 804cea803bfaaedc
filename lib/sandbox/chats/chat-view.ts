import type { ReplyKeyboard, WireChat, WireEntity, WireMessage } from "./wire.ts";

/** How long Telegram shows a chat action. */
export const CHAT_ACTION_MS = 5000;
/** How long Telegram shows a draft that is not renewed. */
export const DRAFT_MS = 30_000;

/** A message that the bot is still writing. */
export interface Draft {
  draftId: number;
  threadId?: number;
  /** Empty while the bot is thinking. */
  text: string;
  entities?: WireEntity[];
  /** When it disappears, in epoch milliseconds. */
  until: number;
}

/** What the bot is doing. */
export interface ChatAction {
  action: string;
  /** When it disappears, in epoch milliseconds. */
  until: number;
}

/** A chat as people see it now. */
export interface ChatView {
  chat: WireChat;
  messages: WireMessage[];
  draft: Draft | null;
  action: ChatAction | null;
  keyboard: ReplyKeyboard | null;
  /** The newest message id that the bot has confirmed; 0 if none. */
  readUpTo: number;
  /** By message id; messages without reactions are left out. */
  reactions: Record<number, Reaction[]>;
}

/** A person's reaction to a message. */
export interface Reaction {
  userId: number;
  emoji: string;
}
