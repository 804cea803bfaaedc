import type { FormattedText, InlineKeyboardMarkup } from "../telegram/index.ts";

/** What the conversation needs of the other parts; the composition root hands them in. */

/** The sentences the conversation says; the content folder has them in every language. */
export type TextKey =
  | "answer.blocked"
  | "answer.button_stale"
  | "answer.cut_short"
  | "answer.from_library"
  | "answer.library_because_budget"
  | "answer.library_because_busy"
  | "answer.library_because_failed"
  | "answer.library_because_quota"
  | "answer.library_because_under_18"
  | "answer.nothing_found"
  | "answer.source"
  | "answer.sources"
  | "answer.too_long"
  | "answer.unfinished"
  | "answer.unsupported"
  | "answer.withheld"
  | "error.apology"
  | "group.hint"
  | "help.text"
  | "new.done"
  | "start.age_18_or_over"
  | "start.age_question"
  | "start.age_saved_adult"
  | "start.age_saved_under_18"
  | "start.age_skip"
  | "start.age_skipped"
  | "start.age_under_18"
  | "start.library_only"
  | "start.suggestions"
  | "start.welcome"
  | "unsupported.command"
  | "unsupported.message";

/** What the operator wrote. */
export interface ConversationContent {
  bot: { name: string; suggestions: Readonly<Record<string, readonly string[]>> };
  translate(language: string, key: TextKey, values?: Record<string, string | number>): string;
  chooseLanguage(languageCode: string | undefined): string;
}

/** Why the library answers rather than the model. */
export type LibraryReason =
  | "no-model"
  | "under-18"
  | "model-busy"
  | "model-failed"
  | "model-quota"
  | "model-budget";

/** A question for the answers part. */
export interface Question {
  text: string;
  language: string;
  /** Earlier turns, oldest first. */
  history: readonly { sender: "person" | "bot"; text: string }[];
  libraryOnly?: "under-18";
  /** Of the questions that wait for the model, the one with the lowest goes first. */
  order: number;
  signal: AbortSignal;
  onQueued(): Promise<void>;
  onStarted(): Promise<void>;
  /** The answer so far, as Markdown. */
  onText(textSoFar: string): void;
}

/** What came of a question. */
export type Answer =
  | {
      kind: "answer";
      origin: "model";
      /** Markdown. */
      text: string;
      sources: readonly { title: string }[];
      ending: "complete" | "length-limit" | "unfinished";
      usage?: { promptTokens: number; outputTokens: number };
      /** In milliseconds. */
      timing: { waitMs: number; firstTextMs?: number; totalMs: number };
    }
  | {
      kind: "answer";
      origin: "library";
      text: string;
      sources: readonly { title: string }[];
      why: LibraryReason;
    }
  | { kind: "nothing-found"; why: LibraryReason }
  | { kind: "blocked"; code: string };

/** One message to a chat, recorded before it goes. `step` orders the messages of an update. */
export interface OutgoingSend {
  seq: number;
  step: number;
  chatKey: string;
  chatId: number;
  method: string;
  params: Record<string, unknown>;
  /** The `_id` of a send whose message this one edits. */
  edits?: string;
}

/** Shows a reply while it is being made; best effort. */
export interface LiveReply {
  show(textSoFar: string): void;
  /** Resolves when nothing of it can reach the chat any more. */
  stop(): Promise<void>;
}

export interface LiveReplyTarget {
  seq: number;
  chatKey: string;
  chatId: number;
  threadId?: number;
  isPrivate: boolean;
  /** The message that is answered. */
  messageId?: number;
}

/** How the conversation reaches Telegram. */
export interface ConversationTelegram {
  /** Resolves when the sends are durable; they are delivered in order, and never twice for one update. */
  record(sends: readonly OutgoingSend[]): Promise<void>;
  startLiveReply(target: LiveReplyTarget): LiveReply;
  /** Ends the waiting mark of a pressed button, with a short notice if there is a text. Best effort. */
  acknowledge(callbackQueryId: string, text?: string): void;
  format(markdown: string): FormattedText[];
}

export type { InlineKeyboardMarkup };
