export type { CallOutcome, RecordedCall } from "./bot-api/call-log.ts";
export type { FaultChance, FaultKind, FaultOrder } from "./bot-api/faults.ts";
export { registerChatPage } from "./chat-page/chat-page.ts";
export { CALLBACK_QUERY_MS } from "./chats/callback-queries.ts";
export {
  CHAT_ACTION_MS,
  type ChatAction,
  type ChatView,
  DRAFT_MS,
  type Draft,
  type Reaction,
} from "./chats/chat-view.ts";
export type { CallbackAnswer, SandboxEvent, SandboxListener } from "./chats/events.ts";
export type { InlineButton, InlineKeyboard, ReplyKeyboard, WireEntity, WireMessage } from "./chats/wire.ts";
export type { FileKind, StoredFile } from "./files/files.ts";
export { createModelPreview, type ModelPreview } from "./model-preview.ts";
export type { People, SandboxFile, SandboxGroup, SandboxPerson, SendOptions, Sent } from "./people/people.ts";
export { OPERATORS_PAGE, presetOperators } from "./preset-operators.ts";
export type { SandboxStorage, StoredEntry } from "./storage.ts";
export { createSandboxTelegram, type SandboxTelegram, type SandboxTelegramOptions } from "./telegram.ts";
