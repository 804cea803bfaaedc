import type { Attachment, QuotedMessage } from "../../answers/index.ts";
import type { MessagePart } from "../../store/index.ts";
import type { Limits } from "../admission/limits.ts";
import type { Exchange } from "../exchange.ts";
import type { Feature, Turn } from "../feature.ts";
import type { Reply } from "../replies.ts";
import { type ActiveQuestions, questionRef } from "./active-questions.ts";

export interface AskedQuestion {
  text: string;
  /** Repeated above the answer, where the chat does not show the question. */
  isRepeated?: boolean;
  /** Tells the questions of one update apart; the first is 0. */
  part?: number;
  /** The messages it came in, when one of them was edited; else they are those of the turn. */
  messageParts?: readonly MessagePart[];
  /** The message it replies to, or a quoted part of it. */
  quoted?: QuotedMessage;
  /** It is somebody else's message, forwarded or pointed to. */
  isBySomebodyElse?: boolean;
  /** It came as a message that the person forwarded. */
  isForwarded?: boolean;
  /** Files the question comes with, on disk while it is answered. */
  attachments?: readonly Attachment[];
}

/** Answers a question, keeps both in the history, and says what to reply. May be repeated for the same update. */
export type AskQuestion = (exchange: Exchange, asked: AskedQuestion, turn: Turn) => Promise<Reply[]>;

/** Refuses questions above the day's limit. */
export function askWithinLimit(ask: AskQuestion, limits: Pick<Limits, "refuseQuestion">): AskQuestion {
  return async (exchange, asked, turn) =>
    (await limits.refuseQuestion(exchange)) ?? ask(exchange, asked, turn);
}

/** Adds what the features have to say below an answer, such as a rating. */
export function askWithFollowUps(
  ask: AskQuestion,
  activeQuestions: Pick<ActiveQuestions, "wasWithdrawn">,
  features: () => readonly Feature[],
): AskQuestion {
  return async (exchange, asked, turn) => {
    const replies = await ask(exchange, asked, turn);
    // Nothing goes below a call for help, or where nothing was answered.
    if (turn.isInDanger || activeQuestions.wasWithdrawn(questionRef(exchange, turn.parts))) return replies;
    for (const feature of features()) replies.push(...((await feature.answered?.(exchange, turn)) ?? []));
    return replies;
  };
}
