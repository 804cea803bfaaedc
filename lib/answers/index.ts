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
export { MAX_ATTACHMENT_BYTES } from "./attachments.ts";
export { checkGeminiKey, type GeminiCheckDeps } from "./gemini-check.ts";
export type { GeminiOptions } from "./gemini-client.ts";
export {
  type ModelBudget,
  type ModelUsage,
  type ModelUsageDeps,
  openModelUsage,
  type UsageStore,
} from "./model-usage.ts";
export type { RiskRule, RiskWords } from "./risk.ts";
