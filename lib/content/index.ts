export type { MediaItem, MediaKind } from "./files/media-item.ts";
export { describeMistake, type Mistake } from "./files/mistakes.ts";
export type {
  AskNode,
  Condition,
  Expected,
  Flow,
  FlowAction,
  FlowChoice,
  FlowNode,
  ProfileField,
  Test,
} from "./flows/flow.ts";
export { type ContentKeeping, loadKeptContent } from "./kept-content.ts";
export { addQuestion } from "./library/add-question.ts";
export {
  type EvaluationQuestion,
  type EvaluationSets,
  loadEvaluation,
  loadEvaluationFile,
} from "./library/evaluation.ts";
export { type LibraryContent, sameQuestionKey } from "./library/knowledge.ts";
export type { LibraryPage, Passage, UrgentSection } from "./library/passages.ts";
export type { Slang } from "./library/slang.ts";
export { createLiveContent, type LiveContent, type OtherReloads, type Reload } from "./live-content.ts";
export { type Content, type LoadContentOptions, loadContent } from "./load-content.ts";
export type { LocalText } from "./locales/local-text.ts";
export { TEXT_KEYS, type TextKey } from "./locales/text-keys.ts";
export type { TextValues, Translate } from "./locales/translator.ts";
export { reviewContent } from "./review/review.ts";
export type { BotSettings } from "./settings/bot-settings.ts";
export type { OpenInterval, OpeningHours } from "./settings/opening-hours.ts";
export type { MenuItem, ServiceSettings } from "./settings/service-settings.ts";
export type { FaqEntry, Topic } from "./topics/topic.ts";
