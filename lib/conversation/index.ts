export { ChatMoves } from "./chat-moves.ts";
export { type CommandMenu, commandMenus, operatorMenus } from "./commands/menu.ts";
export { publishMenus } from "./commands/publish-menus.ts";
export type { Conversation } from "./conversation.ts";
export type { Operators } from "./exchange.ts";
export type { ParsedUpdate } from "./incoming/parsed-update.ts";
export { type ConversationDeps, type OpenConversation, openConversation } from "./open-conversation.ts";
export type { ConversationContent, ConversationStores, ConversationTelegram } from "./ports.ts";
export { createSummaries, type SummaryDeps } from "./questions/summaries.ts";
