import type { Answers } from "../answers/index.ts";
import type { Content } from "../content/index.ts";
import type { Store } from "../store/index.ts";
import type { FormattedText, LiveReplies, Outbox } from "../telegram/index.ts";

/** The parts of the other rooms that the conversation uses; the composition root hands them in. */

/** What the operator wrote. */
export type ConversationContent = Pick<
  Content,
  "bot" | "flows" | "topics" | "translate" | "say" | "chooseLanguage"
>;

export type ConversationAnswers = Pick<
  Answers,
  "answer" | "askable" | "costOf" | "passage" | "reject" | "checkRisk" | "riskHelp"
>;

export type ConversationStores = Pick<
  Store,
  | "broadcasts"
  | "conversations"
  | "dangerReports"
  | "erasures"
  | "feedback"
  | "handovers"
  | "outbox"
  | "people"
  | "personalData"
  | "personalHistory"
  | "retention"
  | "updates"
>;

/** How the conversation reaches Telegram. */
export interface ConversationTelegram {
  /** Resolves when the sends are durable; they are delivered in order, and never twice for one update. */
  record: Outbox["record"];
  startLiveReply: LiveReplies["start"];
  /** Ends the progress indicator of a pressed button, with a short notice if there is a text. Best effort. */
  acknowledge(callbackQueryId: string, text?: string): void;
  format(markdown: string): FormattedText[];
  /** The id of the message a send became; null when it became none, or it was long ago. */
  sentMessage(seq: number, step: number): Promise<number | null>;
}
