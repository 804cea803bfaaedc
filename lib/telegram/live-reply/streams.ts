import type { TelegramApi } from "../api.ts";
import { classifyFailure, type Failure } from "../failures.ts";
import type { FormattedText } from "../formatting/index.ts";
import { type Outbox, outboxId } from "../outbox/index.ts";
import type { InlineKeyboardMarkup } from "../types.ts";
import { addressOf, type LiveReplyTarget } from "./target.ts";

/** One way to show a growing text. */
export interface TextStream {
  /** The least time between two steps, in milliseconds. */
  intervalMs: number;
  /**
   * Shows the text: `shown`, or `later` when it could not be now, or `over` when this reply is not to be streamed any
   * more. Never rejects.
   */
  show(formatted: FormattedText, keyboard?: InlineKeyboardMarkup): Promise<"shown" | "later" | "over">;
}

/** A text shown in a message. */
export interface MessageStream extends TextStream {
  /** Whether its message may stand in the chat. */
  isOpened(): boolean;
}

export interface StreamDeps {
  api: Pick<TelegramApi, "call">;
  outbox: Pick<Outbox, "record" | "settled" | "takeSpare">;
  target: LiveReplyTarget;
  /** Aborts when the reply is stopped; `giveUp` somewhat later, when calls under way have had their time. */
  stopping: AbortSignal;
  giveUp: AbortSignal;
}

/** Whether this server and this bot can stream by drafts; learnt by trying, and shared by all replies. */
export interface DraftSupport {
  isRefused(): boolean;
  note(outcome: "accepted" | "refused" | "not-known"): void;
}

const DRAFT_INTERVAL_MS = 400;
/** A group takes 20 messages a minute, edits among them: one in three seconds. */
const EDIT_INTERVAL_MS = 3_000;
/** Telegram's FAQ: avoid more than one message a second in a chat. */
const PRIVATE_EDIT_INTERVAL_MS = 1_200;
/** Drafts refused in this many replies, and never accepted, are not tried again. */
const REFUSALS_ENOUGH = 3;
/** Telegram's draft ids are non-zero 32-bit integers. */
const DRAFT_IDS = 2 ** 31 - 1;

export function createDraftSupport(): DraftSupport {
  let refusals = 0;
  return {
    isRefused: () => refusals >= REFUSALS_ENOUGH,
    note(outcome) {
      if (outcome === "accepted") refusals = Number.NEGATIVE_INFINITY;
      else refusals = outcome === "not-known" ? REFUSALS_ENOUGH : refusals + 1;
    },
  };
}

/** A private chat: `sendMessageDraft`, which Telegram animates and the answer replaces. */
export function createDraftStream(
  { api, outbox, target, giveUp }: StreamDeps,
  support: DraftSupport,
): TextStream {
  return {
    intervalMs: DRAFT_INTERVAL_MS,
    async show({ text, entities }) {
      if (!outbox.takeSpare(target.chatId)) return "later";
      const draft = { draft_id: (target.seq % DRAFT_IDS) + 1, text, entities };
      try {
        await api.call("sendMessageDraft", { ...addressOf(target), ...draft }, giveUp);
        support.note("accepted");
        return "shown";
      } catch (error) {
        const failure = classifyFailure(error);
        // Bot API servers older than drafts answer 404; a chat or bot that may not have them gets 400.
        if (failure.kind === "refused") support.note(failure.errorCode === 404 ? "not-known" : "refused");
        return mayPass(failure) ? "later" : "over";
      }
    },
  };
}

/** Elsewhere, and wherever a message is there to be edited: a first message through the outbox, which the answer later edits, and edits of it meanwhile. */
export function createEditStream({ api, outbox, target, stopping, giveUp }: StreamDeps): MessageStream {
  const { seq, chatKey, chatId } = target;
  const step = 0;
  const quote = target.messageId === undefined ? {} : { reply_parameters: { message_id: target.messageId } };
  const withoutLinkPreview = { link_preview_options: { is_disabled: true } };
  let isOpened = target.hasMessage ?? false;
  let shownId: number | undefined;

  async function open(
    { text, entities }: FormattedText,
    markup: { reply_markup?: InlineKeyboardMarkup },
  ): Promise<"shown" | "later" | "over"> {
    if (!markup.reply_markup && !hasSentence(text)) return "later";
    const params = { ...addressOf(target), ...quote, ...withoutLinkPreview, text, entities, ...markup };
    const method = "sendMessage";
    try {
      const preview = { seq, step, chatKey, chatId, method, params, preview: true } as const;
      isOpened = true;
      await unlessAborted(outbox.record([preview]), stopping);
      const sent = await unlessAborted(outbox.settled(outboxId({ seq, step })), stopping);
      shownId = sent?.messageId;
    } catch {
      // Not recorded, or the outbox stopped: the answer comes without a preview.
    }
    return shownId === undefined ? "over" : "shown";
  }

  return {
    intervalMs: target.isPrivate ? PRIVATE_EDIT_INTERVAL_MS : EDIT_INTERVAL_MS,
    isOpened: () => isOpened,
    async show(formatted, keyboard) {
      const markup = keyboard ? { reply_markup: keyboard } : {};
      if (shownId === undefined) return open(formatted, markup);
      if (!outbox.takeSpare(chatId)) return "later";
      const { text, entities } = formatted;
      try {
        const edit = {
          chat_id: chatId,
          message_id: shownId,
          ...withoutLinkPreview,
          text,
          entities,
          ...markup,
        };
        await api.call("editMessageText", edit, giveUp);
        return "shown";
      } catch (error) {
        const failure = classifyFailure(error);
        if (failure.kind === "refused" && failure.description.includes("message is not modified"))
          return "shown";
        // After an unclear edit no other may follow: they could arrive in the wrong order.
        return failure.kind === "not-sent" ? "later" : "over";
      }
    },
  };
}

/** Whether the next step may succeed where this one failed. */
export function mayPass({ kind }: Failure): boolean {
  return kind === "not-sent" || kind === "unknown";
}

/** Something worth a message: a whole sentence or line, or many words. */
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
