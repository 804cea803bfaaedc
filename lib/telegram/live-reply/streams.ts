import type { TelegramApi } from "../api.ts";
import { classifyFailure, type Failure, refusalOf } from "../failures.ts";
import type { FormattedText } from "../formatting/index.ts";
import { type Outbox, outboxId } from "../outbox/index.ts";
import type { InlineKeyboardMarkup } from "../types.ts";
import { addressOf, draftIdOf, type LiveReplyTarget } from "./target.ts";

/** A way to show a growing text. */
export interface TextStream {
  /** The least time between two steps, in milliseconds. */
  readonly intervalMs: number;
  /** Shows the text: `shown`, `later` when it was not possible now, `over` when it will not be possible. Never rejects. */
  show(formatted: FormattedText, keyboard?: InlineKeyboardMarkup): Promise<"shown" | "later" | "over">;
}

export interface StreamOptions {
  api: Pick<TelegramApi, "call">;
  outbox: Pick<Outbox, "noteUnclearEdit" | "record" | "settled" | "takeSpare">;
  target: LiveReplyTarget;
  /** Aborts when the reply is stopped. */
  stopping: AbortSignal;
  /** Aborts later than `stopping` and ends calls in flight. */
  abandoned: AbortSignal;
}

const DRAFT_INTERVAL_MS = 400;
/** A group takes 20 messages a minute, edits included: one in three seconds. */
const EDIT_INTERVAL_MS = 3_000;
/** Telegram's FAQ: avoid more than one message a second in a chat. */
const PRIVATE_EDIT_INTERVAL_MS = 1_200;
/** Once this many drafts were refused, and none was accepted, they are not tried any more. */
const MAX_DRAFT_REFUSALS = 3;

/** Whether this server and this bot can stream by drafts: learnt by trying, and shared by all replies. */
export class DraftSupport {
  #refusals = 0;

  get isRefused(): boolean {
    return this.#refusals >= MAX_DRAFT_REFUSALS;
  }

  note(outcome: "accepted" | "refused" | "not-known"): void {
    if (outcome === "accepted") this.#refusals = Number.NEGATIVE_INFINITY;
    else if (outcome === "refused") this.#refusals += 1;
    else this.#refusals = MAX_DRAFT_REFUSALS;
  }
}

/** Streams by `sendMessageDraft`, in private chats only: Telegram animates the draft, and the answer replaces it. */
export class DraftStream implements TextStream {
  readonly intervalMs = DRAFT_INTERVAL_MS;
  readonly #options: Omit<StreamOptions, "stopping">;
  readonly #support: DraftSupport;

  constructor(options: Omit<StreamOptions, "stopping">, support: DraftSupport) {
    this.#options = options;
    this.#support = support;
  }

  async show({ text, entities }: FormattedText): ReturnType<TextStream["show"]> {
    const { api, outbox, target, abandoned } = this.#options;
    if (!outbox.takeSpare(target)) return "later";
    const draft = { ...addressOf(target), draft_id: draftIdOf(target.seq), text, entities, can_stop: true };
    try {
      await api.call("sendMessageDraft", draft, abandoned);
      this.#support.note("accepted");
      return "shown";
    } catch (error) {
      const failure = classifyFailure(error);
      // A Bot API server older than drafts answers 404; a chat or bot that may not have them gets 400.
      if (failure.kind === "refused") {
        this.#support.note(failure.errorCode === 404 ? "not-known" : "refused");
      }
      return mayPass(failure) ? "later" : "over";
    }
  }
}

const WITHOUT_LINK_PREVIEW = { link_preview_options: { is_disabled: true } };

/** Streams by a message, sent through the outbox and edited later on, also by the answer. */
export class MessageStream implements TextStream {
  readonly intervalMs: number;
  readonly #options: StreamOptions;
  #isOpened: boolean;
  #messageId: number | undefined;

  constructor(options: StreamOptions) {
    const { isPrivate, hasMessage = false } = options.target;
    this.intervalMs = isPrivate ? PRIVATE_EDIT_INTERVAL_MS : EDIT_INTERVAL_MS;
    this.#options = options;
    this.#isOpened = hasMessage;
  }

  /** Whether its message may have been sent. */
  get isOpened(): boolean {
    return this.#isOpened;
  }

  async show(formatted: FormattedText, keyboard?: InlineKeyboardMarkup): ReturnType<TextStream["show"]> {
    const markup = keyboard ? { reply_markup: keyboard } : {};
    return this.#messageId === undefined
      ? this.#open(formatted, markup)
      : this.#edit(this.#messageId, formatted, markup);
  }

  async #open(
    { text, entities }: FormattedText,
    markup: { reply_markup?: InlineKeyboardMarkup },
  ): ReturnType<TextStream["show"]> {
    if (!markup.reply_markup && !hasSentence(text)) return "later";
    const { outbox, target, stopping } = this.#options;
    const { seq, chatKey, chatId, messageId } = target;
    const quote = messageId === undefined ? {} : { reply_parameters: { message_id: messageId } };
    const params = { ...addressOf(target), ...quote, ...WITHOUT_LINK_PREVIEW, text, entities, ...markup };
    const preview = { seq, step: 0, chatKey, chatId, method: "sendMessage", params, preview: true } as const;
    try {
      this.#isOpened = true;
      await unlessAborted(outbox.record([preview]), stopping);
      const sent = await unlessAborted(outbox.settled(outboxId(preview)), stopping);
      this.#messageId = sent?.messageId;
    } catch {
      // Not recorded, or the outbox stopped: the answer comes without a preview.
    }
    return this.#messageId === undefined ? "over" : "shown";
  }

  async #edit(
    messageId: number,
    { text, entities }: FormattedText,
    markup: { reply_markup?: InlineKeyboardMarkup },
  ): ReturnType<TextStream["show"]> {
    const { api, outbox, target, abandoned } = this.#options;
    const { chatId } = target;
    if (!outbox.takeSpare(target)) return "later";
    const edit = {
      chat_id: chatId,
      message_id: messageId,
      ...WITHOUT_LINK_PREVIEW,
      text,
      entities,
      ...markup,
    };
    try {
      await api.call("editMessageText", edit, abandoned);
      return "shown";
    } catch (error) {
      const failure = classifyFailure(error);
      if (failure.kind === "refused" && refusalOf(failure) === "not-modified") return "shown";
      if (failure.kind === "unknown") outbox.noteUnclearEdit(chatId, messageId);
      // After an edit with an unclear outcome no other may follow: they could arrive in the wrong order.
      return failure.kind === "not-sent" ? "later" : "over";
    }
  }
}

/** Whether the next step may succeed where this one failed. */
export function mayPass({ kind }: Failure): boolean {
  return kind === "not-sent" || kind === "unknown";
}

/** Whether a text is worth a message: a whole sentence or line, or many words. */
function hasSentence(text: string): boolean {
  return text.length >= 80 || /[.!?…。！？؟](\s|$)|\n/.test(text);
}

/** The promise's value, or undefined as soon as the signal aborts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    promise.then(resolve, reject);
  });
}
