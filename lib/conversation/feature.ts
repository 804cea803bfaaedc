import type { InboxTurn } from "../inbox/index.ts";
import type { Message } from "../telegram/index.ts";
import type { Exchange } from "./exchange.ts";
import type { Reply } from "./replies.ts";

/** The turn of an update, as a feature sees it. */
export interface Turn extends InboxTurn {
  /**
   * The order of the questions of all chats: as their turns begin, whatever the database shuffles; somewhat later where
   * more of the same chat waits.
   */
  order: number;
  /** The messages that are handled as one: those of an album, or of a text that Telegram cut. */
  parts: readonly Message[];
  /** Whether the message sounded like danger, to a rule or to the model, and gets the operator's help text. */
  isInDanger: boolean;
  /** Does something once the replies are recorded; for effects that would change the replies, were they made again. */
  afterwards(effect: () => Promise<unknown>): void;
  /** Sends what is ready while the rest is made; the replies in the end begin with the same. */
  sendMeanwhile(replies: readonly Reply[]): Promise<void>;
}

/** A button that was pressed: what stands behind its prefix, and the message it stands under. */
export interface Press {
  value: string;
  messageId: number;
}

/**
 * One thing the bot can do. Every handler says what to reply and may be run again for the same update: it replies from
 * what does not change, and its effects are keyed by the update's `seq` or conditional on it.
 */
export interface Feature {
  /** By name, without the slash. Null: there is no such command for this person here. */
  commands?: Readonly<
    Record<string, (exchange: Exchange, args: string, turn: Turn) => Promise<Reply[] | null>>
  >;
  /** By the part of the callback data before its first colon. Null: the button is stale. */
  presses?: Readonly<
    Record<string, (exchange: Exchange, press: Press, turn: Turn) => Promise<Reply[] | null>>
  >;
  /**
   * Sees a message before it counts as a question: in a private chat and the operators' every one, in other groups
   * those without text that are addressed to the bot. Null: not mine.
   */
  messages?(exchange: Exchange, message: Message, turn: Turn): Promise<Reply[] | null>;
  /** What to add below the answer to a question, such as an offer. */
  answered?(exchange: Exchange, turn: Turn): Promise<Reply[]>;
}
