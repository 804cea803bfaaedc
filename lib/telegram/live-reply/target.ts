/** Whose reply is shown, and where. */
export interface LiveReplyTarget {
  /** The update that is answered. */
  seq: number;
  chatKey: string;
  chatId: number;
  threadId?: number;
  isPrivate: boolean;
  /** The message that is answered; in a group the first message quotes it. */
  messageId?: number;
  /** Whether a message of an earlier try, step 0 of the update, stands there for the text to take the place of. */
  hasMessage?: boolean;
}

/** The chat, and its thread if there is one, as parameters of a call. */
export function addressOf({ chatId, threadId }: LiveReplyTarget): Record<string, unknown> {
  return { chat_id: chatId, ...(threadId === undefined ? {} : { message_thread_id: threadId }) };
}
