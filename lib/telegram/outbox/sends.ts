import type { OutboxRecord, OutboxStore } from "../../store/index.ts";

/** One Bot API call. */
export type TelegramCall = Pick<OutboxRecord, "method" | "params">;

/** A send to be recorded. */
export type NewSend = Pick<
  OutboxRecord,
  | "seq"
  | "step"
  | "chatKey"
  | "chatId"
  | "method"
  | "params"
  | "edits"
  | "preview"
  | "requires"
  | "relayedMessageId"
  | "alert"
>;

/** A send that became a message. */
export interface SentSend {
  send: OutboxRecord;
  messageId: number;
}

/** A send that failed for good. */
export interface FailedSend {
  send: OutboxRecord;
  /** Such as `TELEGRAM_403`. */
  code: string;
  /** Whether the bot cannot write to the chat at all: it is gone or closed, or the bot was blocked or removed. */
  isChatClosed: boolean;
}

/** What the outbox needs of the store. */
export type SendStore = Pick<OutboxStore, "insert" | "update" | "unsettled" | "find">;

/** The key of a send. */
export function outboxId({ seq, step }: Pick<OutboxRecord, "seq" | "step">): string {
  return `${seq}:${step}`;
}

/** Whether the outcome of a send is definite. */
export function isSettled({ state }: Pick<OutboxRecord, "state">): boolean {
  return state === "sent" || state === "failed";
}
