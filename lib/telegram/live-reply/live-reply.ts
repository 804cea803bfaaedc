import { type Clock, endsWithin, errorCode, errorMessage, type Logger } from "../../core/index.ts";
import type { TelegramApi } from "../api.ts";
import { classifyFailure } from "../failures.ts";
import { type FormattedText, splitFormatted } from "../formatting/index.ts";
import type { Outbox } from "../outbox/index.ts";
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
  /** Resolves when nothing of it can reach the chat any more: what is under way gets a moment, then is aborted. */
  stop(): Promise<void>;
}

export interface LiveReplies {
  /**
   * Shows `typing` at once (for 30 s at most while there is no text), then the text as it grows: in a private chat
   * as a draft, elsewhere as a message (recorded as step 0 of the update) that is edited, and that the answer should
   * edit (`edits: "<seq>:0"`).
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
  /** The text not shown yet, if there is one, and what to do when there is. */
  let latest: string | undefined;
  let wake: (() => void) | undefined;

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

  async function stream({ show, intervalMs }: TextStream): Promise<void> {
    let shown = "";
    while (!stopping.signal.aborted) {
      if (latest === undefined) await new Promise<void>((resolve) => (wake = resolve));
      const text = latest;
      if (text === undefined || stopping.signal.aborted) continue;
      latest = undefined;
      // What does not fit into one message is not shown before the answer, whose first message this then is.
      const formatted = splitFormatted(format(text))[0];
      if (!formatted || formatted.text === shown) continue;
      // Earlier sends of the chat go first.
      const result = outbox.idle(target.chatKey) ? await show(formatted) : "later";
      if (result === "over") return;
      if (result === "shown") shown = formatted.text;
      else latest ??= text;
      await pause(result === "shown" ? intervalMs : RETRY_MS);
    }
  }

  /** Sleeps; a stop ends it. */
  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, stopping.signal).catch(() => {});
  }

  function chooseStream(): TextStream | undefined {
    const deps = { api, outbox, target, ...signals };
    if (!target.isPrivate) return createEditStream(deps);
    return support.isRefused() ? undefined : createDraftStream(deps, support);
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

  const chosen = chooseStream();
  const running = Promise.all([guarded(type()), chosen ? guarded(stream(chosen)) : undefined]);

  return {
    show(textSoFar) {
      hasText = true;
      latest = textSoFar;
      wake?.();
    },
    async stop() {
      stopping.abort();
      wake?.();
      if (!(await endsWithin(running, STOP_GRACE_MS, clock))) giveUp.abort();
      await running;
    },
  };
}
