import type { InboxTurn } from "../inbox/index.ts";
import type { Message } from "../telegram/index.ts";
import type { CommandName } from "./commands/menu.ts";
import type { Exchange } from "./exchange.ts";
import type { Reply } from "./replies.ts";

/** The turn of an update, as features see it. */
export interface Turn extends InboxTurn {
  /**
   * The priority of its questions at the model, lowest first: in the order the turns begin, with a penalty for a chat
   * with more updates queued.
   */
  order: number;
  /** How much of it is that penalty. */
  penalty: number;
  /** The messages that are handled as one: an album, or the parts of a text that Telegram cut. */
  parts: readonly Message[];
  /** Whether the message sounded like danger, to a rule or to the model, and gets the operator's help text. */
  isInDanger: boolean;
  /** Runs `effect` once the replies are recorded; for effects that would change the replies of a repetition. */
  afterwards(effect: () => Promise<unknown>): void;
  /** Sends replies that are ready; the handler's own replies must begin with the same ones. */
  sendMeanwhile(replies: readonly Reply[]): Promise<void>;
}

/** A pressed button: its callback data after the prefix, and the message it belongs to. */
export interface Press {
  value: string;
  messageId: number;
}

/** Replies to a command. Null: there is no such command for this person in this chat. */
export type CommandHandler = (exchange: Exchange, args: string, turn: Turn) => Promise<Reply[] | null>;

/** The handlers of these commands. */
export interface Commands<Name extends CommandName> {
  commands: Readonly<Record<Name, CommandHandler>>;
}

/**
 * One thing the bot can do. Every handler returns what to reply and may run again for the same update: its replies
 * depend on nothing that changes, and its effects are keyed by the update's `seq` or conditional on it.
 */
export interface Feature {
  /** By the part of the callback data before its first colon. Null: the button is stale. */
  presses?: Readonly<
    Record<string, (exchange: Exchange, press: Press, turn: Turn) => Promise<Reply[] | null>>
  >;
  /**
   * Sees a message before it becomes a question: every one in private chats and the operators' chat, in other groups
   * those without text that are addressed to the bot. Null: not for this feature.
   */
  messages?(exchange: Exchange, message: Message, turn: Turn): Promise<Reply[] | null>;
  /** What to add below the answer to a question, such as an offer. */
  answered?(exchange: Exchange, turn: Turn): Promise<Reply[]>;
}
