import type { OutboxRecord } from "../../../store/index.ts";
import type { TelegramCall } from "../sends.ts";

/**
 * How a delivery ended: settled, settled because the chat is closed to the bot, interrupted by a more urgent send, or left
 * for the next start.
 */
export type DeliveryEnd = "settled" | "blocked" | "interrupted" | "left";

/** One delivery as it goes. */
export interface Progress {
  readonly record: OutboxRecord;
  readonly startedAt: number;
  /** Aborts when a more urgent send of the chat arrives, or the outbox stops. */
  interrupt: AbortSignal;
  /** The call to make next. */
  call: TelegramCall;
  /** The calls that follow it, when a message had to be split. */
  rest: TelegramCall[];
  /** Attempts in this run. */
  tries: number;
  /** Unclear outcomes of the present call. */
  unclear: number;
  /** The time spent in calls, in milliseconds. */
  callingMs: number;
  /** Whether a refused call without a simpler form was tried once more. */
  hasRetried: boolean;
  /** Whether it edits a preview of an earlier run, which may have died with another edit in flight. */
  readonly isOfEarlierRun: boolean;
  /** Whether an attempt, perhaps of an earlier run, had no outcome. */
  wasUnclear: boolean;
  /** Given when Telegram took the edit, and the call repeats it. */
  confirms?: { messageId: number | undefined };
  /** Given when the message was given up, and the call is the notice that says so. */
  givenUp?: { error: unknown; lastCall: TelegramCall };
}

/**
 * A file whose upload breaks off this often, or after this time spent on it in all (in milliseconds: thrice as long as
 * one upload may take), may be what breaks it; then its caption is sent alone, so that the chat is not blocked for good.
 */
const MAX_UPLOAD_TRIES = 20;
const MAX_UPLOAD_MS = 15 * 60_000;

/** Makes `call` the next one. */
export function goOnWith(progress: Progress, call: TelegramCall): void {
  progress.call = call;
  progress.unclear = 0;
  progress.hasRetried = false;
}

/** Whether the upload failed too often, or for too long, to be tried again. */
export function isUploadInVain({ tries, callingMs }: Progress): boolean {
  return tries >= MAX_UPLOAD_TRIES || callingMs >= MAX_UPLOAD_MS;
}
