export type { BotSettings } from "./bot-settings.ts";
export { type EvaluationQuestion, loadEvaluation } from "./evaluation.ts";
export type {
  Condition,
  Expected,
  Flow,
  FlowAction,
  FlowChoice,
  FlowNode,
  ProfileField,
  Test,
} from "./flows/flow.ts";
export { createLiveContent, type LiveContent, type Reload } from "./live-content.ts";
export { type Content, type LoadContentOptions, loadContent } from "./load-content.ts";
export type { LocalText } from "./local-text.ts";
export type { MediaItem, MediaKind } from "./media-item.ts";
export type { Passage } from "./passages.ts";
export type { RiskRule, RiskWords } from "./risk.ts";
export type { MenuItem, ServiceSettings } from "./service-settings.ts";
export { TEXT_KEYS, type TextKey } from "./text-keys.ts";
export type { FaqEntry, Topic } from "./topic.ts";
export type { TextValues, Translate } from "./translator.ts";
