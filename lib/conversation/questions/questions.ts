import type { Answer, AskerProfile, CallUsage, Question } from "../../answers/index.ts";
import type { TextKey } from "../../content/index.ts";
import type { Clock } from "../../core/index.ts";
import { type ConversationStore, type MessageRecord, messageId } from "../../store/index.ts";
import type { InlineKeyboardMarkup, LiveReply } from "../../telegram/index.ts";
import type { Limits } from "../admission/limits.ts";
import type { Exchange } from "../exchange.ts";
import type { Turn } from "../feature.ts";
import type { ConversationAnswers, ConversationContent, ConversationTelegram } from "../ports.ts";
import type { Erasures } from "../privacy/erasures.ts";
import { PREVIEW_STEP, type Reply } from "../replies.ts";
import {
  type ActiveQuestions,
  questionRef,
  stopButtonData,
  type Withdrawal,
  type Withdrawn,
} from "./active-questions.ts";
import {
  answerMarkdown,
  isByModel,
  type KeptAnswer,
  keptAnswer,
  keptOffer,
  mediaReplies,
} from "./answer-text.ts";
import type { AskedQuestion, AskQuestion } from "./asking.ts";
import type { Danger } from "./danger.ts";
import { choiceKeyboard } from "./follow-ups/library-choice.ts";
import { partsOf } from "./joined-parts.ts";
import { asTurn, spokenMessages } from "./spoken-turns.ts";

/** How many earlier messages go to the model with a question. */
const HISTORY_LENGTH = 20;

/** The longest question, in UTF-16 units: about ten pages, or five messages of Telegram's apps. */
const MAX_QUESTION_LENGTH = 20_000;

export interface QuestionDeps {
  content: ConversationContent;
  conversations: ConversationStore;
  telegram: ConversationTelegram;
  answers: Pick<ConversationAnswers, "answer" | "passage">;
  activeQuestions: ActiveQuestions;
  danger: Pick<Danger, "helpFor">;
  erasures: Pick<Erasures, "isErased">;
  limits: Pick<Limits, "isOverBudget">;
  /** The buttons below an answer, or below a notice in its place. */
  buttonsBelow(exchange: Exchange, kind: "answer" | "notice"): InlineKeyboardMarkup | undefined;
  clock: Clock;
}

export function createQuestions(deps: QuestionDeps): AskQuestion {
  const { content, conversations, telegram, answers, activeQuestions, danger, erasures, clock } = deps;
  return async function askQuestion(exchange, asked, turn) {
    const { seq, chatKey, personId, language, at, messageId: telegramMessageId } = exchange;
    if (asked.text.length > MAX_QUESTION_LENGTH) {
      return [{ markdown: content.translate(language, "answer.too_long", { count: MAX_QUESTION_LENGTH }) }];
    }
    const session =
      exchange.session ??
      (await conversations.currentSession({ chatKey, telegramUserId: personId, seq, at }));
    const base = { seq, sessionId: session._id, chatKey, telegramUserId: personId };
    const [isFirstTry, history] = await Promise.all([
      conversations.addMessage({
        ...base,
        _id: messageId(seq, "person", asked.part),
        sender: "person",
        kind: "question",
        text: asked.text,
        ...(telegramMessageId === undefined ? {} : { telegramMessageId }),
        ...(asked.isForwarded ? { isForwarded: true } : {}),
        ...(asked.messageParts ? { parts: asked.messageParts } : partsOf(turn.parts)),
        at,
      }),
      // A session that this update opens has no history.
      session.startedSeq < seq ? conversations.history(session._id, seq, HISTORY_LENGTH) : [],
    ]);
    const earlier = isFirstTry ? null : await conversations.reply(seq, asked.part);
    if (earlier?.withdrawnBy) activeQuestions.noteWithdrawn(questionRef(exchange, turn.parts));
    const hasMessage =
      !isFirstTry && hasPreview(asked) && (await telegram.sentMessage(seq, PREVIEW_STEP)) !== null;
    const live = telegram.startLiveReply({ ...exchange, hasMessage });
    let reply: MessageRecord;
    try {
      reply = earlier ?? (await makeReply(exchange, { ...asked, base, history }, turn, live));
    } finally {
      await live.stop();
    }
    return repliesOf(exchange, asked, reply, turn, live.isMessageShown() || !isFirstTry);
  };

  /** Answers the question and stores the reply; for a withdrawn question, a notice. */
  async function makeReply(
    exchange: Exchange,
    asked: PlacedQuestion,
    turn: Turn,
    live: LiveReply,
  ): Promise<MessageRecord> {
    const { seq, language } = exchange;
    const active = activeQuestions.begin(questionRef(exchange, turn.parts), turn.signal);
    const calls: CallUsage[] = [];
    const keep = async (kept: KeptAnswer): Promise<MessageRecord> => {
      const _id = messageId(seq, "bot", asked.part);
      const at = new Date(clock.now());
      const reply = { ...asked.base, _id, sender: "bot" as const, at, ...kept, ...spentOn(calls) };
      await remember(exchange, reply);
      return reply;
    };
    const keepWithdrawn = ({ how, by }: Withdrawn): Promise<MessageRecord> => {
      // The edited or continued question is answered in its turn; the old one needs a notice only if its preview is shown.
      const isSilent = how !== "cancelled" && !live.isMessageShown();
      const text = isSilent ? "" : content.translate(language, WITHDRAWN[how]);
      return keep({ kind: "notice", text, withdrawnBy: by });
    };
    try {
      active.signal.throwIfAborted();
      const following = { signal: active.signal, onUsage: (usage: CallUsage) => calls.push(usage) };
      const answer = await askAnswers(exchange, asked, turn, following, live);
      await live.stop(); // takes a moment, in which the person may still withdraw the question
      const withdrawn = active.conclude();
      if (withdrawn) return await keepWithdrawn(withdrawn);
      if (turn.isInDanger && !isByModel(answer)) {
        // A page that the library found could do harm below the help, so it is only offered, and not in public.
        const found = exchange.isPrivate ? answer : null;
        return await keep(keptOffer(found, live.isMessageShown(), language, content));
      }
      return await keep(keptAnswer(answer, asked.text, language, content));
    } catch (error) {
      if (turn.signal.aborted) throw error;
      await live.stop();
      const withdrawn = active.conclude();
      if (withdrawn === null) throw error;
      return await keepWithdrawn(withdrawn);
    } finally {
      active.end();
    }
  }

  /** A person who erased their data meanwhile is answered, but nothing is stored. */
  async function remember(exchange: Exchange, reply: MessageRecord): Promise<void> {
    if (!(await erasures.isErased(exchange))) await conversations.addMessage(reply);
  }

  async function askAnswers(
    exchange: Exchange,
    asked: PlacedQuestion,
    turn: Turn,
    following: Pick<Question, "signal" | "onUsage">,
    live: LiveReply,
  ): Promise<Answer> {
    const { seq, personId, person, session, language } = exchange;
    const isOverBudget = await deps.limits.isOverBudget(exchange);
    const summary = session?._id === asked.base.sessionId ? session.summary : undefined;
    const stopButton = { text: content.translate(language, "wait.stop"), callback_data: stopButtonData(seq) };
    return turn.whileWaiting((queue) =>
      answers.answer({
        ...queue,
        text: asked.text,
        order: turn.order,
        penalty: turn.penalty,
        language,
        history: spokenMessages(asked.history)
          .filter(({ seq: saidAt }) => saidAt > (summary?.upToSeq ?? 0))
          .map(asTurn),
        ...(asked.quoted ? { quoted: asked.quoted } : {}),
        ...(asked.isBySomebodyElse ? { isBySomebodyElse: true } : {}),
        ...(asked.attachments ? { attachments: asked.attachments } : {}),
        ...(summary ? { summary: summary.text } : {}),
        profile: profileOf(person),
        isOverBudget,
        askedBy: personId,
        ...following,
        onWaiting: ({ place, estimatedMs }) => {
          if (!hasPreview(asked)) return;
          live.wait(content.translate(language, ...waitText(place, estimatedMs)), {
            inline_keyboard: [[stopButton]],
          });
        },
        onThinking: () => {
          if (!hasPreview(asked)) return;
          live.wait(content.translate(language, "wait.thinking"), { inline_keyboard: [[stopButton]] });
        },
        onText: (textSoFar) => live.show(withQuestion(asked, textSoFar)),
      }),
    );
  }

  /** The messages for a stored reply, followed by the help text if the model saw a danger. */
  async function repliesOf(
    exchange: Exchange,
    asked: AskedQuestion,
    reply: MessageRecord,
    turn: Turn,
    mayHavePreview: boolean,
  ): Promise<Reply[]> {
    const { language, isPrivate } = exchange;
    const markdown = answerMarkdown(reply, language, content);
    if (markdown === "") return [];
    const isReplacing = hasPreview(asked) && (!isPrivate || mayHavePreview);
    const isHelped = turn.isInDanger;
    if (reply.risk !== undefined) turn.isInDanger = true;
    const keyboard = turn.isInDanger
      ? choiceKeyboard(reply, language, content)
      : (choiceKeyboard(reply, language, content) ??
        deps.buttonsBelow(exchange, reply.kind === "answer" ? "answer" : "notice"));
    const replies: Reply[] = [
      {
        markdown: withQuestion(asked, markdown),
        ...(isReplacing ? { replacesPreview: true } : {}),
        ...(keyboard ? { keyboard } : {}),
      },
    ];
    replies.push(...mediaReplies(reply, answers));
    if (reply.risk !== undefined && !isHelped) replies.push(...(await danger.helpFor(exchange, reply.risk)));
    return replies;
  }
}

/** A question with its place in the conversation. */
interface PlacedQuestion extends AskedQuestion {
  /** The fields its record shares with its answer's. */
  base: Pick<MessageRecord, "seq" | "sessionId" | "chatKey" | "telegramUserId">;
  /** The messages before it, oldest first. */
  history: readonly MessageRecord[];
}

const WITHDRAWN = {
  cancelled: "cancel.question",
  edited: "edit.answered_below",
  continued: "edit.answered_together",
} as const satisfies Record<Withdrawal, TextKey>;

/** An update has one preview message, which the answer to its first question replaces. */
function hasPreview({ part = 0 }: AskedQuestion): boolean {
  return part === 0;
}

/** From this wait on (milliseconds) the notice counts in minutes. */
const WORTH_MINUTES_MS = 90_000;

/** The text key for a wait, and its values. */
function waitText(place: number, estimatedMs: number): [TextKey, Record<string, number>] {
  return estimatedMs < WORTH_MINUTES_MS
    ? ["wait.place", { place, seconds: Math.max(5, Math.round(estimatedMs / 5_000) * 5) }]
    : ["wait.minutes", { place, count: Math.round(estimatedMs / 60_000) }];
}

function spentOn(calls: readonly CallUsage[]): Pick<MessageRecord, "spent"> {
  if (calls.length === 0) return {};
  return {
    spent: calls.map(({ model, promptTokens, outputTokens }) => ({
      model,
      prompt: promptTokens,
      output: outputTokens,
    })),
  };
}

/** The part of a person's profile that may change how an answer is worded. */
function profileOf(person: Exchange["person"]): AskerProfile {
  const { ageGroup, topic } = person ?? {};
  return { ...(ageGroup === undefined ? {} : { ageGroup }), ...(topic === undefined ? {} : { topic }) };
}

function withQuestion({ text, isRepeated }: AskedQuestion, markdown: string): string {
  return isRepeated ? `**${text}**\n\n${markdown}` : markdown;
}
