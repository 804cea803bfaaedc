export { type CommandMenu, commandMenus, operatorMenus } from "./commands/menu.ts";
export { publishMenus } from "./commands/publish-menus.ts";
export { type Controls, type ControlsDeps, createControls } from "./controls.ts";
export { type Conversation, type ConversationDeps, createConversation } from "./conversation.ts";
export type { Operators } from "./exchange.ts";
export type { ConversationContent, ConversationTelegram } from "./ports.ts";
export { createSummaries, type SummaryDeps } from "./questions/summaries.ts";
