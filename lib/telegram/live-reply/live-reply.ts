import { type Clock, endsWithin, errorCode, errorMessage, type Logger } from "../../core/index.ts";
import type { TelegramApi } from "../api.ts";
import { classifyFailure } from "../failures.ts";
import { type FormattedText, splitFormatted } from "../formatting/index.ts";
import type { Outbox } from "../outbox/index.ts";
import type { InlineKeyboardMarkup } from "../types.ts";
import { DraftStream, DraftSupport, MessageStream, mayPass, type TextStream } from "./streams.ts";
import { addressOf, type LiveReplyTarget } from "./target.ts";

/** Shows a reply while it is being written. Best effort: never throws, and never delays the answer. */
export interface LiveReply {
  /** The text so far. The latest wins; texts in between may never be shown. */
  show(textSoFar: string): void;
  /**
   * Says, in a message with a keyboard, that it takes a while; does so in a private chat, too. The text, once there is
   * some, replaces it.
   */
  wait(markdown: string, keyboard: InlineKeyboardMarkup): void;
  /** Whether there may be a message (step 0 of the update) that the answer should edit. */
  isMessageShown(): boolean;
  /**
   * Resolves when it sends nothing any more: calls in flight get a moment, then are aborted. Telegram may still apply an
   * aborted edit; the outbox makes the answer's edit once more for that.
   */
  stop(): Promise<void>;
}

export interface LiveRepliesOptions {
  api: Pick<TelegramApi, "call">;
  outbox: Pick<Outbox, "idle" | "noteUnclearEdit" | "record" | "settled" | "takeChatAction" | "takeSpare">;
  /** Formats the text so far, which may break off anywhere. */
  format(textSoFar: string): FormattedText;
  clock: Clock;
  logger: Logger;
}

/** A chat action is shown for five seconds (Bot API, sendChatAction). */
const TYPING_INTERVAL_MS = 4_500;
/** A reply without any text after this time is most likely queued behind many others: typing would mislead. */
const TYPING_WITHOUT_TEXT_MS = 30_000;
/** When something could not be shown, it is tried again after this time. */
const RETRY_MS = 400;
/** What of a text may be shown (UTF-16 units): marks count twice at most, and a message holds 4096. */
const MAX_SHOWN = 8_192;
/** How long a stop waits for calls in flight, so that they do not arrive after the answer. */
const STOP_GRACE_MS = 1_500;

/** Starts live replies, which share what was learnt about drafts. */
export class LiveReplies {
  readonly #options: LiveRepliesOptions;
  readonly #drafts = new DraftSupport();

  constructor(options: LiveRepliesOptions) {
    this.#options = options;
  }

  /**
   * Shows `typing` at once (for at most 30 s without text), then the text as it grows: in a private chat as a draft;
   * elsewhere, and where there is a message already, as a message (recorded as step 0 of the update) that is edited
   * and that the answer should edit (`edits: "<seq>:0"`).
   */
  start(target: LiveReplyTarget): LiveReply {
    return new GrowingReply(this.#options, target, this.#drafts);
  }
}

/** What to show next: text, or with a keyboard the notice that it takes a while. */
interface Step {
  markdown: string;
  keyboard?: InlineKeyboardMarkup;
}

class GrowingReply implements LiveReply {
  readonly #options: LiveRepliesOptions;
  readonly #target: LiveReplyTarget;
  readonly #stopping = new AbortController();
  /** Ends calls in flight; aborts after `stopping`. */
  readonly #abandoned = new AbortController();
  readonly #messages: MessageStream;
  /** How the text is shown; undefined when it no longer is. */
  #stream: TextStream | undefined;
  #hasText = false;
  /** What is not shown yet. */
  #latest: Step | undefined;
  /** Wakes the stream when there is something to show. */
  #wake: (() => void) | undefined;
  readonly #running: Promise<unknown>;

  constructor(options: LiveRepliesOptions, target: LiveReplyTarget, drafts: DraftSupport) {
    this.#options = options;
    this.#target = target;
    const { api, outbox } = options;
    const stopping = this.#stopping.signal;
    const abandoned = this.#abandoned.signal;
    this.#messages = new MessageStream({ api, outbox, target, stopping, abandoned });
    if (!target.isPrivate || target.hasMessage) this.#stream = this.#messages;
    else if (!drafts.isRefused) this.#stream = new DraftStream({ api, outbox, target, abandoned }, drafts);
    this.#running = Promise.all([this.#guarded(this.#showTyping()), this.#guarded(this.#showSteps())]);
  }

  show(textSoFar: string): void {
    this.#hasText = true;
    this.#latest = { markdown: textSoFar };
    this.#wake?.();
  }

  wait(markdown: string, keyboard: InlineKeyboardMarkup): void {
    if (this.#hasText) return;
    this.#latest = { markdown, keyboard };
    this.#wake?.();
  }

  isMessageShown(): boolean {
    return this.#messages.isOpened;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    if (!(await endsWithin(this.#running, STOP_GRACE_MS, this.#options.clock))) this.#abandoned.abort();
    await this.#running;
  }

  async #showTyping(): Promise<void> {
    const { api, outbox, clock } = this.#options;
    const endsAt = clock.monotonic() + TYPING_WITHOUT_TEXT_MS;
    while (!this.#stopping.signal.aborted && (this.#hasText || clock.monotonic() < endsAt)) {
      try {
        if (outbox.takeChatAction(this.#target)) {
          const action = { ...addressOf(this.#target), action: "typing" };
          await api.call("sendChatAction", action, this.#abandoned.signal);
        }
      } catch (error) {
        if (!mayPass(classifyFailure(error))) return;
      }
      await this.#sleep(TYPING_INTERVAL_MS);
    }
  }

  async #showSteps(): Promise<void> {
    let shown = "";
    while (!this.#stopping.signal.aborted) {
      if (this.#latest === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      const step = this.#latest;
      if (step === undefined || this.#stopping.signal.aborted) continue;
      this.#latest = undefined;
      if (step.keyboard) this.#stream = this.#messages; // the text that follows replaces this message
      if (!this.#stream) continue;
      // Only what fits into one message is shown before the answer, whose first message it becomes.
      const formatted = splitFormatted(this.#options.format(step.markdown.slice(0, MAX_SHOWN)))[0];
      if (!formatted || formatted.text === shown) continue;
      const result = await this.#showStep(this.#stream, formatted, step.keyboard);
      if (result === "over") this.#stream = undefined;
      else if (result === "shown") shown = formatted.text;
      else this.#latest ??= step;
      await this.#sleep(result === "shown" ? (this.#stream?.intervalMs ?? RETRY_MS) : RETRY_MS);
    }
  }

  async #showStep(
    stream: TextStream,
    formatted: FormattedText,
    keyboard: InlineKeyboardMarkup | undefined,
  ): ReturnType<TextStream["show"]> {
    // Earlier sends of the chat go first.
    return this.#options.outbox.idle(this.#target.chatKey) ? stream.show(formatted, keyboard) : "later";
  }

  /** Sleeps until the time is over or the reply is stopped. */
  async #sleep(ms: number): Promise<void> {
    await this.#options.clock.sleep(ms, this.#stopping.signal).catch(() => {});
  }

  async #guarded(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#options.logger.warn("A reply cannot be shown while it is written", {
        code: errorCode(error),
        error: errorMessage(error),
      });
    }
  }
}
