import { errorCode, HOME_LOST, type Pseudonym, withDeadline } from "../../../core/index.ts";
import { monitorPerformance } from "../../../performance/index.ts";
import type { OutboxRecord } from "../../../store/index.ts";
import type { TelegramApi } from "../../api.ts";
import { FILE_UNREADABLE } from "../../failures.ts";
import type { Pace } from "../pacing/pace.ts";
import type { OutboxHomes, SendStore, TelegramCall } from "../sends.ts";
import { editedBy, firstCall, messageIdOf } from "./call.ts";
import { FailedCalls } from "./failed-calls.ts";
import { type DeliveryEnd, goOnWith, type Progress } from "./progress.ts";
import { SendRecorder, type SendRecorderOptions } from "./send-recorder.ts";
import { SendReports } from "./send-reports.ts";
import type { UnclearEdits } from "./unclear-edits.ts";
import { type FileSource, messageCount, openFiles, type ReadyCall } from "./uploads.ts";

export interface DeliveryOptions extends SendRecorderOptions {
  api: Pick<TelegramApi, "call">;
  store: SendStore;
  pseudonym: Pseudonym;
  pace: Pace;
  unclearEdits: UnclearEdits;
  homes?: OutboxHomes;
  files: FileSource;
  /** A group became a supergroup, which has another id. */
  onMoved(fromChatId: number, toChatId: number): Promise<void>;
  /** What to tell a chat instead of a message that Telegram takes in no form; null for nothing. */
  failureNotice(record: OutboxRecord): Promise<string | null>;
  /** No call is started once this aborts; `abandoned` also ends the calls in flight. */
  stopping: AbortSignal;
}

/** The turn of a send in its chat. */
export interface DeliveryTurn {
  /** Whether other sends of the chat wait: then a preview is not worth sending. */
  hasNext(): boolean;
  /** Aborts when a more urgent send of the chat arrives, or the outbox stops. */
  interrupt: AbortSignal;
}

/** An edit that an earlier one may still overwrite is made again after this time, in milliseconds. */
const CONFIRM_AFTER_MS = 3_000;
/** A preview that takes longer is given up, so that the answer behind it does not wait, in milliseconds. */
const PREVIEW_MS = 5_000;

/**
 * Brings one record to a definite outcome: records that it is being sent, calls Telegram, records the result, and
 * tries again for as long as the outcome is unclear. A message that Telegram does not take is sent in simpler forms, and
 * given up at last. Changes the record it is given as it goes.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #recorder: SendRecorder;
  readonly #reports: SendReports;
  readonly #failures: FailedCalls;
  /** Previews that were sent in this run: only of these it is known whether an edit is in flight. */
  readonly #ownPreviews = new Set<string>();
  /** Deliveries to go on with, by the id of the send. */
  readonly #interrupted = new Map<string, Progress>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#recorder = new SendRecorder(options);
    this.#reports = new SendReports(options);
    this.#failures = new FailedCalls({
      ...options,
      recorder: this.#recorder,
      reports: this.#reports,
      settleSent: (progress, messageId) => this.#settleSent(progress, messageId),
    });
  }

  /** Begins or resumes a delivery. It can be interrupted between two calls and while it waits, never during a call. */
  async deliver(record: OutboxRecord, turn: DeliveryTurn): Promise<DeliveryEnd> {
    try {
      return await this.#bringToEnd(record, turn);
    } catch (error) {
      if (this.#options.abandoned.aborted || errorCode(error) === HOME_LOST) return "left";
      // A defect of the bot: trying again would repeat it and block the chat for good.
      return this.#failures.settleGivenUp(record, error);
    }
  }

  /** Forgets a delivery that was interrupted: another instance goes on with it. */
  forget(id: string): void {
    this.#interrupted.delete(id);
  }

  /** How many sends were given up within the last ten minutes. */
  recentlyGivenUp(): number {
    return this.#reports.recentlyGivenUp();
  }

  /** Records a send as failed. */
  async settleFailed(
    record: OutboxRecord,
    code: string,
    details?: { isChatClosed?: boolean },
  ): Promise<DeliveryEnd> {
    return this.#failures.settleFailed(record, code, details);
  }

  async #bringToEnd(record: OutboxRecord, { hasNext, interrupt }: DeliveryTurn): Promise<DeliveryEnd> {
    const { pace, stopping } = this.#options;
    if (record.requires !== undefined && !(await this.#wasSent(record.requires))) {
      await this.#recorder.dropped(record, "NOT_NEEDED");
      return "settled";
    }
    const edited = await this.#editedMessage(record);
    const progress = this.#interrupted.get(record._id) ?? this.#newProgress(record, edited, interrupt);
    this.#interrupted.delete(record._id);
    progress.interrupt = interrupt;
    for (; ; progress.tries += 1) {
      if (record.preview && (hasNext() || !pace.hasSpare(record.chatId))) {
        return this.#failures.settleFailed(record, "PREVIEW_DROPPED");
      }
      if (pace.waitMs(record.chatId, record.urgency) > 0) await this.#pause(progress);
      if (stopping.aborted) return "left";
      if (interrupt.aborted) {
        this.#interrupted.set(record._id, progress);
        return "interrupted";
      }
      const end = await this.#attempt(progress);
      if (end) return end;
    }
  }

  #newProgress(record: OutboxRecord, edited: number | undefined, interrupt: AbortSignal): Progress {
    return {
      record,
      startedAt: this.#options.clock.monotonic(),
      interrupt,
      call: firstCall(record, edited),
      isOfEarlierRun: edited !== undefined && !this.#ownPreviews.has(record.edits ?? ""),
      wasUnclear: record.state === "unknown",
      rest: [],
      tries: 0,
      unclear: 0,
      callingMs: 0,
      hasRetried: false,
    };
  }

  /** One call; undefined when another one is to follow. */
  async #attempt(progress: Progress): Promise<DeliveryEnd | undefined> {
    const { record, call, tries } = progress;
    const { pace, clock } = this.#options;
    // A record that starts out as `sending` was stored as this very attempt.
    if (tries > 0 || record.state !== "sending") record.attempts += 1;
    if (record.state === "pending") {
      await this.#recorder.change(record, { state: "sending", attempts: record.attempts });
    }
    const ready = await this.#openFiles(record, call);
    if (!ready) return this.#failures.settleFailed(record, FILE_UNREADABLE);
    const mayCall = this.#mayCall(record);
    if (mayCall !== true && !(await mayCall)) return "left";
    pace.count(record.chatId, messageCount(ready.call), record.urgency);
    const calledAt = clock.monotonic();
    const result = await this.#callTelegram(record, ready.call);
    progress.callingMs += clock.monotonic() - calledAt;
    return "value" in result
      ? this.#afterSuccess(progress, ready, result.value)
      : this.#failures.next(progress, ready, result.error);
  }

  /**
   * Whether this instance still has the right to write to the chat, where there are several. The call follows in the
   * same tick, or right after the database has said so.
   */
  #mayCall({ chatKey, fence }: OutboxRecord): boolean | Promise<boolean> {
    if (fence === undefined) return true;
    const home = this.#options.homes?.homeOf(chatKey);
    if (home?.claim.fence !== fence) return false;
    return home.isHeld() || this.#recorder.persist(() => home.confirm());
  }

  async #afterSuccess(
    progress: Progress,
    ready: ReadyCall,
    result: unknown,
  ): Promise<DeliveryEnd | undefined> {
    const { record, call, rest, givenUp } = progress;
    this.#options.pace.accepted(record.chatId);
    await ready.learn(result);
    const next = rest.shift();
    if (next) {
      goOnWith(progress, next);
      return undefined;
    }
    if (givenUp) return this.#failures.settleGivenUp(record, givenUp.error);
    const messageId = messageIdOf(result) ?? messageIdOf(call.params);
    return this.#mustConfirm(progress)
      ? this.#confirm(progress, messageId)
      : this.#settleSent(progress, messageId);
  }

  async #settleSent(
    { record, call, wasUnclear }: Progress,
    messageId: number | undefined,
  ): Promise<DeliveryEnd> {
    const edited = editedBy(call);
    if (wasUnclear && edited !== undefined) this.#options.unclearEdits.note(record.chatId, edited);
    if (record.preview) this.#ownPreviews.add(record._id);
    if (record.edits !== undefined) this.#ownPreviews.delete(record.edits);
    await this.#recorder.sent(record, messageId);
    return "settled";
  }

  #mustConfirm({ record, call, confirms, isOfEarlierRun }: Progress): boolean {
    const edited = editedBy(call);
    if (edited === undefined || confirms) return false;
    return this.#options.unclearEdits.take(record.chatId, edited) || isOfEarlierRun;
  }

  /** Makes an edit once more after a moment: an earlier one may have been applied over it. It counts as sent already. */
  async #confirm(progress: Progress, messageId: number | undefined): Promise<DeliveryEnd | undefined> {
    progress.confirms = { messageId };
    await this.#options.clock.sleep(CONFIRM_AFTER_MS, progress.interrupt).catch(() => {});
    return undefined;
  }

  /** Waits until the chat may be written to, or the delivery is interrupted. */
  @monitorPerformance("outbox.pause")
  async #pause({ record, interrupt }: Progress): Promise<void> {
    const { pace, clock } = this.#options;
    const { chatId, urgency } = record;
    try {
      for (let waitMs = pace.waitMs(chatId, urgency); waitMs > 0; waitMs = pace.waitMs(chatId, urgency)) {
        await clock.sleep(waitMs, interrupt);
      }
    } catch {
      // Interrupted, which the caller checks.
    }
  }

  /** The id of the message to edit; undefined when the record edits none, or that was not sent. */
  async #editedMessage(record: OutboxRecord): Promise<number | undefined> {
    const { edits } = record;
    if (edits === undefined) return undefined;
    const edited = await this.#recorder.persist(() => this.#options.store.find(edits));
    return edited?.state === "sent" ? edited.messageId : undefined;
  }

  /** Whether an earlier send of the chat, which is settled, was sent. */
  async #wasSent(id: string): Promise<boolean> {
    const send = await this.#recorder.persist(() => this.#options.store.find(id));
    return send?.state === "sent";
  }

  /** The call with its files opened, afresh for each try; null when nothing is left to send. */
  #openFiles(record: OutboxRecord, call: TelegramCall): Promise<ReadyCall | null> {
    return openFiles(call, this.#options.files, (error) => this.#reports.unreadableFile(record, error));
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
}
