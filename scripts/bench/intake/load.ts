/** A backlog at Telegram when a bot starts polling. */
export interface Load {
  updates: number;
  chats: number;
  /** The mean of `handlerMsOf`. */
  handlerMs: number;
  /** What all messages say, to a bot that replies something else once to each; missing: each its number in its chat. */
  text?: string;
}

/**
 * How long the handler of a message waits, in milliseconds. In each chat long and short waits alternate, so that a bot
 * that handles a chat's messages concurrently replies out of order.
 * @param message the message's text, which is its number in its chat
 */
export function handlerMsOf({ handlerMs }: Load, chatId: number, message: string): number {
  return (chatId + Number(message)) % 2 === 0 ? handlerMs * 1.5 : handlerMs * 0.5;
}

/** The result, as the fake Bot API measured it. */
export interface Outcome {
  /** From the first poll to the last reply, in milliseconds. */
  wallMs: number;
  /** The times of replies after the first poll, in milliseconds; all messages had been sent by then. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Replies that came before the reply to an earlier message of the chat. */
  outOfOrder: number;
  /** Replies to messages that were answered already. */
  duplicates: number;
}

/** The resources a bot used since its first poll. */
export interface Usage {
  cpuMs: number;
  /** Its peak memory in bytes. */
  peakRssBytes: number;
  /** The number of calls that its monitor recorded; missing without a monitor. */
  monitoredCalls: number;
}

/** The options of a contender. */
export interface ContenderSettings extends Load {
  apiRoot: string;
}

/** A bot that replies to each message with its text after `handlerMsOf`. */
export interface Contender {
  /** Does all work before the first poll. */
  prepare(settings: ContenderSettings): Promise<void>;
  /** Starts polling. */
  begin(): void;
  /** The number of calls its monitor has recorded, if it has one. */
  monitoredCalls?(): number;
}

/** The token of every contender. */
export const TOKEN = "7000000003:a-token-of-the-bench-a-token-of";
