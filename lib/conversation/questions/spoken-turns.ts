import type { Turn } from "../../answers/index.ts";
import { type MessageRecord, messageId } from "../../store/index.ts";

/**
 * Earlier messages that a model gets: questions and answers, no notices. A question that a filter refused is left
 * out, since it would have every later one refused too.
 */
export function spokenMessages(messages: readonly MessageRecord[]): MessageRecord[] {
  const refused = new Set(messages.filter(({ isRefused }) => isRefused).map(({ _id }) => _id));
  return messages.filter(({ _id, kind }) => kind !== "notice" && !refused.has(_id.replace(PERSON, BOT)));
}

/** A question and the reply to it have ids that differ in the sender only. */
const PERSON = messageId(0, "person").slice(1);
const BOT = messageId(0, "bot").slice(1);

export function asTurn({ sender, text }: MessageRecord): Turn {
  return { sender, text };
}
