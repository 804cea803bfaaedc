import type {
  FormattedText,
  InlineKeyboardMarkup,
  ReplyKeyboardMarkup,
  ReplyKeyboardRemove,
} from "../telegram/index.ts";
import type { ConversationSettings, Flow, LocalText, Topic } from "./content.ts";

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
  | "answer.nothing_asked"
  | "answer.source"
  | "answer.sources"
  | "answer.too_long"
  | "answer.unfinished"
  | "answer.unsupported"
  | "answer.withheld"
  | "cancel.nothing"
  | "cancel.question"
  | "commands.ask"
  | "commands.cancel"
  | "commands.language"
  | "commands.settings"
  | "commands.stop"
  | "commands.topics"
  | "edit.answered_below"
  | "edit.old_answer"
  | "error.apology"
  | "flow.back"
  | "flow.begin"
  | "flow.cancel"
  | "flow.changed"
  | "flow.continue"
  | "flow.done"
  | "flow.gone"
  | "flow.half_way"
  | "flow.moved_on"
  | "flow.noted"
  | "flow.over"
  | "flow.retry_choice"
  | "flow.retry_contact"
  | "flow.retry_date"
  | "flow.retry_location"
  | "flow.retry_number"
  | "flow.retry_text"
  | "flow.send_contact"
  | "flow.send_location"
  | "flow.skip"
  | "flow.stopped"
  | "group.hint"
  | "help.text"
  | "language.choose"
  | "language.set"
  | "media.about_audio"
  | "media.about_document"
  | "media.about_photo"
  | "media.about_video"
  | "media.about_voice"
  | "media.gone"
  | "media.no_model"
  | "media.some_left_out"
  | "media.too_large"
  | "media.under_18"
  | "media.unsupported"
  | "menu.ask"
  | "menu.ask_invitation"
  | "menu.help"
  | "menu.leave"
  | "menu.left"
  | "menu.new"
  | "menu.settings"
  | "menu.topics"
  | "new.done"
  | "nudge.contact"
  | "nudge.dice"
  | "nudge.location"
  | "nudge.poll"
  | "nudge.sticker"
  | "onboarding.offer"
  | "risk.no_answer"
  | "risk.alert"
  | "risk.alert_in_group"
  | "settings.age"
  | "settings.age_not_say"
  | "settings.age_unknown"
  | "settings.back"
  | "settings.choose_age"
  | "settings.data"
  | "settings.language"
  | "settings.leave"
  | "settings.private_only"
  | "settings.start_over"
  | "settings.title"
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
  | "topics.back"
  | "topics.empty"
  | "topics.title"
  | "unsupported.command"
  | "unsupported.message"
  | "wait.minutes"
  | "wait.place"
  | "wait.stop";

/** What the operator wrote. */
export interface ConversationContent {
  bot: ConversationSettings;
  flows: Readonly<Record<string, Flow>>;
  /** The categories of the FAQ, in their order. */
  topics: readonly Topic[];
  translate(language: string, key: TextKey, values?: Record<string, string | number>): string;
  /** A text of the flows and topics, in a language of the content. */
  say(text: LocalText, language: string): string;
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
  /** What was said before `history`, in short. */
  summary?: string;
  /** Files the question comes with; they are on disk, and whoever put them there removes them. */
  attachments?: readonly { path: string; mimeType: string; sizeBytes: number }[];
  profile?: { ageGroup?: "under-18" | "18-or-over"; topic?: string };
  /** It touches what is stored about the person: its answer is never kept for others. */
  isPersonal?: boolean;
  /** The Telegram user id of whoever asks. */
  askedBy: number;
  libraryOnly?: "under-18";
  /** Of the questions that wait for the model, the one with the lowest goes first. */
  order: number;
  signal: AbortSignal;
  onQueued(): Promise<void>;
  onStarted(): Promise<void>;
  /** The wait is expected to pass 5 s; called again, rarely, as it changes. `place` counts from 1. */
  onWaiting(wait: { place: number; estimatedMs: number }): void;
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
      model: string;
      /** It was written for the same question before. */
      isCached?: true;
      /** The id of the danger the model saw in the question. */
      risk?: string;
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

/** A danger that a rule of the operator found in a message. */
export interface Risk {
  id: string;
  /** Markdown, in the person's language. */
  help: string;
}

/** What the conversation asks of the answers part. */
export interface ConversationAnswers {
  answer(question: Question): Promise<Answer>;
  /** At once, by the operator's rules alone. */
  checkRisk(text: string, language: string): Risk | null;
  /** The help text of a rule, such as one the model flagged; null for an unknown id. */
  riskHelp(id: string, language: string): string | null;
}

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
  /** Says, in a message of its own that the text takes the place of, that it takes a while. */
  wait(markdown: string, keyboard: InlineKeyboardMarkup): void;
  /** Whether there is a message (step 0 of the update) that the answer should take the place of. */
  isMessageShown(): boolean;
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
  /** Whether a message of an earlier try, step 0 of the update, stands there for the text to take the place of. */
  hasMessage?: boolean;
}

/** How the conversation reaches Telegram. */
export interface ConversationTelegram {
  /** Resolves when the sends are durable; they are delivered in order, and never twice for one update. */
  record(sends: readonly OutgoingSend[]): Promise<void>;
  startLiveReply(target: LiveReplyTarget): LiveReply;
  /** Ends the waiting mark of a pressed button, with a short notice if there is a text. Best effort. */
  acknowledge(callbackQueryId: string, text?: string): void;
  format(markdown: string): FormattedText[];
  /** The id of the message a send became; null when it became none, or it was long ago. */
  sentMessage(seq: number, step: number): Promise<number | null>;
}

export type { InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove };
