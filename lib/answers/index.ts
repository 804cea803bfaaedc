export type {
  Answer,
  AnswerCallbacks,
  AnswerStats,
  Answers,
  AnswerTiming,
  Askable,
  Asker,
  AskerProfile,
  Attachment,
  CallUsage,
  EmbedderStats,
  Ending,
  LibraryAnswer,
  LibraryChoice,
  LibraryReason,
  ModelAnswer,
  ModelStats,
  Question,
  QueueCallbacks,
  QuotedMessage,
  Source,
  SummaryRequest,
  TokenUsage,
  Turn,
  Wait,
} from "./answer.ts";
export {
  type AnswersDeps,
  type AnswersMaterial,
  type AvailableModel,
  createAnswers,
  type LiveAnswers,
} from "./answers.ts";
export { createGrounder, type Grounder, type Grounding } from "./generation/grounding.ts";
export type { Prompt } from "./generation/prompt.ts";
export { estimatePromptTokens } from "./generation/prompt-size.ts";
export {
  GATE_WEIGHTS,
  type GateWeights,
  type Judgement,
  judge,
  judgeUrgency,
  signalsOf,
  urgentSignalsOf,
  type Verdict,
} from "./library/gate.ts";
export { Library, type LibraryQuestion } from "./library/library.ts";
export { type Findings, LibrarySearch } from "./library/library-search.ts";
export { searchedTexts } from "./library/story.ts";
export { type Embedder, ModelEmbedder } from "./meaning/embedder.ts";
export { createLibraryMeaning, type LibraryMeaning } from "./meaning/library-meaning.ts";
export type { AvailableEmbeddings } from "./meaning/live-meaning.ts";
export { createQuestionMeaning, type QuestionMeaning } from "./meaning/question-meaning.ts";
export { openVectorFolder, type VectorFiles } from "./meaning/vector-folder.ts";
export { MAX_ATTACHMENT_BYTES } from "./models/attachments.ts";
export type { Model } from "./models/model.ts";
export {
  type CheckedModel,
  listModels,
  type ModelSetup,
  openCheckedModel,
  openModel,
  type ProviderName,
} from "./models/providers.ts";
export type { CallLoad } from "./scheduling/model-quota.ts";
export type { ModelLimits } from "./scheduling/model-scheduler.ts";
export {
  type ModelBudget,
  type ModelUsage,
  type ModelUsageDeps,
  openModelUsage,
} from "./scheduling/model-usage.ts";
export type {
  CallEnd,
  LineMember,
  SharedCall,
  SharedLine,
  SharedUse,
  UseAt,
} from "./scheduling/shared-line.ts";
