import type { Clock } from "../../core/index.ts";
import type { ConversationStore } from "../../store/index.ts";
import type { Limits } from "../admission/limits.ts";
import type { ChatMoves } from "../chat-moves.ts";
import type { Feature } from "../feature.ts";
import type { Handover } from "../handover/handover.ts";
import type { Bot } from "../incoming/incoming.ts";
import type { ConversationAnswers, ConversationContent, ConversationTelegram } from "../ports.ts";
import { ActiveQuestions } from "./active-questions.ts";
import { type AskQuestion, askWithFollowUps, askWithinLimit } from "./asking.ts";
import { type AnswerEdit, createEdits } from "./follow-ups/edits.ts";
import { createLibraryChoice, type LibraryChoiceDeps } from "./follow-ups/library-choice.ts";
import type { Ratings } from "./follow-ups/ratings.ts";
import { createMediaQuestions, type MediaQuestionDeps } from "./media-questions.ts";
import { createQuestions, type QuestionDeps } from "./questions.ts";

export interface OpenQuestionsDeps extends Pick<QuestionDeps, "danger" | "erasures"> {
  bot: Bot;
  content: ConversationContent;
  conversations: ConversationStore;
  telegram: ConversationTelegram;
  answers: ConversationAnswers;
  /** People's files. */
  files: MediaQuestionDeps["files"];
  limits: Limits;
  ratings: Pick<Ratings, "thumbs">;
  handover: Pick<Handover, "offer">;
  moves: ChatMoves;
  /** Those that may add something below an answer; asked for each time. */
  features(): readonly Feature[];
  clock: Clock;
}

/** The ways to ask a question, and what they share. */
export interface OpenQuestions {
  activeQuestions: ActiveQuestions;
  ask: AskQuestion;
  /** Asks without what the features add below an answer, as within a guide. */
  askPlainly: AskQuestion;
  mediaQuestions: ReturnType<typeof createMediaQuestions>;
  libraryChoice: Feature;
  answerEdit: AnswerEdit;
}

export function openQuestions(deps: OpenQuestionsDeps): OpenQuestions {
  const { bot, content, conversations, telegram, answers, danger, erasures, limits, moves, clock } = deps;
  const activeQuestions = new ActiveQuestions(moves);
  const buttonsBelow: LibraryChoiceDeps["buttonsBelow"] = (exchange, kind) => {
    if (kind === "answer") return deps.ratings.thumbs(exchange);
    const rows = deps.handover.offer(exchange);
    return rows.length > 0 ? { inline_keyboard: rows } : undefined;
  };
  const answerQuestion = createQuestions({
    content,
    conversations,
    telegram,
    answers,
    activeQuestions,
    danger,
    erasures,
    limits,
    buttonsBelow,
    clock,
  });
  const ask = askWithinLimit(
    askWithFollowUps(answerQuestion, activeQuestions, () => deps.features()),
    limits,
  );
  const mediaQuestions = createMediaQuestions({
    bot,
    content,
    conversations,
    files: deps.files,
    activeQuestions,
    ask,
    answers,
    limits,
  });
  return {
    activeQuestions,
    ask,
    askPlainly: askWithinLimit(answerQuestion, limits),
    mediaQuestions,
    libraryChoice: createLibraryChoice({
      content,
      conversations,
      answers,
      erasures,
      moves,
      buttonsBelow,
      clock,
    }),
    answerEdit: createEdits({
      bot,
      content,
      conversations,
      telegram,
      ask,
      askAboutFile: mediaQuestions.messages,
    }),
  };
}
