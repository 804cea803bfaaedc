import { type Clock, endsWithin, errorCode, errorMessage, type Logger } from "../../core/index.ts";
import type { TelegramApi } from "../api.ts";
import { classifyFailure } from "../failures.ts";
import { type FormattedText, splitFormatted } from "../formatting/index.ts";
import type { Outbox } from "../outbox/index.ts";
import type { InlineKeyboardMarkup } from "../types.ts";
import {
  createDraftStream,
  createDraftSupport,
  createEditStream,
  type DraftSupport,
  mayPass,
  type TextStream,
} from "./streams.ts";
import { addressOf, type LiveReplyTarget } from "./target.ts";

/** Shows a reply while it is being made. Best effort: never throws, and never holds the answer up. */
export interface LiveReply {
  /** The text so far; the latest wins, and what came between may never be seen. */
  show(textSoFar: string): void;
  /**
   * Says that it takes a while: in a message of its own, in a private chat too, with a keyboard. The text, once there
   * is some, takes its place.
   */
  wait(markdown: string, keyboard: InlineKeyboardMarkup): void;
  /** Whether a message, step 0 of the update, may stand there, which the answer should edit. */
  isMessageShown(): boolean;
  /** Resolves when nothing of it can reach the chat any more: what is under way gets a moment, then is aborted. */
  stop(): Promise<void>;
}

/** What is shown next: text, or with a keyboard the word that it takes a while. */
interface Step {
  markdown: string;
  keyboard?: InlineKeyboardMarkup;
}

export interface LiveReplies {
  /**
   * Shows `typing` at once (for 30 s at most while there is no text), then the text as it grows: in a private chat
   * as a draft, elsewhere, and where there is one already, as a message (recorded as step 0 of the update) that is
   * edited, and that the answer should edit (`edits: "<seq>:0"`).
   */
  start(target: LiveReplyTarget): LiveReply;
}

export interface LiveRepliesOptions {
  api: Pick<TelegramApi, "call">;
  outbox: Pick<Outbox, "idle" | "record" | "settled" | "takeChatAction" | "takeSpare">;
  /** Turns the text so far, which may break off anywhere, into text with entities. */
  format(textSoFar: string): FormattedText;
  clock: Clock;
  logger: Logger;
}

/** A chat action is shown for five seconds (Bot API, sendChatAction). */
const TYPING_INTERVAL_MS = 4_500;
/** A reply without any text after this time most likely waits in a queue, with many others: typing would mislead. */
const TYPING_WITHOUT_TEXT_MS = 30_000;
/** When something could not be shown, it is tried again after this time. */
const RETRY_MS = 400;
/** How long a stop waits for calls under way, so that they do not land after the answer. */
const STOP_GRACE_MS = 1_500;

export function createLiveReplies(options: LiveRepliesOptions): LiveReplies {
  const support = createDraftSupport();
  return { start: (target) => startLiveReply(options, target, support) };
}

function startLiveReply(
  options: LiveRepliesOptions,
  target: LiveReplyTarget,
  support: DraftSupport,
): LiveReply {
  const { api, outbox, format, clock, logger } = options;
  const stopping = new AbortController();
  const giveUp = new AbortController();
  const signals = { stopping: stopping.signal, giveUp: giveUp.signal };
  let hasText = false;
  /** What is not shown yet, if there is something, and what to do when there is. */
  let latest: Step | undefined;
  let wake: (() => void) | undefined;
  const streamDeps = { api, outbox, target, ...signals };
  const messages = createEditStream(streamDeps);

  async function type(): Promise<void> {
    const endsAt = clock.now() + TYPING_WITHOUT_TEXT_MS;
    while (!stopping.signal.aborted && (hasText || clock.now() < endsAt)) {
      try {
        if (outbox.takeChatAction(target.chatId)) {
          await api.call("sendChatAction", { ...addressOf(target), action: "typing" }, giveUp.signal);
        }
      } catch (error) {
        if (!mayPass(classifyFailure(error))) return;
      }
      await pause(TYPING_INTERVAL_MS);
    }
  }

  async function stream(): Promise<void> {
    let shown = "";
    let by = chooseStream();
    while (!stopping.signal.aborted) {
      if (latest === undefined) await new Promise<void>((resolve) => (wake = resolve));
      const step = latest;
      if (step === undefined || stopping.signal.aborted) continue;
      latest = undefined;
      if (step.keyboard) by = messages; // and what follows takes the place of this message
      if (!by) continue;
      // What does not fit into one message is not shown before the answer, whose first message this then is.
      const formatted = splitFormatted(format(step.markdown))[0];
      if (!formatted || formatted.text === shown) continue;
      // Earlier sends of the chat go first.
      const result = outbox.idle(target.chatKey) ? await by.show(formatted, step.keyboard) : "later";
      if (result === "over") by = undefined;
      else if (result === "shown") shown = formatted.text;
      else latest ??= step;
      await pause(result === "shown" ? (by?.intervalMs ?? RETRY_MS) : RETRY_MS);
    }
  }

  /** Sleeps; a stop ends it. */
  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, stopping.signal).catch(() => {});
  }

  function chooseStream(): TextStream | undefined {
    if (!target.isPrivate || target.hasMessage) return messages;
    return support.isRefused() ? undefined : createDraftStream(streamDeps, support);
  }

  async function guarded(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      logger.warn("A reply is not shown while it is made", {
        code: errorCode(error),
        error: errorMessage(error),
      });
    }
  }

  const running = Promise.all([guarded(type()), guarded(stream())]);

  return {
    show(textSoFar) {
      hasText = true;
      latest = { markdown: textSoFar };
      wake?.();
    },
    wait(markdown, keyboard) {
      if (hasText) return;
      latest = { markdown, keyboard };
      wake?.();
    },
    isMessageShown: messages.isOpened,
    async stop() {
      stopping.abort();
      wake?.();
      if (!(await endsWithin(running, STOP_GRACE_MS, clock))) giveUp.abort();
      await running;
    },
  };
}
