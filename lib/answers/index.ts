export type {
  Answer,
  AnswerStats,
  Answers,
  AnswerTiming,
  Ending,
  LibraryAnswer,
  LibraryReason,
  ModelAnswer,
  Passage,
  Question,
  Source,
  TokenUsage,
  Turn,
} from "./answer.ts";
export { type AnswersDeps, createAnswers } from "./answers.ts";
export { checkGeminiKey, type GeminiCheckDeps } from "./gemini-check.ts";
export type { GeminiOptions } from "./gemini-client.ts";
