/** A backlog that waits at Telegram when a bot starts to poll. */
export interface Load {
  updates: number;
  chats: number;
  /** How long a handler waits before it replies, in milliseconds; the mean of `handlerMsOf`. */
  handlerMs: number;
}

/**
 * How long the handler of a message waits, in milliseconds. In each chat long and short waits take turns, so that
 * whoever does not hold a chat's second message back answers it before the first.
 * @param message the message's text, which is its number in its chat
 */
export function handlerMsOf({ handlerMs }: Load, chatId: number, message: string): number {
  return (chatId + Number(message)) % 2 === 0 ? handlerMs * 1.5 : handlerMs * 0.5;
}

/** What the fake Bot API saw. */
export interface Outcome {
  /** From the first poll to the last reply, in milliseconds. */
  wallMs: number;
  /** How long after the first poll a reply came, in milliseconds: all the messages had been sent by then. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Replies that came before an earlier one of their chat. */
  outOfOrder: number;
  /** Replies to what was answered already. */
  duplicates: number;
}

/** What a bot used from its first poll on. */
export interface Usage {
  cpuMs: number;
  /** The most memory it ever had, in bytes. */
  peakRssBytes: number;
  /** Where a monitor measured it: how many calls, all told. */
  monitoredCalls: number;
}

/** What a contender is told. */
export interface ContenderSettings extends Load {
  apiRoot: string;
}

/** A bot that waits `handlerMsOf` a message, then replies to it with its text. */
export interface Contender {
  /** Does all that comes before the first poll. */
  prepare(settings: ContenderSettings): Promise<void>;
  /** Begins to poll. */
  begin(): void;
  /** How many calls its monitor has recorded, if it has one. */
  monitoredCalls?(): number;
}

/** The token every contender has. */
export const TOKEN = "7000000003:a-token-of-the-bench-a-token-of";
