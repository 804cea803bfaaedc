/** The chat a reply is shown in, and what it answers. */
export interface LiveReplyTarget {
  /** The update that is answered. */
  seq: number;
  chatKey: string;
  chatId: number;
  threadId?: number;
  isPrivate: boolean;
  /** The message that is answered; in a group the first message quotes it. */
  messageId?: number;
  /** Whether an earlier try may have sent a message (step 0 of the update), which the text then replaces. */
  hasMessage?: boolean;
}

/** Telegram's draft ids are non-zero 32-bit integers. */
const MAX_DRAFT_ID = 2 ** 31 - 1;

/** The id of the draft that shows the answer to an update. */
export function draftIdOf(seq: number): number {
  return (seq % MAX_DRAFT_ID) + 1;
}

/** The chat, and its thread if there is one, as parameters of a call. */
export function addressOf({ chatId, threadId }: LiveReplyTarget): Record<string, unknown> {
  return { chat_id: chatId, ...(threadId === undefined ? {} : { message_thread_id: threadId }) };
}
