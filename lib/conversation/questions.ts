import type { Clock } from "../core/index.ts";
import { type ConversationStore, type MessageRecord, messageId, type SessionRecord } from "../store/index.ts";
import { answerMarkdown, keptAnswer } from "./answer-text.ts";
import type { Exchange } from "./exchange.ts";
import type { Turn } from "./feature.ts";
import type { ConversationAnswers, ConversationContent, ConversationTelegram } from "./ports.ts";
import type { Reply } from "./replies.ts";

/** How many earlier messages an answer takes into account. */
const HISTORY_LENGTH = 20;

/** The longest question, in UTF-16 units: Telegram's limit for a message. */
const MAX_QUESTION_LENGTH = 4096;

export interface QuestionDeps {
  content: ConversationContent;
  conversations: ConversationStore;
  telegram: ConversationTelegram;
  answers: ConversationAnswers;
  clock: Clock;
}

export interface AskedQuestion {
  text: string;
  /** Repeated above the answer, where the chat does not show the question. */
  isRepeated?: boolean;
  /** Files the question comes with, on disk while it is answered. */
  attachments?: readonly { path: string; mimeType: string; sizeBytes: number }[];
}

/** Answers a question, keeps both in the history, and says what to reply. May be repeated for the same update. */
export type AskQuestion = (exchange: Exchange, asked: AskedQuestion, turn: Turn) => Promise<Reply[]>;

export function createQuestions(deps: QuestionDeps): AskQuestion {
  const { content, conversations, telegram, answers, clock } = deps;
  return async function askQuestion(exchange, asked, turn) {
    const { seq, chatKey, personId, language, messageId: telegramMessageId } = exchange;
    if (asked.text.length > MAX_QUESTION_LENGTH) {
      return [{ markdown: content.translate(language, "answer.too_long", { limit: MAX_QUESTION_LENGTH }) }];
    }
    const at = new Date(clock.now());
    const session =
      exchange.session ??
      (await conversations.currentSession({ chatKey, telegramUserId: personId, seq, at }));
    const base = { seq, sessionId: session._id, chatKey, telegramUserId: personId };
    const isFirstTry = await conversations.addMessage({
      ...base,
      _id: messageId(seq, "person"),
      sender: "person",
      kind: "question",
      text: asked.text,
      ...(telegramMessageId === undefined ? {} : { telegramMessageId }),
      at,
    });
    const earlier = isFirstTry ? null : await conversations.reply(seq);
    const reply = earlier ?? (await makeReply(exchange, asked, session, base, turn));
    const markdown = withQuestion(asked, answerMarkdown(reply, language, content));
    return [{ markdown, replacesPreview: true }];
  };

  async function makeReply(
    exchange: Exchange,
    asked: AskedQuestion,
    session: SessionRecord,
    base: Pick<MessageRecord, "seq" | "sessionId" | "chatKey" | "telegramUserId">,
    turn: Turn,
  ): Promise<MessageRecord> {
    const { seq, person, language } = exchange;
    const live = telegram.startLiveReply(exchange);
    try {
      const history = await conversations.history(session._id, seq, HISTORY_LENGTH);
      const answer = await turn.whileWaiting((queue) =>
        answers.answer({
          ...queue,
          text: asked.text,
          order: turn.order,
          language,
          history: history
            .filter(({ kind }) => kind !== "notice")
            .map(({ sender, text }) => ({ sender, text })),
          ...(asked.attachments ? { attachments: asked.attachments } : {}),
          profile: profileOf(person),
          ...(person?.ageGroup === "under-18" ? { libraryOnly: "under-18" as const } : {}),
          signal: turn.signal,
          onWaiting: () => {},
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

/** What of a person's profile may change how an answer is worded. */
function profileOf(person: Exchange["person"]): { ageGroup?: "under-18" | "18-or-over"; topic?: string } {
  const { ageGroup, topic } = person ?? {};
  return { ...(ageGroup === undefined ? {} : { ageGroup }), ...(topic === undefined ? {} : { topic }) };
}

function withQuestion({ text, isRepeated }: AskedQuestion, markdown: string): string {
  return isRepeated ? `**${text}**\n\n${markdown}` : markdown;
}
