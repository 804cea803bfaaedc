import type { ChatHome, OutboxRecord, OutboxStore } from "../../store/index.ts";

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
  | "urgency"
  | "source"
>;

/** A send that became a message. */
export interface SentSend {
  send: OutboxRecord;
  messageId: number;
}

/**
 * What goes first in the operators' chat: who may be in danger, who asks for a person, what is said in a hand-over; then
 * everything without an urgency.
 */
export const URGENCIES = ["danger", "request", "relay"] as const satisfies NonNullable<
  OutboxRecord["urgency"]
>[];
export type Urgency = OutboxRecord["urgency"];

/** The place of an urgency in the order, 0 first. */
export function rankOf(urgency: Urgency): number {
  return urgency === undefined ? URGENCIES.length : URGENCIES.indexOf(urgency);
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
export type SendStore = Pick<OutboxStore, "claim" | "insert" | "update" | "unsettled" | "find">;

/** Where there are several instances: which of them delivers the sends of a chat. */
export interface OutboxHomes {
  /** The right to work on a chat, while this instance has it. */
  homeOf(chatKey: string): ChatHome | undefined;
  /** Has some instance become the home of these chats, or look at their new sends if it is. Must not throw. */
  wake(chatKeys: readonly string[]): void;
  /** Called when all messages of a chat are delivered. */
  onDelivered(chatKey: string): void;
}

/** The claim under which a record may be changed; undefined where there is one instance. */
export function claimOf({ fence }: Pick<OutboxRecord, "fence">): { fence: number } | undefined {
  return fence === undefined ? undefined : { fence };
}

/** The key of a send. */
export function outboxId({ seq, step }: Pick<OutboxRecord, "seq" | "step">): string {
  return `${seq}:${step}`;
}

/** Whether the outcome of a send is definite. */
export function isSettled({ state }: Pick<OutboxRecord, "state">): boolean {
  return state === "sent" || state === "failed";
}
