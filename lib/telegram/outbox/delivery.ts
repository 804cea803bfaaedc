import { backoffMs, errorCode, errorMessage, hashed, withDeadline } from "../../core/index.ts";
import { monitorPerformance, performanceMonitor } from "../../performance/index.ts";
import type { OutboxRecord } from "../../store/index.ts";
import type { TelegramApi } from "../api.ts";
import { classifyFailure, type Failure, FILE_UNREADABLE, refusalOf } from "../failures.ts";
import { afterRefusal, firstCall, messageIdOf, movedCall } from "./call.ts";
import type { Pace } from "./pace.ts";
import { SendRecorder, type SendRecorderOptions } from "./send-recorder.ts";
import type { SendStore, TelegramCall } from "./sends.ts";
import {
  captionCall,
  type FileSource,
  hasFiles,
  messageCount,
  openFiles,
  type ReadyCall,
} from "./uploads.ts";

export interface DeliveryOptions extends SendRecorderOptions {
  api: Pick<TelegramApi, "call">;
  store: SendStore;
  pace: Pace;
  files: FileSource;
  /** A group became a supergroup, which has another id. */
  onMoved(fromChatId: number, toChatId: number): void;
  /** No call is started once this aborts; `abandoned` also ends the calls in flight. */
  stopping: AbortSignal;
}

/** How a delivery ended: settled, settled because the chat is closed to the bot, or left for the next start. */
export type DeliveryEnd = "settled" | "blocked" | "left";

/** A call that was made, and what it took so far to make it. */
interface Attempt {
  record: OutboxRecord;
  call: TelegramCall;
  /** The same call with its files opened. */
  ready: ReadyCall;
  /** Attempts before this one, in this run. */
  tries: number;
  /** The time spent in calls, in milliseconds. */
  callingMs: number;
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/**
 * A file whose upload breaks off this often, or after this time spent on it in all (in milliseconds: thrice as long as
 * one upload may take), may be what breaks it; then its caption is sent alone, so that the chat is not blocked for good.
 */
const MAX_UPLOAD_TRIES = 20;
const MAX_UPLOAD_MS = 15 * 60_000;
/** A preview that takes longer is given up, so that the answer behind it does not wait, in milliseconds. */
const PREVIEW_MS = 5_000;

/**
 * Brings one record to a definite outcome: records that it is being sent, calls Telegram, records the result, and
 * tries again for as long as the outcome is unclear. Changes the record it is given as it goes.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #recorder: SendRecorder;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#recorder = new SendRecorder(options);
  }

  /** @param hasNext whether other sends of the chat wait: then a preview is not worth sending */
  async deliver(record: OutboxRecord, hasNext: () => boolean): Promise<DeliveryEnd> {
    try {
      return await this.#bringToEnd(record, hasNext);
    } catch (error) {
      if (this.#options.abandoned.aborted) return "left";
      // A defect of the bot: trying again would repeat it and block the chat for good.
      this.#options.logger.error("A send failed inside the bot", { ...named(record), ...described(error) });
      return this.settleFailed(record, errorCode(error));
    }
  }

  /** Gives a record up. */
  async settleFailed(record: OutboxRecord, code: string): Promise<DeliveryEnd> {
    await this.#recorder.failed(record, code);
    return "settled";
  }

  async #bringToEnd(record: OutboxRecord, hasNext: () => boolean): Promise<DeliveryEnd> {
    const { pace, clock } = this.#options;
    let call = firstCall(record, await this.#editedMessage(record));
    let callingMs = 0;
    for (let tries = 0; ; tries += 1) {
      if (record.preview && (hasNext() || !pace.hasSpare(record.chatId))) {
        return this.settleFailed(record, "PREVIEW_DROPPED");
      }
      if (!(await this.#waitTurn(record.chatId))) return "left";
      // A record that starts out as `sending` was stored as this very attempt.
      if (tries > 0 || record.state !== "sending") record.attempts += 1;
      if (record.state === "pending") {
        await this.#recorder.change(record, { state: "sending", attempts: record.attempts });
      }
      const ready = await this.#openFiles(record, call);
      if (!ready) return this.settleFailed(record, FILE_UNREADABLE);
      pace.count(record.chatId, messageCount(ready.call));
      const calledAt = clock.monotonic();
      const result = await this.#callTelegram(record, ready.call);
      callingMs += clock.monotonic() - calledAt;
      const next =
        "value" in result
          ? await this.#settleSent(record, call, ready, result.value)
          : await this.#afterFailure({ record, call, ready, tries, callingMs }, result.error);
      if (typeof next === "string") return next;
      call = next;
    }
  }

  async #settleSent(
    record: OutboxRecord,
    call: TelegramCall,
    ready: ReadyCall,
    result: unknown,
  ): Promise<DeliveryEnd> {
    this.#options.pace.accepted(record.chatId);
    await ready.learn(result);
    await this.#recorder.sent(record, messageIdOf(result) ?? messageIdOf(call.params));
    return "settled";
  }

  /** Waits until the chat may be written to; false when the outbox stops first. */
  async #waitTurn(chatId: number): Promise<boolean> {
    if (this.#options.pace.waitMs(chatId) > 0) await this.#pause(chatId);
    return !this.#options.stopping.aborted;
  }

  @monitorPerformance("outbox.pause")
  async #pause(chatId: number): Promise<void> {
    const { pace, clock, stopping } = this.#options;
    try {
      for (let waitMs = pace.waitMs(chatId); waitMs > 0; waitMs = pace.waitMs(chatId)) {
        await clock.sleep(waitMs, stopping);
      }
    } catch {
      // The outbox stops, which the caller checks.
    }
  }

  /** The id of the message to edit; undefined when the record edits none, or that was not sent. */
  async #editedMessage(record: OutboxRecord): Promise<number | undefined> {
    const { edits } = record;
    if (edits === undefined) return undefined;
    const edited = await this.#recorder.persist(() => this.#options.store.find(edits));
    return edited?.state === "sent" ? edited.messageId : undefined;
  }

  /** The call with its files opened, afresh for each try; null when nothing is left to send. */
  #openFiles(record: OutboxRecord, call: TelegramCall): Promise<ReadyCall | null> {
    const { files, logger } = this.#options;
    return openFiles(call, files, (error) =>
      logger.error("A file to send cannot be read", { ...named(record), error: errorMessage(error) }),
    );
  }

  async #callTelegram(
    { preview }: OutboxRecord,
    { method, params }: TelegramCall,
  ): Promise<{ value: unknown } | { error: unknown }> {
    const { api, clock, abandoned } = this.#options;
    try {
      const value = preview
        ? await withDeadline(clock, PREVIEW_MS, abandoned, (signal) => api.call(method, params, signal))
        : await api.call(method, params, abandoned);
      return { value };
    } catch (error) {
      return { error };
    }
  }

  /** How a failed call ends the delivery, or the call to make next. */
  async #afterFailure(attempt: Attempt, error: unknown): Promise<DeliveryEnd | TelegramCall> {
    if (this.#options.abandoned.aborted) return "left";
    const { record, call, tries } = attempt;
    const failure = classifyFailure(error);
    switch (failure.kind) {
      case "moved":
        return this.#afterMove(attempt, failure.toChatId, error);
      case "blocked":
        await this.settleFailed(record, errorCode(error));
        return "blocked";
      case "refused":
        return this.#afterRefusal(attempt, failure, error);
      case "too-many-requests":
        await this.#waitAfter(record, failure, tries);
        return record.preview ? this.settleFailed(record, errorCode(error)) : call;
      default:
        if (record.preview) return this.settleFailed(record, errorCode(error));
        if (failure.kind === "unknown" && isUploadInVain(attempt)) {
          this.#options.logger.error("A file could not be uploaded; only its caption is sent", {
            ...named(record),
            code: errorCode(error),
          });
          return captionCall(call) ?? this.settleFailed(record, errorCode(error));
        }
        await this.#waitAfter(record, failure, tries);
        return call;
    }
  }

  /** The same call to the chat's new id. */
  async #afterMove(
    { record, call }: Attempt,
    toChatId: number,
    error: unknown,
  ): Promise<DeliveryEnd | TelegramCall> {
    if (toChatId === record.chatId) return this.settleFailed(record, errorCode(error));
    this.#options.onMoved(record.chatId, toChatId);
    record.chatId = toChatId;
    return movedCall(call, toChatId);
  }

  async #afterRefusal(
    { record, call, ready }: Attempt,
    failure: Extract<Failure, { kind: "refused" }>,
    error: unknown,
  ): Promise<DeliveryEnd | TelegramCall> {
    if (ready.usesKnownFiles && refusalOf(failure) === "unknown-file") {
      await this.#recorder.persist(() => ready.forget());
      return call;
    }
    const next = afterRefusal(call, record, failure);
    if (next === "done") {
      await this.#recorder.sent(record, messageIdOf(call.params));
      return "settled";
    }
    if (next && !hasFiles(call)) return next;
    this.#options.logger.warn("Telegram refused a send", {
      ...named(record),
      method: call.method,
      ...described(error),
    });
    return next ?? this.settleFailed(record, errorCode(error));
  }

  /** Pauses the chat, or the whole bot if the call named none; a pause of more than a minute is logged and counted. */
  #noteFlood(record: OutboxRecord, retryAfterMs: number): void {
    const isOfChat = "chat_id" in record.params;
    const { waitMs, becameLong } = this.#options.pace.pause(
      isOfChat ? record.chatId : undefined,
      retryAfterMs,
    );
    if (!becameLong) return;
    performanceMonitor.count("outbox.long_pauses", 1);
    this.#options.logger.warn("Telegram refuses sends for more than a minute (429)", {
      ...(isOfChat ? named(record) : {}),
      retryAfterSeconds: Math.round(retryAfterMs / 1000),
      nextTrySeconds: Math.round(waitMs / 1000),
    });
  }

  /** Waits as the failure asks before the next attempt. */
  async #waitAfter(record: OutboxRecord, failure: Failure, tries: number): Promise<void> {
    const { clock, random, stopping } = this.#options;
    if (failure.kind === "too-many-requests") {
      this.#noteFlood(record, failure.retryAfterMs);
      return;
    }
    if (failure.kind === "unknown" && record.state !== "unknown") {
      await this.#recorder.change(record, { state: "unknown", attempts: record.attempts });
    }
    await clock.sleep(backoffMs(tries, { ...BACKOFF, random }), stopping).catch(() => {});
  }
}

/** Whether the upload failed too often, or for too long, to be tried again. */
function isUploadInVain({ call, tries, callingMs }: Attempt): boolean {
  return hasFiles(call) && (tries >= MAX_UPLOAD_TRIES || callingMs >= MAX_UPLOAD_MS);
}

/** A send as a log names it: not by its step, which is a person's id in a broadcast. */
function named({ seq, chatKey }: OutboxRecord): { seq: number; chat: string } {
  return { seq, chat: hashed(chatKey) };
}

function described(error: unknown): { code: string; error: string } {
  return { code: errorCode(error), error: errorMessage(error) };
}
