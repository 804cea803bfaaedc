export type {
  Answer,
  AnswerCallbacks,
  AnswerStats,
  Answers,
  AnswerTiming,
  AskerProfile,
  Attachment,
  Ending,
  LibraryAnswer,
  LibraryReason,
  ModelAnswer,
  Question,
  QueueCallbacks,
  Source,
  SummaryRequest,
  TokenUsage,
  Turn,
  Wait,
} from "./answer.ts";
export { type AnswersDeps, type AnswersMaterial, createAnswers, type LiveAnswers } from "./answers.ts";
export { MAX_ATTACHMENT_BYTES } from "./generation/attachments.ts";
export { createGrounder, type Grounder, type Grounding } from "./generation/grounding.ts";
export type { Prompt } from "./generation/prompt.ts";
export { estimatePromptTokens } from "./generation/prompt-size.ts";
export { createLibrary, type Library } from "./library/library.ts";
export { createPassageSearch, type Match, type PassageSearch } from "./library/passage-search.ts";
export {
  checkGemini,
  checkGeminiKey,
  type GeminiCheck,
  type GeminiCheckDeps,
} from "./models/gemini/gemini-check.ts";
export type { GeminiOptions, Model } from "./models/gemini/gemini-client.ts";
export {
  type ModelBudget,
  type ModelUsage,
  type ModelUsageDeps,
  openModelUsage,
  type UsageStore,
} from "./scheduling/model-usage.ts";
