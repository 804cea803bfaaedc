export type {
  Answer,
  AnswerStats,
  Answers,
  AnswerTiming,
  AskerProfile,
  Attachment,
  Ending,
  LibraryAnswer,
  LibraryReason,
  ModelAnswer,
  Passage,
  Question,
  Risk,
  Source,
  TokenUsage,
  Turn,
  Wait,
} from "./answer.ts";
export { type AnswersDeps, createAnswers } from "./answers.ts";
export { checkGeminiKey, type GeminiCheckDeps } from "./gemini-check.ts";
export type { GeminiOptions } from "./gemini-client.ts";
export type { RiskRule, RiskWords } from "./risk.ts";
