export type { CallOutcome, RecordedCall } from "./call-log.ts";
export { CALLBACK_QUERY_MS } from "./callback-queries.ts";
export { registerChatPage } from "./chat-page/chat-page.ts";
export {
  CHAT_ACTION_MS,
  type ChatAction,
  type ChatView,
  DRAFT_MS,
  type Draft,
  type Reaction,
} from "./chat-view.ts";
export type { CallbackAnswer, SandboxEvent, SandboxListener } from "./events.ts";
export type { FaultChance, FaultKind, FaultOrder } from "./faults.ts";
export type { FileKind, StoredFile } from "./files/files.ts";
export * from "./gemini/index.ts";
export type { People, SandboxFile, SandboxGroup, SandboxPerson, SendOptions, Sent } from "./people/people.ts";
export type { SandboxStorage, StoredEntry } from "./storage.ts";
export { createSandboxTelegram, type SandboxTelegram, type SandboxTelegramOptions } from "./telegram.ts";
export type { InlineButton, InlineKeyboard, ReplyKeyboard, WireEntity, WireMessage } from "./wire.ts";
