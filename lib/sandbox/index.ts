export type { CallOutcome, RecordedCall } from "./call-log.ts";
export { CALLBACK_QUERY_MS } from "./callback-queries.ts";
export { CHAT_ACTION_MS, type ChatAction, type ChatView, DRAFT_MS, type Draft } from "./chats.ts";
export type { CallbackAnswer, SandboxEvent, SandboxListener } from "./events.ts";
export type { FaultKind, FaultOrder } from "./faults.ts";
export type { People, SandboxGroup, SandboxPerson, SendTextOptions } from "./people.ts";
export type { SandboxStorage, StoredEntry } from "./storage.ts";
export { createSandboxTelegram, type SandboxTelegram, type SandboxTelegramOptions } from "./telegram.ts";
export type { InlineButton, InlineKeyboard, ReplyKeyboard, WireEntity, WireMessage } from "./wire.ts";
