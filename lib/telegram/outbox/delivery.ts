import {
  backoffMs,
  type Clock,
  errorCode,
  errorMessage,
  hashed,
  type Logger,
  type Measure,
  withDeadline,
} from "../../core/index.ts";
import type { OutboxChange, OutboxRecord } from "../../store/index.ts";
import type { TelegramApi } from "../api.ts";
import { classifyFailure, type Failure, FILE_UNREADABLE } from "../failures.ts";
import { afterRefusal, firstCall, messageIdOf, movedCall } from "./call.ts";
import type { Pace } from "./pace.ts";
import type { SendStore, TelegramCall } from "./sends.ts";
import {
  captionCall,
  type FileSource,
  hasFiles,
  isForgottenFile,
  messageCount,
  openFiles,
  type ReadyCall,
} from "./uploads.ts";

export interface DeliveryOptions {
  api: Pick<TelegramApi, "call">;
  store: SendStore;
  pace: Pace;
  /** Where the files of sends are. */
  files: FileSource;
  /** A group became a supergroup, which has another id. */
  onMoved(fromChatId: number, toChatId: number): void;
  clock: Clock;
  logger: Logger;
  random: () => number;
  /** No send is started once this aborts. */
  stopping: AbortSignal;
  /** Calls under way are given up, and nothing more is recorded, once this aborts. */
  abandoned: AbortSignal;
  /** Records how long sends wait for a 429 or a group's minute to pass. */
  measure: Measure;
}

/** How a delivery ended: settled (and whether the chat is closed to us), or left for the next start. */
export type DeliveryEnd = "settled" | "blocked" | "left";

export interface Delivery {
  /** @param waiting whether other sends wait behind this one: then a preview is not worth sending. */
  deliver(record: OutboxRecord, waiting: () => boolean): Promise<DeliveryEnd>;
  /** Gives a record up. */
  settleFailed(record: OutboxRecord, code: string): Promise<DeliveryEnd>;
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 };
/**
 * A file whose upload breaks off this often, or after this time spent on it in all (in milliseconds: thrice as long as
 * one upload may take), may be what breaks it; then its words go alone, so that the chat is not held up for good.
 */
const MAX_UPLOAD_TRIES = 20;
const MAX_UPLOAD_MS = 15 * 60_000;
/** A preview that takes longer is given up, so that the answer behind it does not wait, in milliseconds. */
const PREVIEW_MS = 5_000;

/**
 * Brings one record to a definite outcome: records that it is under way, calls Telegram, records what came of it,
 * and tries again for as long as the outcome is unclear. Changes the record it is given as it goes.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { api, store, pace, files, onMoved, clock, logger, random, stopping, abandoned, measure } = options;

  /** Repeats a store call until it succeeds: what happened must be recorded before the chat goes on. */
  async function persist<T>(work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      abandoned.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        logger.warn("A send could not be recorded; it is tried again", {
          code: errorCode(error),
          error: errorMessage(error),
        });
        await clock.sleep(backoffMs(failures, { ...BACKOFF, random }), abandoned);
      }
    }
  }

  async function change(record: OutboxRecord, to: OutboxChange): Promise<void> {
    await persist(() => store.update(record._id, to));
    Object.assign(record, to);
  }

  async function settleSent(record: OutboxRecord, messageId: number | undefined): Promise<DeliveryEnd> {
    const settledAt = new Date(clock.now());
    const known = messageId === undefined ? {} : { messageId };
    await change(record, { state: "sent", attempts: record.attempts, ...known, settledAt });
    return "settled";
  }

  async function settleFailed(record: OutboxRecord, code: string): Promise<DeliveryEnd> {
    const settledAt = new Date(clock.now());
    await change(record, { state: "failed", attempts: record.attempts, errorCode: code, settledAt });
    return "settled";
  }

  /** Waits for the chat's turn; false when there will be none before the next start. */
  async function waitTurn(chatId: number): Promise<boolean> {
    if (pace.waitMs(chatId) > 0) await measure("outbox.pause", () => sleepUntilTurn(chatId));
    return !stopping.aborted;
  }

  async function sleepUntilTurn(chatId: number): Promise<void> {
    try {
      for (let wait = pace.waitMs(chatId); wait > 0; wait = pace.waitMs(chatId)) {
        await clock.sleep(wait, stopping);
      }
    } catch {
      // Stopping, which whoever waits asks for itself.
    }
  }

  async function editedMessage(record: OutboxRecord): Promise<number | undefined> {
    const { edits } = record;
    if (edits === undefined) return undefined;
    const edited = await persist(() => store.find(edits));
    return edited?.state === "sent" ? edited.messageId : undefined;
  }

  /** The call with its files opened, freshly for each try; null when nothing is left to send. */
  async function ready(record: OutboxRecord, call: TelegramCall): Promise<ReadyCall | null> {
    return openFiles(call, files, (error) =>
      logger.error("A file to send cannot be read", { ...named(record), error: errorMessage(error) }),
    );
  }

  async function callTelegram(
    record: OutboxRecord,
    { method, params }: TelegramCall,
  ): Promise<{ value: unknown } | { error: unknown }> {
    try {
      const value = record.preview
        ? await withDeadline(clock, PREVIEW_MS, abandoned, (signal) => api.call(method, params, signal))
        : await api.call(method, params, abandoned);
      return { value };
    } catch (error) {
      return { error };
    }
  }

  /** Waits as the failure asks before the next attempt. */
  async function waitAfter(record: OutboxRecord, failure: Failure, tries: number): Promise<void> {
    if (failure.kind === "too-many-requests") {
      pace.pause("chat_id" in record.params ? record.chatId : undefined, failure.retryAfterMs);
      return;
    }
    if (failure.kind === "unknown" && record.state !== "unknown") {
      await change(record, { state: "unknown", attempts: record.attempts });
    }
    await clock.sleep(backoffMs(tries, { ...BACKOFF, random }), stopping).catch(() => {});
  }

  /** The call to make next after a file Telegram no longer knows, or a move of the chat; null for other failures. */
  async function amended(
    record: OutboxRecord,
    call: TelegramCall,
    sent: ReadyCall,
    failure: Failure,
  ): Promise<TelegramCall | null> {
    if (failure.kind === "refused" && sent.usesKnownFiles && isForgottenFile(failure.description)) {
      await persist(() => sent.forget());
      return call;
    }
    if (failure.kind === "moved" && failure.toChatId !== record.chatId) {
      onMoved(record.chatId, failure.toChatId);
      record.chatId = failure.toChatId;
      return movedCall(call, failure.toChatId);
    }
    return null;
  }

  /** The end of a call, or the call to make next. */
  async function judge(
    record: OutboxRecord,
    call: TelegramCall,
    error: unknown,
    { tries, uploadMs }: { tries: number; uploadMs: number },
  ): Promise<DeliveryEnd | TelegramCall> {
    const failure = classifyFailure(error);
    if (failure.kind === "moved") return settleFailed(record, errorCode(error));
    if (failure.kind === "blocked") {
      await settleFailed(record, errorCode(error));
      return "blocked";
    }
    if (failure.kind === "refused") {
      const next = afterRefusal(call, record, failure);
      if (next === "done") return settleSent(record, messageIdOf(call.params));
      if (next && !hasFiles(call)) return next;
      logger.warn("Telegram refused a send", {
        ...named(record),
        method: call.method,
        code: errorCode(error),
        error: errorMessage(error),
      });
      return next ?? settleFailed(record, errorCode(error));
    }
    if (record.preview) {
      if (failure.kind === "too-many-requests") await waitAfter(record, failure, tries);
      return settleFailed(record, errorCode(error));
    }
    const isInVain = tries >= MAX_UPLOAD_TRIES || uploadMs >= MAX_UPLOAD_MS;
    if (failure.kind === "unknown" && isInVain && hasFiles(call)) {
      logger.error("A file was tried in vain too often", { ...named(record), code: errorCode(error) });
      return captionCall(call) ?? settleFailed(record, errorCode(error));
    }
    await waitAfter(record, failure, tries);
    return call;
  }

  async function bringToEnd(record: OutboxRecord, waiting: () => boolean): Promise<DeliveryEnd> {
    let call = firstCall(record, await editedMessage(record));
    let uploadMs = 0;
    for (let tries = 0; ; tries += 1) {
      if (record.preview && (waiting() || !pace.hasSpare(record.chatId))) {
        return settleFailed(record, "PREVIEW_DROPPED");
      }
      if (!(await waitTurn(record.chatId))) return "left";
      // A record that starts out as `sending` was stored as this very attempt.
      if (tries > 0 || record.state !== "sending") record.attempts += 1;
      if (record.state === "pending") await change(record, { state: "sending", attempts: record.attempts });
      const sent = await ready(record, call);
      if (!sent) return settleFailed(record, FILE_UNREADABLE);
      pace.count(record.chatId, messageCount(sent.call));
      const calledAt = clock.now();
      const result = await callTelegram(record, sent.call);
      uploadMs += clock.now() - calledAt;
      if ("value" in result) {
        await sent.learn(result.value);
        return settleSent(record, messageIdOf(result.value) ?? messageIdOf(call.params));
      }
      if (abandoned.aborted) return "left";
      const failure = classifyFailure(result.error);
      const next =
        (await amended(record, call, sent, failure)) ??
        (await judge(record, call, result.error, { tries, uploadMs }));
      if (typeof next === "string") return next;
      call = next;
    }
  }

  return {
    async deliver(record, waiting) {
      try {
        return await bringToEnd(record, waiting);
      } catch (error) {
        if (abandoned.aborted) return "left";
        // A mistake of ours; trying again would repeat it and hold the chat up for good.
        logger.error("A send failed inside the bot", {
          ...named(record),
          code: errorCode(error),
          error: errorMessage(error),
        });
        return settleFailed(record, errorCode(error));
      }
    },
    settleFailed,
  };
}

/** A send as a log names it: its step is a person's id where everyone is sent the same. */
function named({ seq, chatKey }: OutboxRecord): { seq: number; chat: string } {
  return { seq, chat: hashed(chatKey) };
}
