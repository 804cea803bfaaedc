import { childOf } from "../../core/index.ts";
import type { InboxUpdate } from "../../inbox/index.ts";
import { addressOf } from "../exchange.ts";
import { type Bot, readUpdate } from "../incoming.ts";

/** Why a question is not answered: its asker cancelled it, or changed its words. */
export type Withdrawal = "cancelled" | "edited";

/** A question, as a withdrawal means it. */
interface AskedBy {
  seq: number;
  chatKey: string;
  personId: number;
  messageId?: number;
}

/** A question while it is answered. */
export interface QuestionInHand {
  /** Aborts when the question is withdrawn, or with the signal it was begun under. */
  signal: AbortSignal;
  /** Null while nobody withdrew it. */
  withdrawal(): Withdrawal | null;
  /** Takes it out of the hand. */
  end(): void;
}

/**
 * Knows what arrived in each chat before its turn comes, so that a cancelled or edited question ends at once, or is not
 * begun. Kept in memory: what is not settled arrives again at the next start.
 */
export interface QuestionsInHand {
  /** Notes an arrival; withdraws the question in hand if that is what it says. */
  arrived(current: InboxUpdate): void;
  /** Takes a question into the hand. */
  begin(question: AskedBy, signal: AbortSignal): QuestionInHand;
  /** Whether something arrived in the chat after this update. */
  hasNewer(chatKey: string, seq: number): boolean;
  /** Whether something that arrived later withdrew this question. */
  wasWithdrawn(question: AskedBy): boolean;
  /** Whether this update withdrew a question. */
  hasWithdrawn(chatKey: string, seq: number): boolean;
  /** Forgets an update that had its turn, and what it withdrew: all before it had theirs. */
  settled(chatKey: string, seq: number): void;
}

interface Mark {
  seq: number;
  withdrawal: Withdrawal;
  /** Whether the mark means this question, if it is an earlier one. */
  means(question: AskedBy): boolean;
  wasUsed: boolean;
}

interface Chat {
  latestSeq: number;
  marks: Mark[];
  inHand?: { question: AskedBy; withdraw(): void };
}

export function createQuestionsInHand(bot: Bot): QuestionsInHand {
  /** The chats in which something waits for its turn, or has it. */
  const chats = new Map<string, Chat>();

  function find({ marks }: Chat, question: AskedBy): Mark | undefined {
    const mark = marks.findLast(({ seq, means }) => seq > question.seq && means(question));
    if (mark) mark.wasUsed = true;
    return mark;
  }

  return {
    arrived(current) {
      const { chatKey, seq } = current;
      const chat = chats.get(chatKey) ?? { latestSeq: seq, marks: [] };
      chats.set(chatKey, chat);
      chat.latestSeq = Math.max(chat.latestSeq, seq);
      const mark = markOf(current, bot);
      if (!mark) return;
      chat.marks.push(mark);
      if (chat.inHand && find(chat, chat.inHand.question)) chat.inHand.withdraw();
    },

    begin(question, signal) {
      const ending = childOf(signal);
      const withdraw = (): void => ending.abort(new DOMException("The question was withdrawn", "AbortError"));
      const chat = chats.get(question.chatKey) ?? { latestSeq: question.seq, marks: [] };
      chats.set(question.chatKey, chat);
      chat.inHand = { question, withdraw };
      if (find(chat, question)) withdraw();
      return {
        signal: ending.signal,
        withdrawal: () => find(chat, question)?.withdrawal ?? null,
        end() {
          ending.release();
          delete chat.inHand;
        },
      };
    },

    hasNewer: (chatKey, seq) => (chats.get(chatKey)?.latestSeq ?? 0) > seq,

    wasWithdrawn: (question) =>
      chats
        .get(question.chatKey)
        ?.marks.some(({ seq, means, wasUsed }) => wasUsed && seq > question.seq && means(question)) ?? false,

    hasWithdrawn: (chatKey, seq) =>
      chats.get(chatKey)?.marks.some((mark) => mark.seq === seq && mark.wasUsed) ?? false,

    settled(chatKey, seq) {
      const chat = chats.get(chatKey);
      if (!chat) return;
      chat.marks = chat.marks.filter((mark) => mark.seq > seq);
      if (chat.latestSeq <= seq) chats.delete(chatKey);
    },
  };
}

/** The callback data of the button that cancels a question while it is answered. */
export function stopButtonData(seq: number): string {
  return `stop:${seq}`;
}

function markOf(current: InboxUpdate, bot: Bot): Mark | null {
  const incoming = readUpdate(current.update, bot);
  const address = addressOf(current.update, current);
  if (!address) return null;
  const { seq, personId, messageId } = address;
  if (incoming.kind === "edit") {
    const means = (question: AskedBy): boolean => question.messageId === messageId;
    return { seq, withdrawal: "edited", means, wasUsed: false };
  }
  const isStop = incoming.kind === "press" && incoming.data?.startsWith("stop:");
  const isCancel = incoming.kind === "command" && incoming.name === "cancel";
  if (!isStop && !isCancel) return null;
  const means = (question: AskedBy): boolean =>
    question.personId === personId && (!isStop || incoming.data === stopButtonData(question.seq));
  return { seq, withdrawal: "cancelled", means, wasUsed: false };
}
