import type { Clock } from "../core/index.ts";
import {
  type ConversationStore,
  type MessageRecord,
  messageId,
  type PeopleStore,
  type SessionRecord,
} from "../store/index.ts";
import { answerMarkdown, keptAnswer } from "./answer-text.ts";
import type { Exchange } from "./exchange.ts";
import type { Answer, ConversationContent, ConversationTelegram, Question } from "./ports.ts";
import { replySends } from "./replies.ts";

/** How many earlier messages an answer takes into account. */
const HISTORY_LENGTH = 20;

/** The longest question, in UTF-16 units: Telegram's limit for a message. */
const MAX_QUESTION_LENGTH = 4096;

export interface QuestionDeps {
  content: ConversationContent;
  conversations: ConversationStore;
  people: PeopleStore;
  telegram: ConversationTelegram;
  answer(question: Question): Promise<Answer>;
  clock: Clock;
}

/** The part of an inbox turn that a question uses. */
export interface QuestionTurn {
  signal: AbortSignal;
  whileWaiting<T>(
    wait: (queue: { onQueued(): Promise<void>; onStarted(): Promise<void> }) => Promise<T>,
  ): Promise<T>;
}

export interface AskedQuestion {
  text: string;
  /** Repeated above the answer, where the chat does not show the question. */
  isRepeated?: boolean;
}

/** Answers questions and keeps both in the history. May be repeated for the same update. */
export function createQuestions(deps: QuestionDeps) {
  const { content, conversations, people, telegram, clock } = deps;
  /** How many questions had their turn. The order of turns is theirs at the model, whatever the database shuffles. */
  let turns = 0;

  return async function answerQuestion(
    exchange: Exchange,
    asked: AskedQuestion,
    turn: QuestionTurn,
  ): Promise<void> {
    const { seq, chatKey, personId, language } = exchange;
    turns += 1;
    const order = turns;
    if (asked.text.length > MAX_QUESTION_LENGTH) {
      const markdown = content.translate(language, "answer.too_long", { limit: MAX_QUESTION_LENGTH });
      return telegram.record(replySends(exchange, [{ markdown }], telegram.format));
    }
    const at = new Date(clock.now());
    const session = await conversations.currentSession({ chatKey, telegramUserId: personId, seq, at });
    const base = { seq, sessionId: session._id, chatKey, telegramUserId: personId };
    const isFirstTry = await conversations.addMessage({
      ...base,
      _id: messageId(seq, "person"),
      sender: "person",
      kind: "question",
      text: asked.text,
      at,
    });
    const earlier = isFirstTry ? null : await conversations.reply(seq);
    const reply = earlier ?? (await makeReply(exchange, { ...asked, order }, session, base, turn));
    const markdown = withQuestion(asked, answerMarkdown(reply, language, content));
    await telegram.record(replySends(exchange, [{ markdown, replacesPreview: true }], telegram.format));
  };

  async function makeReply(
    exchange: Exchange,
    asked: AskedQuestion & { order: number },
    session: SessionRecord,
    base: Pick<MessageRecord, "seq" | "sessionId" | "chatKey" | "telegramUserId">,
    turn: QuestionTurn,
  ): Promise<MessageRecord> {
    const { seq, personId, language } = exchange;
    const live = telegram.startLiveReply(exchange);
    try {
      const [history, person] = await Promise.all([
        conversations.history(session._id, seq, HISTORY_LENGTH),
        people.find(personId),
      ]);
      const answer = await turn.whileWaiting((queue) =>
        deps.answer({
          ...queue,
          text: asked.text,
          order: asked.order,
          language,
          history: history
            .filter(({ kind }) => kind !== "notice")
            .map(({ sender, text }) => ({ sender, text })),
          ...(person?.ageGroup === "under-18" ? { libraryOnly: "under-18" as const } : {}),
          signal: turn.signal,
          onText: (textSoFar) => live.show(withQuestion(asked, textSoFar)),
        }),
      );
      const reply: MessageRecord = {
        ...base,
        _id: messageId(seq, "bot"),
        sender: "bot",
        at: new Date(clock.now()),
        ...keptAnswer(answer, language, content),
      };
      await conversations.addMessage(reply);
      return reply;
    } finally {
      await live.stop();
    }
  }
}

function withQuestion({ text, isRepeated }: AskedQuestion, markdown: string): string {
  return isRepeated ? `**${text}**\n\n${markdown}` : markdown;
}
