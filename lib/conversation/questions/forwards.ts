import type { ConversationStore } from "../../store/index.ts";
import type { Message } from "../../telegram/index.ts";
import type { Exchange } from "../exchange.ts";
import type { Incoming } from "../incoming/incoming.ts";
import type { AskedQuestion } from "./asking.ts";

/**
 * Telegram's apps send what is written below a message to be forwarded as a message of its own, just before the forwarded
 * one: the most between the two by their dates, in milliseconds.
 */
const COMMENT_GAP_MS = 3_000;

/** The kinds of files a question can be about. */
const FILES = ["photo", "voice", "audio", "video", "video_note", "document"] as const;

/** Whether a message was forwarded, and can be asked about. */
export function isForwardedQuestion(incoming: Incoming): boolean {
  if (incoming.kind !== "question" && incoming.kind !== "media") return false;
  const { message } = incoming;
  const isReadable = message.text !== undefined || FILES.some((kind) => message[kind] !== undefined);
  return message.forward_origin !== undefined && isReadable && message.animation === undefined;
}

/** Whether a text may be a comment on a message that is forwarded right after it. @param parts its messages */
export function mayBeComment(parts: readonly Message[]): boolean {
  const [only, ...others] = parts;
  return only?.text !== undefined && others.length === 0 && only.forward_origin === undefined;
}

/** Whether something was sent just before something else; in epoch milliseconds. */
export function isJustBefore(sentAt: number, laterSentAt: number): boolean {
  return laterSentAt >= sentAt && laterSentAt - sentAt <= COMMENT_GAP_MS;
}

/**
 * Makes one question of a forwarded message and the comment that the person sent just before it. The comment no longer
 * counts as a question of its own, whether it was answered or not.
 */
export async function withComment(
  conversations: Pick<ConversationStore, "history" | "withdraw">,
  { seq, at, personId, session, isPrivate }: Exchange,
  message: Message,
  asked: AskedQuestion,
): Promise<AskedQuestion> {
  if (!isPrivate || session === null || message.forward_origin === undefined) return asked;
  const history = await conversations.history(session._id, seq, 2);
  const comment = history.findLast(({ sender }) => sender === "person");
  if (!comment || comment.isForwarded || comment.telegramUserId !== personId) return asked;
  if (!isJustBefore(comment.at.getTime(), at.getTime())) return asked;
  await conversations.withdraw(comment.seq);
  const { isBySomebodyElse: _isTheComment, ...rest } = asked;
  return {
    ...rest,
    text: comment.text,
    ...(asked.text === "" ? {} : { quoted: { from: "somebody", text: asked.text } }),
  };
}
