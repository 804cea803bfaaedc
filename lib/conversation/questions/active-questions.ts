import { childOf } from "../../core/index.ts";
import { draftIdOf, type Message } from "../../telegram/index.ts";
import type { ChatMoves } from "../chat-moves.ts";
import type { ParsedUpdate } from "../incoming/parsed-update.ts";
import { isForwardedQuestion, isJustBefore, mayBeComment } from "./forwards.ts";

/** Why a question is not answered: the person cancelled or edited it, or forwarded the message that it is about. */
export type Withdrawal = "cancelled" | "edited" | "continued";

/** A question that was withdrawn: how, at last, and by which updates. */
export interface Withdrawn {
  how: Withdrawal;
  by: readonly number[];
}

/** A question, as far as a withdrawal refers to it. */
interface QuestionRef {
  seq: number;
  chatKey: string;
  personId: number;
  /** Of Telegram: several of a text that was cut. */
  messageIds: readonly number[];
  /** By Telegram's clock, in epoch milliseconds. */
  sentAt?: number;
  /** Whether it may be a comment on a message that the person forwards next. */
  mayBeComment?: boolean;
}

/** A question while it is being answered. */
export interface ActiveQuestion {
  /** Aborts when the question is withdrawn, or with the signal it was started under. */
  signal: AbortSignal;
  /**
   * Decides, once and for all, whether the question was withdrawn: then it must say so. What arrives later finds nothing
   * to withdraw, and replies for itself.
   */
  conclude(): Withdrawn | null;
  /** Marks the question as finished. */
  end(): void;
}

/** A cancellation or an edit that arrived, and whether a question says that it was withdrawn by it. */
interface Mark {
  seq: number;
  withdrawal: Withdrawal;
  matches(question: QuestionRef): boolean;
  wasUsed: boolean;
}

interface Chat {
  latestSeq: number;
  marks: Mark[];
  /** Until the question is concluded. */
  active?: { question: QuestionRef; withdraw(): void };
}

/**
 * Knows what arrived in each chat before its turn comes, so that a cancelled or edited question ends at once, or is not
 * begun. In memory only: unsettled updates arrive again at the next start.
 */
export class ActiveQuestions {
  /** Chats with an update that waits for its turn or has it, by the present key of their mailbox. */
  readonly #chats = new Map<string, Chat>();
  readonly #moves: Pick<ChatMoves, "chatKeyOf">;

  constructor(moves: Pick<ChatMoves, "chatKeyOf">) {
    this.#moves = moves;
  }

  /** A group moved: what waits in it is found under its new key. */
  moved(fromKey: string): void {
    const old = this.#chats.get(fromKey);
    if (!old) return;
    this.#chats.delete(fromKey);
    const chat = this.#chatOf({ chatKey: fromKey, seq: old.latestSeq });
    chat.latestSeq = Math.max(chat.latestSeq, old.latestSeq);
    chat.marks.push(...old.marks);
    if (old.active) chat.active ??= old.active;
  }

  /** Notes an arrival; withdraws the active question if the update says so. */
  arrived(update: ParsedUpdate): void {
    const previousSeq = this.#find(update.chatKey)?.latestSeq;
    const chat = this.#chatOf(update);
    chat.latestSeq = Math.max(chat.latestSeq, update.seq);
    const mark = markOf(update, chat.active?.question.seq, previousSeq);
    if (!mark) return;
    chat.marks.push(mark);
    if (chat.active && latestMark(chat, chat.active.question)) chat.active.withdraw();
  }

  /** Marks a question as active until `end` is called. */
  begin(question: QuestionRef, signal: AbortSignal): ActiveQuestion {
    const ending = childOf(signal);
    const withdraw = (): void => ending.abort(new DOMException("The question was withdrawn", "AbortError"));
    const active = { question, withdraw };
    const chat = this.#chatOf(question);
    chat.active = active;
    if (latestMark(chat, question)) withdraw();
    let conclusion: Withdrawn | null | undefined;
    const leave = (): void => {
      const present = this.#chatOf(question); // another one than at the beginning when the group moved
      if (present.active === active) delete present.active;
    };
    return {
      signal: ending.signal,
      conclude: () => {
        if (conclusion === undefined) conclusion = this.noteWithdrawn(question);
        leave();
        return conclusion;
      },
      end() {
        ending.release();
        leave();
      },
    };
  }

  /** Notes that the question confirms its withdrawal itself, so that a `/cancel` need not; null if it was not withdrawn. */
  noteWithdrawn(question: QuestionRef): Withdrawn | null {
    const marks = this.#find(question.chatKey)?.marks ?? [];
    const meant = marks.filter((mark) => isMeant(mark, question));
    for (const mark of meant) mark.wasUsed = true;
    const last = meant.at(-1);
    return last ? { how: last.withdrawal, by: meant.map(({ seq }) => seq) } : null;
  }

  /** Whether something arrived in the chat after this update. */
  hasNewer(chatKey: string, seq: number): boolean {
    return (this.#find(chatKey)?.latestSeq ?? 0) > seq;
  }

  /** Whether a later update withdrew this question. */
  wasWithdrawn(question: QuestionRef): boolean {
    const marks = this.#find(question.chatKey)?.marks ?? [];
    return marks.some((mark) => mark.wasUsed && isMeant(mark, question));
  }

  /** Whether this update withdrew a question. */
  hasWithdrawn(chatKey: string, seq: number): boolean {
    return this.#find(chatKey)?.marks.some((mark) => mark.seq === seq && mark.wasUsed) ?? false;
  }

  /** Forgets an update that had its turn, and everything before it. */
  settled(chatKey: string, seq: number): void {
    const chat = this.#find(chatKey);
    if (!chat) return;
    chat.marks = chat.marks.filter((mark) => mark.seq > seq);
    if (chat.latestSeq <= seq) this.#chats.delete(this.#moves.chatKeyOf(chatKey));
  }

  #chatOf({ chatKey, seq }: Pick<QuestionRef, "chatKey" | "seq">): Chat {
    const chat = this.#find(chatKey) ?? { latestSeq: seq, marks: [] };
    this.#chats.set(this.#moves.chatKeyOf(chatKey), chat);
    return chat;
  }

  #find(chatKey: string): Chat | undefined {
    return this.#chats.get(this.#moves.chatKeyOf(chatKey));
  }
}

/** The callback data of the button that cancels a question while it is answered. */
export function stopButtonData(seq: number): string {
  return `stop:${seq}`;
}

/** The latest mark that withdraws the question. */
function latestMark({ marks }: Chat, question: QuestionRef): Mark | undefined {
  return marks.findLast((mark) => isMeant(mark, question));
}

function isMeant({ seq, matches }: Mark, question: QuestionRef): boolean {
  return seq > question.seq && matches(question);
}

/** A question as an exchange asks it. @param parts its messages */
export function questionRef(
  exchange: Omit<QuestionRef, "messageIds" | "mayBeComment">,
  parts: readonly Message[],
): QuestionRef {
  const messageIds = parts.map(({ message_id }) => message_id);
  return { ...exchange, messageIds, mayBeComment: mayBeComment(parts) };
}

/**
 * @param activeSeq the question that is answered now, if any
 * @param previousSeq the update that arrived before in the chat, if it is known
 */
function markOf(
  { incoming, address }: ParsedUpdate,
  activeSeq: number | undefined,
  previousSeq: number | undefined,
): Mark | null {
  if (!address) return null;
  const { seq, personId, messageId, sentAt } = address;
  if (incoming.kind === "edit") {
    const matches = ({ messageIds }: QuestionRef): boolean =>
      messageId !== undefined && messageIds.includes(messageId);
    return { seq, withdrawal: "edited", matches, wasUsed: false };
  }
  if (incoming.kind === "stopped") {
    // A draft is shown only while its question is active; after a restart its id tells which one it was.
    const matches = (question: QuestionRef): boolean =>
      question.seq === activeSeq || draftIdOf(question.seq) === incoming.draftId;
    return { seq, withdrawal: "cancelled", matches, wasUsed: false };
  }
  if (address.isPrivate && sentAt !== undefined && isForwardedQuestion(incoming)) {
    const matches = (question: QuestionRef): boolean =>
      question.seq === previousSeq &&
      question.mayBeComment === true &&
      isJustBefore(question.sentAt ?? Number.NEGATIVE_INFINITY, sentAt);
    return { seq, withdrawal: "continued", matches, wasUsed: false };
  }
  const isStop = incoming.kind === "press" && incoming.data?.startsWith("stop:");
  const isCancel = incoming.kind === "command" && incoming.name === "cancel";
  if (!isStop && !isCancel) return null;
  const matches = (question: QuestionRef): boolean => {
    if (!isStop) return question.personId === personId;
    // The button of a question that was asked as a chat is pressed by a person nobody can tell apart.
    const mayStop = question.personId === personId || question.personId < 0;
    return mayStop && incoming.data === stopButtonData(question.seq);
  };
  return { seq, withdrawal: "cancelled", matches, wasUsed: false };
}
