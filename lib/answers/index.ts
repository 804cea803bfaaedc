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
  SummaryRequest,
  TokenUsage,
  Turn,
  Wait,
} from "./answer.ts";
export { type AnswersDeps, type AnswersMaterial, createAnswers, type LiveAnswers } from "./answers.ts";
export { MAX_ATTACHMENT_BYTES } from "./attachments.ts";
export { checkGeminiKey, type GeminiCheckDeps } from "./gemini-check.ts";
export type { GeminiOptions, Model } from "./gemini-client.ts";
export { createGrounder, type Grounder, type Grounding } from "./grounding.ts";
export { createLibrary, type Library } from "./library.ts";
export {
  type ModelBudget,
  type ModelUsage,
  type ModelUsageDeps,
  openModelUsage,
  type UsageStore,
} from "./model-usage.ts";
export { createPassageSearch, type Match, type PassageSearch } from "./passage-search.ts";
export type { Prompt } from "./prompt.ts";
export { estimatePromptTokens } from "./prompt-size.ts";
export { createRiskCheck, type RiskCheck, type RiskRule, type RiskWords } from "./risk.ts";
