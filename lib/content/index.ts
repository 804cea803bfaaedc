export type { BotSettings } from "./bot-settings.ts";
export { type Content, type LoadContentOptions, loadContent } from "./load-content.ts";
export type { Passage } from "./passages.ts";
export { TEXT_KEYS, type TextKey } from "./text-keys.ts";
export type { TextValues, Translate } from "./translator.ts";
