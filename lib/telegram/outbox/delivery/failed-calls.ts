import { backoffMs, errorCode } from "../../../core/index.ts";
import type { OutboxRecord } from "../../../store/index.ts";
import { classifyFailure, type Refused, refusalOf } from "../../failures.ts";
import { movedSend } from "../moved-chat.ts";
import type { TelegramCall } from "../sends.ts";
import { messageIdOf, movedCall } from "./call.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { afterRefusal, simplerCall, wordsOf } from "./fallbacks.ts";
import { type DeliveryEnd, goOnWith, isUploadInVain, type Progress } from "./progress.ts";
import type { SendRecorder } from "./send-recorder.ts";
import type { SendReports } from "./send-reports.ts";
import { hasFiles, type ReadyCall } from "./uploads.ts";

export interface FailedCallsOptions
  extends Pick<
    DeliveryOptions,
    "api" | "pace" | "clock" | "random" | "onMoved" | "failureNotice" | "abandoned"
  > {
  recorder: SendRecorder;
  reports: SendReports;
  /** Records a send as sent. */
  settleSent(progress: Progress, messageId: number | undefined): Promise<DeliveryEnd>;
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** After this many unclear outcomes while other calls succeed, the call may be what fails; a simpler form is tried. */
const MAX_UNCLEAR = 3;
/** A message without a simpler form is tried for at least this long before the chat hears that it failed. */
const NOTICE_AFTER_MS = 20_000;
/** When the chat cannot be told either, the message is tried for this long. */
const GIVE_UP_AFTER_MS = 60 * 60_000;

/**
 * Decides what follows a call to Telegram that failed: the same again after a pause, a simpler form, a notice that the
 * message could not be sent, or the end of the delivery.
 */
export class FailedCalls {
  readonly #options: FailedCallsOptions;
  readonly #recorder: SendRecorder;
  readonly #reports: SendReports;

  constructor(options: FailedCallsOptions) {
    this.#options = options;
    this.#recorder = options.recorder;
    this.#reports = options.reports;
  }

  /** Records a send as failed. */
  async settleFailed(
    record: OutboxRecord,
    code: string,
    { isChatClosed = false } = {},
  ): Promise<DeliveryEnd> {
    await this.#recorder.failed(record, code, isChatClosed);
    return "settled";
  }

  /** Decides what follows a failed call: the end of the delivery, or undefined when `progress` has the next call. */
  async next(progress: Progress, ready: ReadyCall, error: unknown): Promise<DeliveryEnd | undefined> {
    if (this.#options.abandoned.aborted) return "left";
    const { record, tries, confirms } = progress;
    if (confirms) return this.#options.settleSent(progress, confirms.messageId);
    const failure = classifyFailure(error);
    switch (failure.kind) {
      case "moved":
        return this.#afterMove(progress, failure.toChatId, error);
      case "blocked":
        await this.settleFailed(record, errorCode(error), { isChatClosed: true });
        return "blocked";
      case "refused":
        return this.#afterRefusal(progress, ready, failure, error);
      case "too-many-requests":
        this.#noteFlood(record, failure.retryAfterMs);
        return record.preview ? this.settleFailed(record, errorCode(error)) : undefined;
      case "unknown":
        return record.preview
          ? this.settleFailed(record, errorCode(error))
          : this.#afterUnclear(progress, ready, error);
      default:
        if (record.preview) return this.settleFailed(record, errorCode(error));
        await this.#backOff(progress, tries);
        return undefined;
    }
  }

  /** Goes on with the chat's new id. */
  async #afterMove(progress: Progress, toChatId: number, error: unknown): Promise<DeliveryEnd | undefined> {
    const { record } = progress;
    if (toChatId === record.chatId) return this.settleFailed(record, errorCode(error));
    await this.#recorder.persist(() => this.#options.onMoved(record.chatId, toChatId));
    // Stored, so that a reply to the message is found under the chat it is in.
    const { chatId, chatKey, params } = movedSend(record, toChatId);
    await this.#recorder.change(record, { state: record.state, chatId, chatKey, params });
    progress.call = movedCall(progress.call, toChatId);
    progress.rest = progress.rest.map((call) => movedCall(call, toChatId));
    return undefined;
  }

  async #afterRefusal(
    progress: Progress,
    ready: ReadyCall,
    failure: Refused,
    error: unknown,
  ): Promise<DeliveryEnd | undefined> {
    const { record, call } = progress;
    const refusal = refusalOf(failure);
    if (ready.usesKnownFiles && refusal === "unknown-file") {
      await this.#recorder.persist(() => ready.forget());
      return undefined;
    }
    const next = afterRefusal(call, record, failure);
    if (next === "done") {
      await this.#recorder.sent(record, messageIdOf(call.params));
      return "settled";
    }
    if (isRelayedCopy(record, call)) return this.#afterRefusedCopy(progress, next, error);
    const [first, ...others] = next === "hopeless" ? [] : next;
    const hasCure = first !== undefined && refusal !== "other";
    if (!hasCure || hasFiles(call)) this.#reports.refused(record, call, error);
    if (next === "hopeless" || (record.preview && !hasCure))
      return this.settleFailed(record, errorCode(error), { isChatClosed: next === "hopeless" });
    if (first) {
      progress.rest.unshift(...others);
      goOnWith(progress, first);
      return undefined;
    }
    if (wordsOf(record.params) !== undefined && !progress.hasRetried) {
      progress.hasRetried = true;
      await this.#backOff(progress, 0);
      return undefined;
    }
    return this.#giveUp(progress, error, true);
  }

  /** A copy has no form in words: only the line with its sender would be left, and its sender is told instead. */
  async #afterRefusedCopy(
    progress: Progress,
    next: TelegramCall[] | "hopeless",
    error: unknown,
  ): Promise<DeliveryEnd | undefined> {
    const copy = next === "hopeless" ? undefined : next.find(({ method }) => method === "copyMessage");
    if (!copy) {
      this.#reports.refused(progress.record, progress.call, error);
      return this.settleFailed(progress.record, errorCode(error), { isChatClosed: next === "hopeless" });
    }
    goOnWith(progress, copy);
    return undefined;
  }

  /** Tries again, or in a simpler form when only this call fails. */
  async #afterUnclear(
    progress: Progress,
    ready: ReadyCall,
    error: unknown,
  ): Promise<DeliveryEnd | undefined> {
    const { record, call } = progress;
    if (record.state !== "unknown") {
      await this.#recorder.change(record, { state: "unknown", attempts: record.attempts });
    }
    progress.unclear += 1;
    progress.wasUnclear = true;
    const isUpload = hasFiles(call) && !ready.usesKnownFiles;
    const isSuspect = isUpload
      ? isUploadInVain(progress)
      : progress.unclear >= MAX_UNCLEAR && (await this.#takesOtherCalls(record));
    if (isSuspect) {
      const simpler = progress.givenUp ? null : simplerCall(call);
      if (simpler && !(isRelayedCopy(record, call) && simpler.method !== "copyMessage")) {
        this.#reports.simplified(record, call, error);
        goOnWith(progress, simpler);
        return undefined;
      }
      const lastedMs = this.#options.clock.monotonic() - progress.startedAt;
      const isLate = isUpload || lastedMs >= GIVE_UP_AFTER_MS;
      if (isLate || lastedMs >= NOTICE_AFTER_MS) return this.#giveUp(progress, error, isLate);
    }
    await this.#backOff(progress, progress.unclear - 1);
    return undefined;
  }

  /** Whether Telegram takes something else for the chat now, so that a failure is the call's and no outage. */
  async #takesOtherCalls({ chatId }: OutboxRecord): Promise<boolean> {
    const { api, abandoned } = this.#options;
    try {
      await api.call("sendChatAction", { chat_id: chatId, action: "typing" }, abandoned);
      return true;
    } catch (error) {
      const { kind } = classifyFailure(error);
      return kind === "refused" || kind === "blocked";
    }
  }

  /**
   * Tells the chat that a message could not be sent, and gives it up once that has arrived. If the chat cannot be told
   * either, the message is given up only if `isFinal`; otherwise it is tried on.
   */
  async #giveUp(progress: Progress, error: unknown, isFinal: boolean): Promise<DeliveryEnd | undefined> {
    const { record, call, givenUp } = progress;
    const words = wordsOf(record.params);
    const text = givenUp || words === undefined ? null : await this.#options.failureNotice(record);
    if (text !== null) {
      goOnWith(progress, {
        method: "sendMessage",
        params: { chat_id: record.chatId, ...placeOf(record), text },
      });
      progress.rest = [];
      progress.givenUp = { error, lastCall: call };
      return undefined;
    }
    if (isFinal) return this.settleGivenUp(record, givenUp?.error ?? error);
    if (givenUp) goOnWith(progress, givenUp.lastCall);
    delete progress.givenUp;
    await this.#backOff(progress, progress.tries);
    return undefined;
  }

  async settleGivenUp(record: OutboxRecord, error: unknown): Promise<DeliveryEnd> {
    // An edit without words changes buttons only.
    const isContent = !record.method.startsWith("edit") || wordsOf(record.params) !== undefined;
    if (isContent) this.#reports.givenUp(record, error);
    return this.settleFailed(record, errorCode(error));
  }

  /** Pauses the chat, or the whole bot if the call named none. */
  #noteFlood(record: OutboxRecord, retryAfterMs: number): void {
    const ofChat = "chat_id" in record.params ? record : undefined;
    const pause = this.#options.pace.pause(ofChat?.chatId, retryAfterMs);
    if (pause.becameLong) this.#reports.longPause(ofChat, retryAfterMs, pause);
  }

  async #backOff({ interrupt }: Progress, tries: number): Promise<void> {
    const { clock, random } = this.#options;
    await clock.sleep(backoffMs(tries, { ...BACKOFF, random }), interrupt).catch(() => {});
  }
}

/** The thread of a message, and the message it replies to, as parameters of another one in its place. */
function placeOf({ params }: OutboxRecord): Record<string, unknown> {
  const { message_thread_id, reply_parameters } = params;
  return {
    ...(message_thread_id === undefined ? {} : { message_thread_id }),
    ...(reply_parameters === undefined ? {} : { reply_parameters }),
  };
}

/** Whether a call copies somebody's message to somebody else. */
function isRelayedCopy({ relayedMessageId }: OutboxRecord, { method }: TelegramCall): boolean {
  return relayedMessageId !== undefined && method === "copyMessage";
}
